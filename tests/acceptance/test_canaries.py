"""A queue that gets stuck, seen from outside: its channel's metric says so by the second minute.

That this is within 90 seconds, tests/unit/test_canaries.py shows by the simulated clock.
"""

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from infra.layer import BUILD
from infra.local.emulator import client_for
from infra.local.stack import physical_ids
from tests.rig.cloud.service import Service, waited_for

#: The first tick after a start, and a canary's way.
FIRST_CANARY_S = 100
#: Two ticks of a minute, on a busy machine.
TWO_TICKS_S = 180


def met(service: Service) -> dict[str, Any]:
    """What is noted of the canaries."""
    clients = client_for(service.cloud.emulator_url())
    table, key = physical_ids(clients)["ControlTable"], {"pk": {"S": "canaries"}}
    return clients("dynamodb").get_item(TableName=table, Key=key).get("Item", {})


@contextmanager
def stuck(service: Service, function: str) -> Generator[None]:
    """Nobody brings the envelopes of its queue to a worker function."""
    clients = client_for(service.cloud.emulator_url())
    found = clients("lambda").list_event_source_mappings(
        FunctionName=physical_ids(clients)[function]
    )
    (uuid,) = [each["UUID"] for each in found["EventSourceMappings"]]
    clients("lambda").update_event_source_mapping(UUID=uuid, Enabled=False)
    try:
        yield
    finally:
        clients("lambda").update_event_source_mapping(UUID=uuid, Enabled=True)


def told(service: Service) -> list[dict[str, Any]]:
    """The lines that CloudWatch would read a channel's stuck queues from, in their order."""
    port = service.cloud.url.rpartition(":")[2]
    logs = (BUILD / "local" / port / "logs").glob("*Rescue*")
    lines = [line for log in logs for line in log.read_text("utf-8").splitlines()]
    found = [json.loads(line[line.index("{") :]) for line in lines if '"CanariesLate"' in line]
    return sorted(found, key=lambda line: line["_aws"]["Timestamp"])


def told_since(service: Service, at_ms: float, *, channel: str) -> list[bool]:
    """Tick by tick, whether a channel's queues were late."""
    lines = [line for line in told(service) if line["Channel"] == channel]
    return [line["CanariesLate"] != [0.0] for line in lines if line["_aws"]["Timestamp"] > at_ms]


def test_a_queue_that_gets_stuck_is_told_by_the_second_tick(service: Service):
    queue = "my-queue"
    seen = waited_for(lambda: met(service), lambda item: queue in item, FIRST_CANARY_S)
    assert queue in seen
    stuck_at_ms = time.time() * 1000
    with stuck(service, "MyQueue"):
        found = waited_for(
            lambda: told_since(service, stuck_at_ms, channel="general"), any, TWO_TICKS_S
        )

    assert any(found[:2])
