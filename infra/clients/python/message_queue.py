"""A client of the message queue, in one file to copy into an application that has httpx."""

import json
import random
import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import mktime_tz, parsedate_tz
from functools import partial, partialmethod
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

Json = dict[str, Any]
FINAL = frozenset({"COMPLETED", "FAILED", "CANCELLED"})
#: Of one request; the bytes are those of its body as a text in the JSON event of a Lambda.
MOST_MESSAGES, MOST_BYTES = 5_000, 5_900_000
#: The contract's fields by their names here: `send_at` is `sendAt`.
_FIELDS = """workspaceId contactId phoneNumber message to subject html data callbackEndpoint delay
    sendAt dayNumber sendTime timezone metadata priority maxAttempts communicationId"""
_NAMES = {re.sub("([A-Z])", r"_\1", name).lower(): name for name in re.findall(r"\w+", _FIELDS)}
_text = partial(json.dumps, ensure_ascii=False, allow_nan=False, default=lambda at: at.isoformat())


@dataclass(eq=False)
class QueueError(Exception):
    """A refusal, or no answer (`status` None); a bulk's earlier `job_ids` were accepted."""

    message: str
    code: str
    status: int | None = None
    errors: list[Json] = field(default_factory=list[Json])
    request_id: str | None = None
    retry_after_s: float = 0
    idempotency_key: str | None = None
    job_ids: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        return f"{self.message} ({self.code}, status {self.status}, request {self.request_id})"


class MessageQueue:
    """One service; repeats only what is safe: reads, and scheduling by its Idempotency-Key."""

    #: Bounds of one request; of one call with its repeats and pauses, in time and in number.
    timeout_s, patience_s, tries = 30.0, 90.0, 5

    def __init__(self, base_url: str, token: str | Callable[[], str]) -> None:
        self.http = httpx.Client(base_url=base_url, headers={"Content-Type": "application/json"})
        self._token = token if callable(token) else lambda: token

    def _schedule(self, path: str, /, **fields: Any) -> str:
        """The job's id. Fields are the contract's in snake_case, and `idempotency_key`."""
        key = fields.pop("idempotency_key", None) or str(uuid4())
        return self._ask("POST", path, content=_text(_named(fields)), key=key)["jobId"]

    def _schedule_all(self, path: str, messages: Iterable[Json], /, **defaults: Any) -> list[str]:
        """The jobs' ids, in order. Fields are those that a message does not say itself."""
        key = defaults.pop("idempotency_key", None) or str(uuid4())
        head = {"workspaceId": defaults.pop("workspace_id"), "defaults": _named(defaults)}
        waiting, ids = [[_named(message) for message in messages]], list[str]()
        while waiting and (part := waiting.pop()):
            body = _text(head | {"messages": part})
            is_long = len(part) > MOST_MESSAGES or len(_text(body).encode()) > MOST_BYTES
            if is_long and len(part) > 1:
                cut = min(MOST_MESSAGES, (len(part) + 1) // 2)
                waiting += part[cut:], part[:cut]
                continue
            try:
                ids += self._ask("POST", path, content=body, key=f"{key}.{len(ids)}")["jobIds"]
            except QueueError as error:
                error.idempotency_key, error.job_ids = key, ids
                raise
        return ids

    schedule_sms = partialmethod(_schedule, "/api/schedule-sms")
    schedule_email = partialmethod(_schedule, "/api/schedule-email")
    schedule_job = partialmethod(_schedule, "/api/jobs")
    schedule_sms_bulk = partialmethod(_schedule_all, "/api/schedule-sms/bulk")
    schedule_email_bulk = partialmethod(_schedule_all, "/api/schedule-email/bulk")

    def job_status(self, job_id: str, *, within_s: float = 0) -> Json:
        return self._ask("GET", _path("job-status", job_id), within_s=within_s)

    def wait_until_final(self, job_id: str, *, timeout_s: float) -> Json:
        ends_at_s, left_s = time.monotonic() + timeout_s, timeout_s
        while (found := self.job_status(job_id, within_s=max(left_s, 1)))["status"] not in FINAL:
            if (left_s := ends_at_s - time.monotonic()) <= 0:
                raise QueueError(f"The job is still {found['status']}", "not_final")
            time.sleep(min(left_s, 1))
        return found

    def _act(self, act: str, workspace_id: str, job_id: str) -> Json:  # noqa: PLR0917 - in parts
        path = _path("businesses", workspace_id, "communication-queue", job_id, act)
        return self._ask("POST", path)["job"]

    def _read(self, what: str, workspace_id: str, **query: int) -> Any:
        path = _path("businesses", workspace_id, "communication-queue", what)
        return self._ask("GET", path, params=query)

    retry, cancel = partialmethod(_act, "retry"), partialmethod(_act, "cancel")
    pending, failed = partialmethod(_read, "pending"), partialmethod(_read, "failed")
    stats = partialmethod(_read, "stats")

    def _ask(self, verb: str, path: str, *, key: str = "", within_s: float = 0, **sent: Any) -> Any:
        ends_at_s, tried = time.monotonic() + (within_s or self.patience_s), 0
        while True:
            headers = {"Authorization": f"Bearer {self._token()}"}
            headers |= {"Idempotency-Key": key} if key else {}
            left_s = min(self.timeout_s, ends_at_s - time.monotonic())
            try:
                answer = self.http.request(verb, path, headers=headers, timeout=left_s, **sent)
                if answer.is_success:
                    return answer.json()
                error = _refusal(answer)
            except (httpx.RequestError, json.JSONDecodeError, UnicodeDecodeError) as cause:
                error = QueueError(f"No answer: {cause!r}", "no_answer")
            is_busy = error.code == "idempotency_in_progress"
            tried += not is_busy
            passes = is_busy or (error.status in {None, 429, 502, 503, 504} and tried < self.tries)
            pause_s = max(error.retry_after_s, random.uniform(0, min(10, 0.2 * 2**tried)))
            has_time = time.monotonic() + pause_s < ends_at_s
            if not (has_time and passes and (key or verb == "GET")):
                error.idempotency_key = key or None
                raise error
            time.sleep(pause_s)


def _refusal(answer: httpx.Response) -> QueueError:
    said: Json = {"message": answer.text[:200] or answer.reason_phrase, "code": "unknown"}
    with suppress(ValueError, TypeError):
        said |= answer.json()
    error = QueueError(said["message"], said["code"], answer.status_code, said.get("errors", []))
    error.request_id = answer.headers.get("X-Request-Id")
    later = answer.headers.get("Retry-After", "")
    at = parsedate_tz(later)
    error.retry_after_s = mktime_tz(at) - time.time() if at else float(later.isdecimal() and later)
    return error


def _named(fields: Json) -> Json:
    return {_NAMES[name]: value for name, value in fields.items()}


def _path(*parts: str) -> str:
    return "/api/" + "/".join(quote(part, safe="") for part in parts)
