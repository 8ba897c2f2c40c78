"""What tells workspaces about their jobs, and signs what is sent."""

from functools import cache

from chalicelib.adapters.dynamodb_healths import DynamoHealths
from chalicelib.adapters.sqs_notices import SqsNoticeInbox, SqsNotices
from chalicelib.errors import Misconfigured
from chalicelib.flow.destinations import Destinations
from chalicelib.flow.notify import Notify
from chalicelib.flow.post_notices import PostNotices
from chalicelib.flow.receivers import Receivers
from chalicelib.observe import logger
from chalicelib.ports.webhooks import Signer
from chalicelib.settings import settings
from chalicelib.wiring.world import chance, clock, store, workspaces


@cache
def signer() -> Signer:
    """Signs with all secrets; Misconfigured where one of them is none."""
    from chalicelib.adapters.standard_webhooks import StandardWebhooksSigner  # noqa: PLC0415

    secrets = settings().signing_secrets
    if not secrets:
        logger().warning("SIGNING_SECRETS is not set: callbacks and webhooks go out unsigned")
    return StandardWebhooksSigner(secrets)


@cache
def healths() -> DynamoHealths:
    """How receivers are doing."""
    return DynamoHealths(table=settings().required("CONTROL_TABLE"))


@cache
def notices() -> SqsNotices:
    """The notices' queue."""
    return SqsNotices(url=settings().required("NOTICES_QUEUE_URL"))


def notice_inbox() -> SqsNoticeInbox:
    """What one invocation takes beyond its batch."""
    return SqsNoticeInbox(url=settings().required("NOTICES_QUEUE_URL"))


@cache
def destinations() -> Destinations:
    """Who wants to be told what, and where."""
    return Destinations(
        clock=clock(), workspaces=workspaces(), healths=healths(), fallback_url=_fallback_url()
    )


def _fallback_url() -> str | None:
    """A URL that cannot work is nobody's: the webhooks of workspaces must not wait for it."""
    try:
        return settings().failure_webhook_url
    except Misconfigured as error:
        logger().error("nobody is told of failed jobs without a webhook: %s", error)
        return None


@cache
def notify() -> Notify:
    """The verb of the stream's second reader."""
    return Notify(destinations=destinations(), notices=notices())


@cache
def post_notices() -> PostNotices:
    """The verb of the notices' queue."""
    from chalicelib.adapters.httpx_callbacks import HttpxCallbacks  # noqa: PLC0415
    from chalicelib.adapters.threads import Threads  # noqa: PLC0415

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
    )
