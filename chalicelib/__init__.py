"""The rooms of the service, and which way its data goes.

route -> schedule -> store -> dispatch -> deliver -> count

- ``errors``    what can go wrong, sorted by who must act
- ``model``     nouns: jobs, envelopes, slots, outcomes; no I/O, no clock, no randomness
- ``ports``     what the verbs need from the world, as narrow Protocols
- ``flow``      verbs, one stage a file
- ``adapters``  the world: DynamoDB, SQS, EventBridge Scheduler, httpx
- ``settings``  the only reader of the environment
- ``secrets``   what is secret of them, and fit to be used
- ``observe``   logs and metrics
- ``wiring``    the only file that knows which adapters are real
- ``web``       the HTTP edge
- ``triggers``  the event edge: SQS batches, stream batches, timers
"""

__version__ = "0.1.0"
