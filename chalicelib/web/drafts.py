"""From a request body to drafts that can be scheduled."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from chalicelib.errors import Fault, InvalidRequest
from chalicelib.flow.schedule import Draft
from chalicelib.model.channel import Channel
from chalicelib.model.job import Payload
from chalicelib.model.trace import Trace
from chalicelib.web.due_of_request import due_of
from chalicelib.web.faults import validated
from chalicelib.web.near_names import misnamed, misplaced
from chalicelib.web.requests import BulkRequest, EmailRequest, GeneralRequest, SmsRequest, Wanted

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
        faults += misnamed(body, BulkRequest) + misplaced(body)
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
        model = _MODELS[self.channel]
        wanted, faults = validated(model, body, under=under)
        faults += misnamed(body, model, under=under)
        if wanted is None:
            return None, faults
        payload = Payload(_callback_body(wanted), self._endpoint(wanted), self.trace)
        due_at, fault = due_of(wanted, now=self.now, home_zone=self.home_zone)
        if fault is not None:
            faults.append(replace(fault, path=".".join(filter(None, [under, fault.path]))))
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
