"""What a cold start does before its first event: imports, AWS clients, certificates.

Lambda's start-up phase is the place for it: what is left to the first invocation is done with that
function's share of a core, 0.3 at 512 MB, while somebody waits for its answer.
"""

import gc
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import NamedTuple

from chalicelib.wiring.sparing import sparing_imports


class Needs(NamedTuple):
    """What the first event of a function will ask for."""

    parts: tuple[str, ...]
    services: tuple[str, ...] = ("dynamodb", "sqs")
    calls_out: bool = False


_WORKER = Needs(("working",), calls_out=True)
_COUNTING = Needs(("counting",), ("dynamodb",))

#: By the name of the handler in app.py; `app` itself answers HTTP.
NEEDS = {
    "app": Needs(("access", "delivery")),
    "send_sms": _WORKER,
    "scheduled_sms": _WORKER,
    "send_email": _WORKER,
    "scheduled_email": _WORKER,
    "my_queue": _WORKER,
    "tally": _COUNTING,
    "recount": _COUNTING,
    "notify": Needs(("counting", "webhooks")),
    "post_notice": Needs(("posting",), calls_out=True),
    "release": Needs(("delivery",)),
    "rescue": Needs(("delivery", "operating")),
}
_NOTHING = Needs((), ())


def import_needs(handler: str) -> None:
    """Import what the first event of a function will use; nothing for an unknown one."""
    with sparing_imports():
        for part in NEEDS.get(handler, _NOTHING).parts:
            import_module(f"chalicelib.wiring.{part}")


def make_clients(handler: str) -> None:
    """Make the clients that its first event will use; nothing is sent."""
    needs = NEEDS.get(handler, _NOTHING)
    for service in needs.services:
        from chalicelib.adapters.aws_clients import client  # noqa: PLC0415 - half of app's import

        client(service)
    if needs.calls_out:
        from chalicelib.adapters.connections import certificates  # noqa: PLC0415 - workers' only

        certificates()


@contextmanager
def undisturbed() -> Generator[None]:
    """Let no garbage be collected meanwhile, nor looked for among what was imported ever after.

    Imports leave a hundred thousand objects and hardly any garbage: looking for it takes a tenth
    of a cold start, and 20 ms of a worker's slots each time (measured, 2026-11).
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
