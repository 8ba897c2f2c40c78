"""The demo and the benches: the service measured from outside, by a backend with its own clock.

Commands, each with `--help`: `python -m infra.bench.X` with X one of demo, broadcast, delays,
fairness (`fair_*` are its cases), outage, faults, cost, cold_start, scale, upgrade, peers (beside
the replaced service). What they share with the tests is `tests/rig`. Their own: `figures` (what one
broadcast shows), `history` and `plot` (of the demo), `tenants` (several workspaces on one stage),
`queue_depths` (what SQS holds), `revisions` (earlier ones, packed), `call_costs` (CPU of botocore).
"""
