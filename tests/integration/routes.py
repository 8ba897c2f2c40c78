"""Every route of the service, and who may use it: the contract's roles table, route by route."""

from dataclasses import dataclass
from enum import StrEnum

from chalicelib.model.access import Role
from tests.integration.service import Json

ALL = frozenset(Role)
STAFF = frozenset({Role.ADMIN, Role.MANAGER, Role.SUPPORT})
DECIDERS = frozenset({Role.ADMIN, Role.MANAGER})
ADMINS = frozenset({Role.ADMIN})


class Says(StrEnum):
    """Where a request says which workspace it is about."""

    PATH = "path"
    BODY = "body"
    JOB = "job"
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class Route:
    """A route, a body that it takes, and the roles that may use it."""

    method: str
    path: str
    roles: frozenset[Role]
    says: Says = Says.PATH
    body: Json | None = None

    @property
    def hides_foreign(self) -> bool:
        """Whether another's workspace is as unknown as none: also in a reset's body."""
        return self.says is Says.PATH or self.path == "/api/metrics/reset"

    @property
    def key(self) -> tuple[str, str]:
        """As Chalice names it."""
        return self.path, self.method


_QUEUE = "/api/businesses/{business_id}/communication-queue"
_ONE = {"metadata": {}, "contactId": "c1", "delay": 3_600_000}
_SMS: Json = {**_ONE, "phoneNumber": "+1234567890", "message": "hello"}
_EMAIL: Json = {**_ONE, "to": "a@example.com", "subject": "hello", "html": "<p>hello</p>"}
_FILTER: Json = {"filter": {"channel": "email"}, "dryRun": True}

#: Pages and their files: they hold nothing of anybody's, and are no part of the description.
PAGES = ("/assets/{name}", "/ops", "/test-email", "/test-sms")

#: Below this, the board asks for its own user (test_board_access.py), and describes itself.
BOARD = "/admin/queues"

#: What asks for no token, and why.
PUBLIC = {
    ("/health", "GET"): "load balancers and make run ask it; it tells nothing of anybody's",
    ("/openapi.json", "GET"): "the API's description is the same for everybody",
    ("/docs", "GET"): "the same, for people",
}

PROTECTED = (
    Route("POST", "/api/schedule-sms", ALL, Says.BODY, _SMS),
    Route("POST", "/api/schedule-email", ALL, Says.BODY, _EMAIL),
    Route("POST", "/api/jobs", ALL, Says.BODY, {"data": 1, "delay": 3_600_000}),
    Route("POST", "/api/schedule-sms/bulk", ALL, Says.BODY, {"messages": [_SMS]}),
    Route("POST", "/api/schedule-email/bulk", ALL, Says.BODY, {"messages": [_EMAIL]}),
    Route("GET", "/api/job-status/{job_id}", ALL, Says.JOB),
    Route("GET", f"{_QUEUE}/stats", STAFF),
    Route("GET", f"{_QUEUE}/pending", STAFF),
    Route("GET", f"{_QUEUE}/failed", STAFF),
    Route("GET", f"{_QUEUE}/jobs", STAFF),
    Route("GET", f"{_QUEUE}/failed.csv", STAFF),
    Route("GET", f"{_QUEUE}/analytics", STAFF),
    Route("GET", f"{_QUEUE}/by-communication/{{communication_id}}", STAFF),
    Route("GET", f"{_QUEUE}/{{job_id}}", STAFF),
    Route("POST", f"{_QUEUE}/{{job_id}}/retry", STAFF),
    Route("POST", f"{_QUEUE}/retry-failed", STAFF, body=_FILTER),
    Route("POST", f"{_QUEUE}/{{job_id}}/cancel", DECIDERS),
    Route("POST", f"{_QUEUE}/cancel-pending", DECIDERS, body=_FILTER),
    Route("DELETE", f"{_QUEUE}/{{job_id}}", ADMINS),
    Route("POST", f"{_QUEUE}/process-now", ADMINS),
    Route("GET", f"{_QUEUE}/audit", ADMINS),
    Route("GET", "/api/metrics", STAFF, Says.NOWHERE),
    Route("GET", "/api/metrics/workspace/{workspace_id}", STAFF),
    Route("POST", "/api/metrics/reset", ADMINS, Says.BODY, {}),
    Route("GET", "/api/workspaces/{workspace_id}/settings", ADMINS),
    Route("PUT", "/api/workspaces/{workspace_id}/settings", ADMINS, body={}),
)
