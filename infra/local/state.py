"""State that survives a stop: brings the service to rest before it is saved, and to order after."""

import asyncio
import json
import signal
from contextlib import suppress
from typing import Any

from infra.deploy import ClientFor
from infra.local.emulator import REGION, Emulator
from infra.local.stack import STACK_NAME, physical_ids
from infra.recount import recount

_REST_PATIENCE_S = 15.0  # what the workers hold takes 5 s at the channels' rates
_LOOK_INTERVAL_S = 0.1
#: What Chalice reads of an EventBridge event: a minute is over.
TICK: dict[str, Any] = {
    "version": "0",
    "id": "resume",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "",
    "time": "",
    "region": REGION,
    "resources": [],
    "detail": {},
}
_IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"


async def come_to_rest(emulator: Emulator) -> None:
    """Hand out no further message, and let the workers record what they have in hand.

    Those that take too long are killed: what is saved afterwards must not be outrun by callbacks
    that it does not know of.
    """
    emulator.child.send_signal(signal.SIGUSR1)
    try:
        async with asyncio.timeout(_REST_PATIENCE_S):
            # SQS has no event to wait for.
            while await asyncio.to_thread(_in_flight_count, emulator.client):  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_INTERVAL_S)
    except TimeoutError:
        print("Some workers are still busy: their jobs will be called back after the next start.")
    finally:
        emulator.child.kill_members()


def resume(emulator: Emulator) -> None:
    """Count anew (the stream's records that nobody had read were not saved), and go to work.

    The rescue's minute is not waited for: what is held back has nobody awake who would feed it.
    """
    recount(emulator.client, STACK_NAME, repair=True)
    emulator.child.send_signal(signal.SIGUSR2)
    rescue = physical_ids(emulator.client)["Rescue"]
    awslambda = emulator.client("lambda")
    # Only one may run: where the minute's own is at work, it sees to the same.
    with suppress(awslambda.exceptions.TooManyRequestsException):
        awslambda.invoke(FunctionName=rescue, Payload=json.dumps(TICK).encode())


def _in_flight_count(client_for: ClientFor) -> int:
    """Messages that some worker holds."""
    sqs = client_for("sqs")
    figures = (
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[_IN_FLIGHT])["Attributes"]
        for url in sqs.list_queues().get("QueueUrls", [])
    )
    return sum(int(figure[_IN_FLIGHT]) for figure in figures)
