"""A queue that gets stuck, seen from outside: its channel's metric says so within 90 seconds."""

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from infra.layer import BUILD
from infra.local.emulator import client_for
from infra.local.stack import physical_ids
from tests.acceptance.local_cloud import Service, waited_for

#: The first tick after a start, and a canary's way.
FIRST_CANARY_S = 100
#: What is promised, and time for the line to be read.
PROMISED_S, READ_S = 90, 2


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


def late(service: Service) -> list[dict[str, Any]]:
    return [line for line in told(service) if line["CanariesLate"] != [0.0]]


def test_a_queue_that_gets_stuck_is_told_within_90_seconds(service: Service):
    queue = "my-queue"
    seen = waited_for(lambda: met(service), lambda item: queue in item, FIRST_CANARY_S)
    assert queue in seen
    assert late(service) == []
    stuck_at_ms = time.time() * 1000
    with stuck(service, "MyQueue"):
        found = waited_for(lambda: late(service), bool, PROMISED_S + READ_S)

    assert [(line["Stage"], line["Channel"]) for line in found] == [("local", "general")]
    assert found[0]["_aws"]["Timestamp"] - stuck_at_ms <= PROMISED_S * 1000
