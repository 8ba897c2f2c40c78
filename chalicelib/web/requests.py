"""The bodies of the scheduling routes, as pydantic models that find every fault at once."""

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from chalicelib.model.endpoint import fault_of
from chalicelib.model.job import Priority
from chalicelib.web.body import Body
from chalicelib.web.when import ClocksOf, DayNumber, Delay, LeftOut, SendAt, SendTime, whole

_E164 = r"^\+[1-9][0-9]{1,14}$"
#: What `<input type=email>` takes (WHATWG HTML, 4.10.5.1.5), with a length of RFC 5321.
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_EMAIL = rf"^[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})+$"
#: Messages that one bulk may have (contract, section 1).
MAX_MESSAGES = 5_000


def _endpoint(text: str) -> str:
    if fault := fault_of(text):
        raise ValueError(fault)
    return text


def _metadata(value: dict[str, Any]) -> dict[str, Any]:
    """Metadata is the caller's own, but for two keys that mean something to the service."""
    endpoint = value.get("callbackEndpoint")
    if endpoint is not None and not isinstance(endpoint, str):
        message = "callbackEndpoint must be a path, as a string"
        raise ValueError(message)
    if endpoint is not None and (fault := fault_of(endpoint)):
        message = f"callbackEndpoint {fault}"
        raise ValueError(message)
    group = value.get("communicationId")
    if group is not None and not (isinstance(group, str) and re.fullmatch(_ID, group)):
        message = "communicationId must be a string of up to 128 letters, digits and _ . : @ -"
        raise ValueError(message)
    return value


_ID = r"^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}$"
Id = Annotated[str, StringConstraints(pattern=_ID)]
OneLine = Annotated[str, StringConstraints(min_length=1, max_length=998, pattern=r"^[^\r\n\x00]*$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
Html = Annotated[str, StringConstraints(min_length=1, max_length=350_000)]
Attempts = Annotated[int, Field(ge=1, le=10)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]


class Wanted(Body):
    """What every kind of job can say. Fields that we do not know are left aside."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")

    workspace_id: Id
    metadata: Annotated[dict[str, Any], AfterValidator(_metadata)] | None = None
    communication_id: Id | None = None
    priority: Annotated[Priority, Field(strict=False)] = Priority.NORMAL
    max_attempts: Annotated[Attempts, whole("attempts", of=Attempts)] = 3
    delay: LeftOut[Delay] = None
    send_at: LeftOut[SendAt] = None
    timezone: ClocksOf | None = None
    day_number: LeftOut[DayNumber] = None
    send_time: LeftOut[SendTime] = None


class SmsRequest(Wanted):
    """`POST /api/schedule-sms`."""

    phone_number: Annotated[str, StringConstraints(pattern=_E164)]
    message: Text
    contact_id: Id


class EmailRequest(Wanted):
    """`POST /api/schedule-email`."""

    to: Annotated[str, StringConstraints(pattern=_EMAIL, max_length=254)]
    subject: OneLine
    html: Html
    contact_id: Id


class GeneralRequest(Wanted):
    """`POST /api/jobs`: any JSON as `data`, to any allowed path of the backend."""

    data: Any = None
    callback_endpoint: Endpoint | None = None
    contact_id: Id | None = None


class BulkRequest(Body):
    """`POST /api/schedule-sms/bulk`, `…-email/bulk`: each message is laid over the defaults."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")

    workspace_id: Id
    defaults: dict[str, Any] = {}  # noqa: RUF012 - pydantic copies it
    #: What is wrong with one of them is found when it is read.
    messages: Annotated[
        list[Annotated[Any, WithJsonSchema({"type": "object"})]],
        Field(min_length=1, max_length=MAX_MESSAGES),
    ]
