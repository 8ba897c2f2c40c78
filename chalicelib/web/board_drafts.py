"""Jobs that come from the board's editor: by the same models as all others."""

from dataclasses import replace
from typing import Any, cast

from chalicelib.errors import Fault, InvalidRequest
from chalicelib.flow.schedule import Draft
from chalicelib.model.channel import Queue
from chalicelib.ports.jobs import Stored
from chalicelib.web.board_faults import invalid
from chalicelib.web.board_view import HIGHEST_NUMBER, priority_of
from chalicelib.web.drafting import drafting_of

Json = dict[str, Any]


def added_draft(queue: Queue, body: Json) -> Draft:
    """A new job: its data is a scheduling request, and BullMQ's options say when and how."""
    if not isinstance(body.get("name", ""), str):
        raise invalid("INVALID_REQUEST_BODY", field="name")
    options: Any = body.get("options") or {}
    if not isinstance(options, dict):
        raise invalid("INVALID_REQUEST_BODY", field="options")
    asked = _asked(cast("Json", options))
    return replace(drafting_of(queue.channel).one(_object(body.get("data")) | asked), queue=queue)


def rewritten_draft(entry: Stored, data: object) -> Draft:
    """What a job is to send from now on; it stays in its workspace."""
    draft = drafting_of(entry.job.channel).one(_object(data))
    if draft.workspace_id != entry.job.workspace_id:
        fault = Fault("workspaceId", f"must stay {entry.job.workspace_id}")
        raise InvalidRequest("A job stays in its workspace.", faults=(fault,))
    return draft


def _asked(options: Json) -> Json:
    """Those options that mean something here, in the words of a scheduling request."""
    priority = options.get("priority")
    if priority is not None:
        is_number = isinstance(priority, int) and not isinstance(priority, bool)
        if not is_number or not 0 <= priority <= HIGHEST_NUMBER:
            raise invalid("INVALID_PRIORITY", max=HIGHEST_NUMBER)
    given: Json = {
        "delay": options.get("delay"),
        "maxAttempts": options.get("attempts"),
        "priority": None if priority is None else priority_of(priority).value,
    }
    return {name: value for name, value in given.items() if value is not None}


def _object(data: object) -> Json:
    if not isinstance(data, dict):
        fault = Fault("data", "must be an object with the fields of a scheduling request")
        raise InvalidRequest("The data is no object.", faults=(fault,))
    return cast("Json", data)
