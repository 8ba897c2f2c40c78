"""What a request to the board's API is about, and what its query and body may say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote

from chalice.app import Request

from chalicelib import wiring
from chalicelib.flow.tabs import Selection
from chalicelib.model.access import Caller
from chalicelib.model.board import Tab
from chalicelib.model.channel import Queue
from chalicelib.model.identity import is_id
from chalicelib.ports.jobs import Stored
from chalicelib.web.board_faults import BoardFault, invalid
from chalicelib.web.json_body import json_object

Json = dict[str, Any]
_MOST_A_PAGE = 300


@dataclass(frozen=True, slots=True)
class Call:
    """A request below `/admin/queues/api`, and who makes it."""

    request: Request
    caller: Caller
    segments: tuple[str, ...]

    @property
    def queue(self) -> Queue:
        """The queue that the path names."""
        return queue_named(self.segments[1])

    @property
    def entry(self) -> Stored:
        """The job that the path names, in the queue that it names."""
        queue, job_id = self.queue, self.segments[2]
        entry = wiring.store().get(job_id) if is_id(job_id) else None
        if entry is None or entry.job.queue is not queue:
            raise BoardFault(404, "JOB_NOT_FOUND")
        return entry

    @property
    def body(self) -> Json:
        """The JSON object that came."""
        return json_object(self.request)

    def number(self, name: str, *, key: str, most: int | None = None) -> int:
        """A whole number of the body, at least 0."""
        value = self.body.get(name)
        bounds = {} if most is None else {"max": most}
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise invalid(key, **bounds)
        if most is not None and value > most:
            raise invalid(key, **bounds)
        return value

    @property
    def selection(self) -> Selection | None:
        """The jobs that the query asks for; None where it names no queue."""
        query = cast("Mapping[str, str]", self.request.query_params or {})
        page = _whole(query, "page", default=1)
        size = _whole(query, "jobsPerPage", default=10, most=_MOST_A_PAGE)
        status = query.get("status") or Tab.LATEST
        if status not in {*Tab, "waiting-children", "paused"}:
            raise invalid("INVALID_QUERY_PARAM", field="status")
        name = unquote(query.get("activeQueue") or "")
        if name not in {*Queue} or status not in {*Tab}:
            return None
        return Selection(Queue(name), Tab(status), page, size)


def queue_named(name: str) -> Queue:
    """The queue of that name; QUEUE_NOT_FOUND where there is none."""
    if name not in {*Queue}:
        raise BoardFault(404, "QUEUE_NOT_FOUND")
    return Queue(name)


def _whole(query: Mapping[str, str], name: str, *, default: int, most: int = 1_000_000) -> int:
    text = query.get(name) or str(default)
    is_short = len(text) <= len(str(most))
    if not (text.isascii() and text.isdecimal() and is_short and 1 <= int(text) <= most):
        raise invalid("INVALID_QUERY_PARAM", field=name)
    return int(text)
