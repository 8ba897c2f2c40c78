"""The way of a job from the queues to its backend: what only workers need."""

from functools import cache

from chalicelib.adapters.httpx_callbacks import HttpxCallbacks
from chalicelib.adapters.threads import Threads
from chalicelib.flow.attempt import Attempts
from chalicelib.flow.deliver import Deliver
from chalicelib.flow.give_back import GiveBack
from chalicelib.flow.intake import Intake
from chalicelib.settings import settings
from chalicelib.wiring.delivery import dispatch, feed
from chalicelib.wiring.signing import signer
from chalicelib.wiring.world import (
    batch_log,
    canaries,
    chance,
    clock,
    pace,
    pauses,
    restraints,
    store,
)


@cache
def deliver() -> Deliver:
    """The verb of the workers."""
    offload = Threads()
    attempts = Attempts(
        clock=clock(),
        chance=chance(),
        store=store(),
        dispatch=dispatch(),
        callbacks=HttpxCallbacks(allow_private=settings().is_on("ALLOW_PRIVATE_CALLBACKS")),
        backends=settings(),
        signer=signer(),
        offload=offload,
        restraints=restraints(),
    )
    give_back = GiveBack(clock=clock(), store=store(), dispatch=dispatch(), offload=offload)
    return Deliver(
        clock=clock(),
        intake=Intake(
            clock=clock(),
            store=store(),
            give_back=give_back,
            canaries=canaries(),
            offload=offload,
        ),
        pace=pace(),
        pauses=pauses(),
        restraints=restraints(),
        give_back=give_back,
        attempts=attempts,
        feed=feed(),
        batch_log=batch_log(),
        offload=offload,
    )
