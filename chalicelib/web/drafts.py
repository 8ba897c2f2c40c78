"""From a request body to drafts that can be scheduled."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from chalicelib.errors import Fault, InvalidRequest
from chalicelib.flow.schedule import Draft
from chalicelib.model.channel import Channel
from chalicelib.model.due import FURTHEST, After, At, OnDay
from chalicelib.model.job import Payload
from chalicelib.model.trace import Trace
from chalicelib.model.workspace import DEFAULT_ZONE
from chalicelib.web.faults import validated
from chalicelib.web.requests import BulkRequest, EmailRequest, GeneralRequest, SmsRequest, Wanted
from chalicelib.web.zones import zone

#: 5,000 messages with 12 faults each made an answer of 5.7 MB, and Lambda gives back 6 MB of it
#: with its quotes escaped.
MOST_FAULTS = 20_000
#: A DynamoDB item holds 400 KB; the payload item needs some of it for itself.
MAX_PAYLOAD_BYTES = 390_000

_MODELS: dict[Channel, type[Wanted]] = {
    Channel.SMS: SmsRequest,
    Channel.EMAIL: EmailRequest,
    Channel.GENERAL: GeneralRequest,
}


@dataclass(frozen=True, slots=True)
class Drafting:
    """Reads bodies for one channel, at one instant."""

    channel: Channel
    now: datetime
    default_endpoint: str
    #: The zone of a workspace: asked only where a wall-clock time comes without one.
    home_zone: Callable[[str], str]
    trace: Trace | None = None

    def one(self, body: Mapping[str, Any]) -> Draft:
        """The draft of a single message; InvalidRequest with all that is wrong with it."""
        draft, faults = self._read(body, under="")
        if draft is None or faults:
            raise _invalid(faults)
        return draft

    def many(self, body: Mapping[str, Any]) -> list[Draft]:
        """The drafts of a bulk; one bad message refuses all, and every bad one is listed."""
        bulk, faults = validated(BulkRequest, body)
        if bulk is None:
            raise _invalid(faults)
        drafts: list[Draft] = []
        for i, message in enumerate(bulk.messages):
            under = f"messages.{i}"
            if not isinstance(message, dict):
                faults.append(Fault(under, "must be an object"))
                continue
            own = cast("dict[str, Any]", message)
            whole: dict[str, Any] = {"workspaceId": bulk.workspace_id} | bulk.defaults | own
            draft, found = self._read(whole, under=under)
            if whole["workspaceId"] != bulk.workspace_id:
                found.append(Fault(f"{under}.workspaceId", "must be the workspaceId of the bulk"))
            faults += found
            if draft is not None:
                drafts.append(draft)
        if faults:
            raise _invalid(_fitting(faults))
        return drafts

    def _read(self, body: Mapping[str, Any], *, under: str) -> tuple[Draft | None, list[Fault]]:
        wanted, faults = validated(_MODELS[self.channel], body, under=under)
        if wanted is None:
            return None, faults
        payload = Payload(_callback_body(wanted), self._endpoint(wanted), self.trace)
        due_at, faults = self._due(wanted, under)
        size = len(json.dumps(payload.body, ensure_ascii=False).encode())
        if size > MAX_PAYLOAD_BYTES:
            said = f"the message has {size:,} bytes as JSON; at most {MAX_PAYLOAD_BYTES:,} fit"
            faults.append(Fault(under, said))
        metadata = wanted.metadata or {}
        return Draft(
            channel=self.channel,
            workspace_id=wanted.workspace_id,
            payload=payload,
            contact_id=payload.body["contactId"],
            communication_id=wanted.communication_id or metadata.get("communicationId"),
            priority=wanted.priority,
            max_attempts=wanted.max_attempts,
            due_at=due_at,
        ), faults

    def _endpoint(self, wanted: Wanted) -> str:
        named = wanted.callback_endpoint if isinstance(wanted, GeneralRequest) else None
        return named or (wanted.metadata or {}).get("callbackEndpoint") or self.default_endpoint

    def _due(self, wanted: Wanted, under: str) -> tuple[datetime | None, list[Fault]]:
        """The due instant, None for now; or what is wrong with the way it was asked for."""
        ways = {"delay": wanted.delay, "sendAt": wanted.send_at, "dayNumber": wanted.day_number}
        asked = [name for name, value in ways.items() if value is not None]
        if len(asked) > 1:
            said = "give at most one of delay, sendAt and dayNumber"
            return None, [_fault(said, under=under, name=asked[-1])]
        if (wanted.day_number is None) != (wanted.send_time is None):
            missing = "dayNumber" if wanted.day_number is None else "sendTime"
            said = "dayNumber and sendTime go together"
            return None, [_fault(said, under=under, name=missing)]
        due = _due_form(wanted)
        if due is None:
            return None, []
        try:
            due_at = due.due_at(now=self.now, zone=self._zone(wanted, due))
        except (OverflowError, ValueError):
            due_at = datetime.max.replace(tzinfo=UTC)
        if due_at > self.now + FURTHEST:
            said = "must be at most 10 years ahead"
            return None, [_fault(said, under=under, name=asked[0])]
        return (due_at if due_at > self.now else None), []

    def _zone(self, wanted: Wanted, due: After | At | OnDay) -> ZoneInfo:
        if wanted.timezone is None and due.asks_for_zone:
            return zone(self.home_zone(wanted.workspace_id))
        return zone(wanted.timezone or DEFAULT_ZONE)


def _fault(message: str, *, under: str, name: str) -> Fault:
    return Fault(".".join(filter(None, [under, name])), message)


def _due_form(wanted: Wanted) -> After | At | OnDay | None:
    if wanted.delay is not None:
        return After(timedelta(milliseconds=wanted.delay))
    if wanted.send_at is not None:
        return At(datetime.fromisoformat(wanted.send_at))
    if wanted.day_number is not None and wanted.send_time is not None:
        return OnDay(wanted.day_number, time.fromisoformat(wanted.send_time))
    return None


def _callback_body(wanted: Wanted) -> dict[str, Any]:
    """What the backend gets, in the contract's order."""
    match wanted:
        case SmsRequest():
            content: dict[str, Any] = {
                "to": wanted.phone_number,
                "phoneNumber": wanted.phone_number,
                "message": wanted.message,
                "contactId": wanted.contact_id,
            }
        case EmailRequest():
            content = {
                "to": wanted.to,
                "subject": wanted.subject,
                "html": wanted.html,
                "contactId": wanted.contact_id,
            }
        case GeneralRequest():
            content = {"data": wanted.data, "contactId": wanted.contact_id}
        case _:
            message = f"no callback body for {type(wanted).__name__}"
            raise TypeError(message)
    return content | {"workspaceId": wanted.workspace_id, "metadata": wanted.metadata or {}}


def _fitting(faults: list[Fault]) -> list[Fault]:
    """All of them, or the first of each message where they are more than an answer can carry."""
    if len(faults) <= MOST_FAULTS:
        return faults
    first: dict[str, Fault] = {}
    for fault in faults:
        first.setdefault(".".join(fault.path.split(".")[:2]), fault)
    return list(first.values())


def _invalid(faults: list[Fault]) -> InvalidRequest:
    many = f"{len(faults)} things are" if len(faults) != 1 else "One thing is"
    return InvalidRequest(
        f"{many} wrong with the request; see errors. Nothing was scheduled.", faults=tuple(faults)
    )
