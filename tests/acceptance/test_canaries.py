"""A queue that gets stuck, seen from outside: its channel's metric says so at the next tick.

That this is within 90 seconds, tests/unit/test_canaries.py shows by the simulated clock.
"""

from collections.abc import Generator
from contextlib import contextmanager

from chalicelib.model.canary import canary_of
from chalicelib.model.channel import Queue
from tests.rig.cloud.clockwork import long_ago
from tests.rig.cloud.service import Service, waited_for

PATIENCE_S = 60
STUCK = Queue.MY_QUEUE


@contextmanager
def stuck(service: Service, function: str) -> Generator[None]:
    """Nothing brings the envelopes of its queue to a worker function."""
    awslambda, name = service.clockwork.clients("lambda"), service.clockwork.physical_id(function)
    (mapping,) = awslambda.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    awslambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        awslambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def sent_long_ago(service: Service) -> None:
    """The canaries of an earlier tick, whose delay of 35 s is over."""
    visible_at = long_ago()
    service.clockwork.forget("canaries", visible_at=visible_at)
    for queue in Queue:
        service.clockwork.send(queue, canary_of(queue, visible_at=visible_at).to_json())


def told(service: Service) -> dict[str, list[float]]:
    """How many queues of each channel are stuck, as CloudWatch would read it of the last tick."""
    return {line["Channel"]: line["CanariesLate"] for line in service.logged('"CanariesLate"')}


def test_a_queue_that_gets_stuck_is_told_and_no_other(service: Service):
    clockwork, moving = service.clockwork, {*Queue} - {STUCK}
    with clockwork.without_ticks(), stuck(service, "MyQueue"):
        sent_long_ago(service)
        met = waited_for(
            lambda: clockwork.note("canaries").keys(), lambda met: met >= moving, PATIENCE_S
        )
        clockwork.tick()

    assert (met >= moving, STUCK in met) == (True, False)
    assert told(service) == {"sms": [0.0], "email": [0.0], "general": [1.0]}


def test_a_tick_sends_a_canary_to_each_queue(service: Service):
    clockwork = service.clockwork
    with clockwork.without_ticks():
        for queue in Queue:
            clockwork.purge(queue)
        clockwork.forget("canaries")
        clockwork.tick()
        delayed = {queue: clockwork.counts(queue)["Delayed"] for queue in Queue}

    assert all(delayed.values()), delayed
