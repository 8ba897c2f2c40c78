"""The routes by which operators see a workspace's jobs (contract, section 3)."""

from chalice.app import Blueprint, Request, Response

from chalicelib import wiring
from chalicelib.errors import Forbidden, NotFound
from chalicelib.flow.stats import Stats
from chalicelib.model.access import Permission
from chalicelib.model.instant import to_iso
from chalicelib.model.status import Status
from chalicelib.model.tally import EVERYONE
from chalicelib.settings import settings
from chalicelib.web.answers import answer, answering
from chalicelib.web.authentication import caller_of
from chalicelib.web.http_request import header

routes = Blueprint(__name__)

_BASE = "/api/businesses/{business_id}/communication-queue"


@routes.route(f"{_BASE}/stats", methods=["GET"], content_types=["*/*"])
@answering
def stats(business_id: str) -> Response:
    """How many of the business's jobs are in each state."""
    _check(business_id, Permission.VIEW)
    return answer(_stats_view(wiring.read_stats()(business_id)))


def _stats_view(found: Stats) -> dict[str, int | float | str | None]:
    at = found.oldest_pending_at
    return {
        "total": found.total,
        **{status.value: found.counts[status] for status in Status},
        "oldestPending": None if at is None else to_iso(at),
        "avgProcessingTimeSeconds": round(found.mean_processing_s, 3),
    }


def _check(business_id: str, permission: Permission) -> None:
    """Let a caller in who has the permission; a foreign business is as unknown as none at all."""
    request: Request = routes.current_request
    caller = caller_of(header(request, "authorization"), settings())
    if not caller.may(permission):
        message = f"The role {caller.role} may not do this."
        raise Forbidden(message)
    if business_id == EVERYONE or not caller.may_see(business_id):
        message = "There is no business with this id."
        raise NotFound(message, code="business_not_found")
