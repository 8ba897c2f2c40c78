"""The replaced service and this one, side by side: the same client, the same backend, one run.

Nouns: `incumbent/` (the replaced service as it was: BullMQ, Redis, Express), `install` (its
packages), `processes` (its programs), `replaced` and `ours` (the two sides), `side` (what a case
may ask of either), `processor` (CPU seconds); tests/rig/comparing has the figures and their table.
Cases: `pacing`, `punctual`, `accepting`, `faults`.

Command: `python -m infra.bench.peers --help`.
"""
