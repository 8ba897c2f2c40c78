"""The demo and the benches: the service measured from outside, by a backend with its own clock.

Nouns: `sink` (the backend that takes the callbacks), `sink_process` (starts and reads it),
`arrivals` (one callback as the sink saw it), `clock`, `rates` (the arithmetic), `figures` (what one
broadcast shows), `client` (the service over HTTP), `cloud` (a local cloud of its own),
`lambda_workers` (its processes), `stage` (cloud, sink and client together), `messages`, `watch`,
`report`, `plot`; `tenants` (several workspaces on one stage), `fair_*` (the cases of fairness),
`queue_depths` (what SQS holds).

Commands, each with `--help`: `python -m infra.bench.X` with X one of demo, broadcast, fairness,
outage, delays, faults_worker, restart, calibrate, emulator_queries, peers (beside the replaced
service).
"""
