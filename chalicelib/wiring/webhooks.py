"""What tells workspaces about their jobs: from the stream to the notices' queue."""

from functools import cache

from chalicelib.adapters.dynamodb_healths import DynamoHealths
from chalicelib.adapters.sqs_notices import SqsNotices
from chalicelib.errors import Misconfigured
from chalicelib.flow.destinations import Destinations
from chalicelib.flow.notify import Notify
from chalicelib.observe import logger
from chalicelib.settings import settings
from chalicelib.wiring.world import clock, workspaces


@cache
def healths() -> DynamoHealths:
    """How receivers are doing."""
    return DynamoHealths(table=settings().required("CONTROL_TABLE"))


@cache
def notices() -> SqsNotices:
    """The notices' queue."""
    return SqsNotices(url=settings().required("NOTICES_QUEUE_URL"))


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
