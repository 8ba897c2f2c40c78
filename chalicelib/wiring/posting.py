"""What posts notices to the webhooks of workspaces."""

from functools import cache

from chalicelib.adapters.httpx_callbacks import HttpxCallbacks
from chalicelib.adapters.sqs_notices import SqsNoticeInbox
from chalicelib.adapters.threads import Threads
from chalicelib.flow.post_notices import PostNotices
from chalicelib.flow.receivers import Receivers
from chalicelib.settings import settings
from chalicelib.wiring.signing import signer
from chalicelib.wiring.webhooks import destinations, healths, notices
from chalicelib.wiring.world import chance, clock, store


def notice_inbox() -> SqsNoticeInbox:
    """What one invocation takes beyond its batch."""
    return SqsNoticeInbox(url=settings().required("NOTICES_QUEUE_URL"))


@cache
def post_notices() -> PostNotices:
    """The verb of the notices' queue."""
    return PostNotices(
        clock=clock(),
        chance=chance(),
        store=store(),
        destinations=destinations(),
        receivers=Receivers(clock(), healths()),
        notices=notices(),
        callbacks=HttpxCallbacks(allow_private=settings().is_on("ALLOW_PRIVATE_CALLBACKS")),
        signer=signer(),
        offload=Threads(),
        waits_s=settings().webhook_waits_s,
    )
