"""Its rest around a stop and a start: at rest, no queue hands out a message, to whomever."""

import os
import signal
from typing import Any

from ministack.services import sqs

from infra.local.mended.queues import collect


def mend() -> None:
    """Rest on SIGUSR1, work on SIGUSR2, and begin as ``START_AT_REST`` says.

    AWS has no such switch, but AWS is not stopped and started either.
    """
    signal.signal(signal.SIGUSR1, _rest)
    signal.signal(signal.SIGUSR2, _work)
    if os.environ.get("START_AT_REST") == "1":
        _rest()


def _rest(*_: object) -> None:
    sqs._collect_msgs = _nothing


def _work(*_: object) -> None:
    sqs._collect_msgs = collect


def _nothing(*_: object) -> list[dict[str, Any]]:
    return []
