"""State that survives a stop: brings the service to rest before it is saved, and to order after."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

from infra.deploy import ClientFor
from infra.local.emulator import Emulator

_REST_PATIENCE_S = 15.0  # what the workers hold takes 5 s at the channels' rates
_LOOK_INTERVAL_S = 0.1


async def come_to_rest(emulator: Emulator) -> None:
    """Take no further batch, and let the workers record what they have in hand.

    Those that take too long are killed: what is saved afterwards must not be outrun by callbacks
    that it does not know of.
    """
    try:
        await asyncio.to_thread(_switch_mappings, emulator.client, enabled=False)
        async with asyncio.timeout(_REST_PATIENCE_S):
            # SQS has no event to wait for.
            while await asyncio.to_thread(_in_flight_count, emulator.client):  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_INTERVAL_S)
    except TimeoutError:
        print("Some workers are still busy: their jobs will be called back after the next start.")
    finally:
        emulator.child.kill_members()


def resume(client_for: ClientFor, recount_name: str) -> None:
    """Count anew (the stream's records were not saved), then take batches again."""
    answer = client_for("lambda").invoke(
        FunctionName=recount_name, Payload=json.dumps({"repair": True})
    )
    if "FunctionError" in answer:
        raise SystemExit(f"The recount failed: {answer['Payload'].read().decode()}")
    _switch_mappings(client_for, enabled=True)


def _switch_mappings(client_for: ClientFor, *, enabled: bool) -> None:
    for mapping in _mappings(client_for):
        client_for("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)


def _mappings(client_for: ClientFor) -> Iterator[dict[str, Any]]:
    for page in client_for("lambda").get_paginator("list_event_source_mappings").paginate():
        yield from page["EventSourceMappings"]


def _in_flight_count(client_for: ClientFor) -> int:
    """Messages that some worker holds."""
    sqs = client_for("sqs")
    attribute = "ApproximateNumberOfMessagesNotVisible"
    return sum(
        int(
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])["Attributes"][
                attribute
            ]
        )
        for url in sqs.list_queues().get("QueueUrls", [])
    )
