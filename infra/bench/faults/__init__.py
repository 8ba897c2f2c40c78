"""The local cloud under faults: `python -m infra.bench.faults`, one table, 1 where a promise broke.

Nouns: `load` (what callers ask for meanwhile, and what was accepted), `weather` (what is wrong with
AWS), `scene` (all of it, and the seed's chance), `verdict` (what became of the jobs). Verbs:
`kills`, `storms` and `backends` (what is done to it), `scenarios` (which of them, by name).
"""
