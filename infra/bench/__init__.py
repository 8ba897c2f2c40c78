"""The demo and the benches: the service measured from outside, by a backend with its own clock.

Nouns: `sink` (the backend that takes the callbacks), `sink_process` (starts and reads it),
`arrivals` (one callback as the sink saw it), `clock`, `rates` (the arithmetic), `figures` (what one
broadcast shows), `client` (the service over HTTP), `cloud` (a local cloud of its own),
`lambda_workers` (its processes), `stage` (cloud, sink and client together), `messages`, `watch`,
`report`, `plot`; `tenants` (several workspaces on one stage), `fair_*` (the cases of fairness),
`queue_depths` (what SQS holds); `bare_cloud` (an emulated AWS without the stack), `revisions`
(earlier ones, packed), `upgrade_*` (the production stack updated and deleted), `trickle` (a caller
who goes on), `faults` (whatever can go wrong).

Commands, each with `--help`: `python -m infra.bench.X` with X one of demo, broadcast, fairness,
outage, delays, faults, cost, cold_start, scale, upgrade, peers (beside the replaced service).
"""
