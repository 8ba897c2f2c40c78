"""What tests and benches share: a local cloud, its callers, the backend that it calls back.

`cloud` (local, bare, its processes), `client` and `messages` (what is asked of it), `sink` (the
backend), `measuring` (instants and the arithmetic of them), `faults` (what is done to a cloud, and
what becomes of its jobs), `upgrade` (the production stack updated and deleted), `pricing` (what AWS
charges), `comparing` (of two services). No test lives here: `tests/unit/rig` holds the arithmetic.
"""
