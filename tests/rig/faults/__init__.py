"""What goes wrong around a local cloud, and which promises broke; `infra/bench/faults.py` plays it.

Nouns: `load` (what callers ask for meanwhile, and what was accepted), `weather` (what is wrong with
AWS), `scene` (all of it, and the seed's chance), `verdict` (what became of the jobs). Verbs:
`kills`, `storms` and `backends` (what is done to it), `scenarios` (which of them, by name).
"""
