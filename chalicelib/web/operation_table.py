"""What the API's description says of each operation: permission, parameters and shapes."""

from dataclasses import dataclass, replace
from typing import Any

from chalicelib.model.access import Permission
from chalicelib.model.channel import Channel
from chalicelib.model.idempotency import KEY_PATTERN, LONGEST_KEY
from chalicelib.model.identity import ID_PATTERN
from chalicelib.model.job import Priority
from chalicelib.model.series import Bucket
from chalicelib.model.status import Status
from chalicelib.web import answer_shapes as shapes
from chalicelib.web.administration import BASE
from chalicelib.web.analytics import AnalyticsAnswer
from chalicelib.web.bulk_request import BulkRequest
from chalicelib.web.idempotency import KEY_HEADER
from chalicelib.web.job_view import JobAnswer, StatusAnswer
from chalicelib.web.metrics import ResetAnswer, ResetRequest
from chalicelib.web.metrics_view import MetricsAnswer, WorkspaceMetricsAnswer
from chalicelib.web.query_params import LONGEST_ERROR
from chalicelib.web.requests import BulkRequest as BulkScheduleRequest
from chalicelib.web.requests import EmailRequest, GeneralRequest, SmsRequest
from chalicelib.web.workspace_body import SettingsAnswer, SettingsBody

Json = dict[str, Any]

JSON, CSV, HTML = "application/json", "text/csv", "text/html"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the query string, or one header."""

    name: str
    schema: Json
    says: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `permission` None is for everybody, `answer` None a 204."""

    permission: Permission | None
    answer: Any
    body: Any = None
    query: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    media_type: str = JSON
    #: Statuses that do not follow from the rest.
    also: tuple[int, ...] = ()
    #: Whether an answer may be one that was given before.
    replays: bool = False


_TEXT: Json = {"type": "string"}
_INSTANT: Json = {"type": "string", "examples": ["2026-12-01T09:00:00Z"]}
_CURSOR = Parameter("cursor", _TEXT, "Where the last answer said that the list goes on.")
_FILTER = (
    Parameter("channel", {"enum": [*Channel]}, "Jobs of this channel only."),
    Parameter("priority", {"enum": [*Priority]}, "Jobs of this priority only."),
    Parameter("from", _INSTANT, "Not before this instant (due while pending, else the newest)."),
    Parameter("to", _INSTANT, "Not after this instant."),
    Parameter("contact", {"type": "string", "pattern": ID_PATTERN}, "Jobs to this contact only."),
    Parameter("error", _TEXT | {"maxLength": LONGEST_ERROR}, "A part of the last error."),
)


def _limit(default: int, most: int) -> Parameter:
    schema: Json = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return Parameter("limit", schema, "How many at most.")


_VIEW = Operation(Permission.VIEW, answer=None)
_KEY = Parameter(
    KEY_HEADER,
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": KEY_PATTERN},
    "The same key and body answer the first answer again, for 24 hours; another body is a 409.",
)
_SCHEDULE = Operation(
    Permission.SCHEDULE, shapes.ScheduledAnswer, headers=(_KEY,), also=(409,), replays=True
)
_BULK_SCHEDULE = replace(_SCHEDULE, answer=shapes.BulkScheduledAnswer, body=BulkScheduleRequest)
_BULK_ACT = Operation(Permission.RETRY, shapes.BulkChangedAnswer, body=BulkRequest)
_CHANGE = Operation(Permission.RETRY, shapes.ChangedAnswer, also=(409,))
_STATUS = Parameter("status", {"enum": [*Status]}, "Jobs in this state only.")
_SETTINGS = "/api/workspaces/{workspace_id}/settings"

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("POST", "/api/schedule-sms"): replace(_SCHEDULE, body=SmsRequest),
    ("POST", "/api/schedule-email"): replace(_SCHEDULE, body=EmailRequest),
    ("POST", "/api/jobs"): replace(_SCHEDULE, body=GeneralRequest),
    ("POST", "/api/schedule-sms/bulk"): _BULK_SCHEDULE,
    ("POST", "/api/schedule-email/bulk"): _BULK_SCHEDULE,
    ("GET", "/api/job-status/{job_id}"): Operation(Permission.JOB_STATUS, StatusAnswer),
    ("GET", f"{BASE}/stats"): replace(_VIEW, answer=shapes.StatsAnswer),
    ("GET", f"{BASE}/pending"): replace(
        _VIEW, answer=list[JobAnswer], query=(_limit(10, 500), _CURSOR)
    ),
    ("GET", f"{BASE}/failed"): replace(
        _VIEW, answer=list[JobAnswer], query=(_limit(50, 500), _CURSOR)
    ),
    ("GET", f"{BASE}/jobs"): replace(
        _VIEW, answer=shapes.JobsPageAnswer, query=(_STATUS, *_FILTER, _limit(50, 500), _CURSOR)
    ),
    ("GET", f"{BASE}/failed.csv"): replace(
        _VIEW, answer=str, query=(*_FILTER, _limit(2_000, 2_000), _CURSOR), media_type=CSV
    ),
    ("GET", f"{BASE}/by-communication/{{communication_id}}"): replace(
        _VIEW, answer=list[JobAnswer], query=(_limit(500, 500), _CURSOR)
    ),
    ("GET", f"{BASE}/analytics"): replace(
        _VIEW,
        answer=AnalyticsAnswer,
        query=(
            Parameter("bucket", {"enum": [*Bucket], "default": Bucket.HOUR}, "Length of a point."),
            Parameter("from", _INSTANT, "Where the series begins."),
            Parameter("to", _INSTANT, "Where it ends; now, if it is left out."),
            Parameter("channel", {"enum": [*Channel]}, "One channel only."),
        ),
    ),
    ("GET", f"{BASE}/audit"): Operation(
        Permission.ADMINISTER, shapes.AuditPageAnswer, query=(_limit(50, 500), _CURSOR)
    ),
    ("GET", f"{BASE}/{{job_id}}"): replace(_VIEW, answer=JobAnswer),
    ("DELETE", f"{BASE}/{{job_id}}"): Operation(Permission.ADMINISTER, None, also=(409,)),
    ("POST", f"{BASE}/{{job_id}}/retry"): _CHANGE,
    ("POST", f"{BASE}/{{job_id}}/cancel"): replace(_CHANGE, permission=Permission.CANCEL),
    ("POST", f"{BASE}/process-now"): Operation(Permission.ADMINISTER, shapes.DispatchedAnswer),
    ("POST", f"{BASE}/retry-failed"): _BULK_ACT,
    ("POST", f"{BASE}/cancel-pending"): replace(_BULK_ACT, permission=Permission.CANCEL),
    ("GET", "/api/metrics"): replace(
        _VIEW, answer=MetricsAnswer, query=(_limit(100, 100), _CURSOR)
    ),
    ("GET", "/api/metrics/workspace/{workspace_id}"): replace(_VIEW, answer=WorkspaceMetricsAnswer),
    ("POST", "/api/metrics/reset"): Operation(
        Permission.ADMINISTER, ResetAnswer, body=ResetRequest, also=(404,)
    ),
    ("GET", _SETTINGS): Operation(Permission.ADMINISTER, SettingsAnswer),
    ("PUT", _SETTINGS): Operation(Permission.ADMINISTER, SettingsAnswer, body=SettingsBody),
    ("GET", "/health"): Operation(None, shapes.HealthAnswer),
    ("GET", "/openapi.json"): Operation(None, dict[str, Any]),
    ("GET", "/docs"): Operation(None, str, media_type=HTML),
}
