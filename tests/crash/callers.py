"""Those who ask the service for something, and what they do where no answer comes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalice.test import HTTPResponse

from tests.crash.world import World
from tests.integration.board import SMS as QUEUE
from tests.integration.board import put
from tests.integration.operators import remove, tell
from tests.integration.service import Json
from tests.simulation.callers import ANYBODY, Act

SMS: Json = {
    "phoneNumber": "+12025550123",
    "message": "Hello",
    "contactId": "contact-1",
    "workspaceId": "w1",
    "delay": 0,
}
ALL_SMS: Json = {"filter": {"channel": "sms"}}
DONE = {200, 204}
#: What else a caller who repeats a request may hear: to come again, or that it was done already.
HEARD = {404, 409, 503}
SECOND = timedelta(seconds=1)
LATER = 5 * SECOND
ONE, MANY = "/api/schedule-sms", "/api/schedule-sms/bulk"


@dataclass(frozen=True, slots=True)
class Callers:
    """All of them; each request is a process of its own."""

    world: World

    def schedule(self, *, key: str | None = None, **changes: object) -> list[str]:
        """One SMS; with a key, it is asked for again until it is accepted. The ids, where told."""
        return self._accepted(ONE, SMS | changes, key=key, count=1)

    def schedule_many(self, count: int, *, key: str | None = None, **changes: object) -> list[str]:
        """So many SMS by one request."""
        body = {"workspaceId": "w1", "defaults": SMS | changes, "messages": [{}] * count}
        return self._accepted(MANY, body, key=key, count=count)

    def _accepted(self, path: str, body: Json, *, key: str | None, count: int) -> list[str]:
        diary = self.world.diary
        headers = self.headers(key)
        answers: list[list[str]] = []
        if key:
            diary.keyed[key] = (count, answers)

        def ask() -> timedelta | None:
            answer = self.world.ask(lambda: self.world.service.post(path, body, **headers))
            if (wait := _wait(answer)) is not None or answer is None:
                return wait if key else None
            said = answer.json_body
            ids = said["jobIds"] if "jobIds" in said else [said["jobId"]]
            answers.append(ids)
            diary.accepted.update(ids)
            return None

        self.world.insist(ask)
        return answers[-1] if answers else []

    def headers(self, key: str | None) -> dict[str, str]:
        """Those of a request with that key."""
        return {"Idempotency_Key": key} if key else {}

    def cancel(self, job_id: str) -> None:
        """Until it is answered."""
        self._steer("cancel", job_id, lambda: tell(self.world.service, f"/{job_id}/cancel"))

    def delete(self, job_id: str) -> None:
        """Until it is answered."""
        self._steer("delete", job_id, lambda: remove(self.world.service, f"/{job_id}"))

    def retry(self, job_id: str) -> None:
        """Until it is answered."""
        self._steer("retry", job_id, lambda: tell(self.world.service, f"/{job_id}/retry"))

    def cancel_pending(self) -> None:
        """All that wait, until it is answered."""
        self._steer("cancel", ANYBODY, lambda: tell(self.world.service, "/cancel-pending", ALL_SMS))

    def retry_failed(self) -> None:
        """All that have failed, until it is answered."""
        self._steer("retry", ANYBODY, lambda: tell(self.world.service, "/retry-failed", ALL_SMS))

    def process_now(self) -> None:
        """All that is due, until it is answered."""
        self._steer("process", ANYBODY, lambda: tell(self.world.service, "/process-now"))

    def pause(self) -> None:
        """The queue of SMS that are due now, until it is answered."""
        self._steer("pause", ANYBODY, lambda: put(self.world.service, f"{QUEUE}/pause"))

    def resume(self) -> None:
        """The same queue, until it is answered."""
        self._steer("resume", ANYBODY, lambda: put(self.world.service, f"{QUEUE}/resume"))

    def resume_later(self) -> None:
        """Nobody pauses for ever."""
        self.world.after(LATER, self.resume)

    def _steer(self, kind: str, job_id: str, request: Callable[[], HTTPResponse]) -> None:
        act = Act(kind, job_id, self._now())
        # Only what stops callbacks, or lets them start, is a promise about them.
        if kind in {"cancel", "delete", "retry"}:
            self.world.diary.acts.append(act)

        def ask() -> timedelta | None:
            answer = self.world.ask(request)
            if answer is not None and answer.status_code in DONE:
                act.done_at = self._now()
            return _wait(answer)

        self.world.insist(ask)

    def _now(self) -> datetime:
        return self.world.time.now()


def _wait(answer: HTTPResponse | None) -> timedelta | None:
    """How long until it is worth to ask again; None where that is not needed."""
    if answer is None:
        return SECOND
    assert answer.status_code in DONE | HEARD, answer.body
    retry_after = answer.headers.get("Retry-After")
    return None if retry_after is None else int(retry_after) * SECOND
