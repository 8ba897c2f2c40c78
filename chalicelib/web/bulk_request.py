"""The body of the routes that change many jobs at once."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from chalicelib.errors import Fault, InvalidRequest
from chalicelib.model.channel import Channel
from chalicelib.model.job import Priority
from chalicelib.model.listing import Cursor, Filter, Query
from chalicelib.web.body import Body
from chalicelib.web.faults import validated
from chalicelib.web.query_params import LONGEST_ERROR, WRONG_ORDER, instant_of
from chalicelib.web.requests import Id


def _instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("must be an ISO 8601 instant, as a text")  # noqa: TRY004 - for pydantic
    return instant_of(value)


Instant = Annotated[datetime, BeforeValidator(_instant, json_schema_input_type=str)]


class FilterBody(Body):
    """Which jobs; a name that we do not know is a fault: it would mean more jobs than was meant."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"minProperties": 1})

    channel: Annotated[Channel, Field(strict=False)] | None = None
    priority: Annotated[Priority, Field(strict=False)] | None = None
    error: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ERROR)] | None = None
    contact: Id | None = None
    since: Annotated[Instant | None, Field(alias="from")] = None
    until: Annotated[Instant | None, Field(alias="to")] = None


class BulkRequest(Body):
    """`POST …/retry-failed` and `…/cancel-pending`; without `dryRun` it is meant."""

    model_config = ConfigDict(extra="forbid")

    filter: FilterBody
    dry_run: Annotated[bool, Field(alias="dryRun")] = False
    cursor: str | None = None

    @classmethod
    def of(cls, body: dict[str, Any]) -> "BulkRequest":
        """The request of a body; InvalidRequest with all that is wrong with it."""
        request, faults = validated(cls, body)
        if request is not None:
            faults = request.faults()
        if request is None or faults:
            raise _invalid(*faults)
        return request

    def wanted(self) -> Filter:
        """What the filter asks for."""
        return Filter(
            channel=self.filter.channel,
            priority=self.filter.priority,
            error=self.filter.error,
            contact_id=self.filter.contact,
            since=self.filter.since,
            until=self.filter.until,
        )

    def begin_at(self, query: Query) -> Cursor | None:
        """Where the walk goes on; InvalidRequest where the cursor is of another one."""
        try:
            return None if self.cursor is None else Cursor.from_text(self.cursor, query)
        except ValueError as error:
            raise _invalid(Fault("cursor", f"is not usable: {error}")) from error

    def faults(self) -> list[Fault]:
        """An empty filter would mean everything, by mistake."""
        wanted = self.wanted()
        if wanted.is_empty:
            names = "channel, priority, error, contact, from, to"
            return [Fault("filter", f"must say at least one of {names}")]
        if wanted.since and wanted.until and wanted.since > wanted.until:
            return [Fault("filter.from", WRONG_ORDER)]
        return []


def _invalid(*faults: Fault) -> InvalidRequest:
    return InvalidRequest("Say which jobs; see errors. Nothing was changed.", faults=faults)
