"""The application's backend: it hangs, refuses, breaks off and lies; and remembers who called."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

from chalicelib.model.outcome import Answer
from chalicelib.ports.delivery import Call
from tests.rig.memory.clock import MemoryClock
from tests.simulation.fates import MILLISECOND, Fates, Life

#: When the worker gives a callback up.
TIME_OUT = timedelta(seconds=10)
MISBEHAVES = 0.25
DIES = 0.01
#: Ten years, as some backends ask for.
FOR_EVER_S = 315_360_000


@dataclass(frozen=True, slots=True)
class Start:
    """One callback that started."""

    at: datetime
    job_id: str
    attempt: int
    key: str
    channel: str


@dataclass(slots=True)
class SimulatedBackend:
    """What all processes call."""

    clock: MemoryClock
    fates: Fates
    starts: list[Start] = field(default_factory=list[Start])

    def start(self, call: Call) -> None:
        """A request has come in."""
        said = json.loads(call.body)
        start = Start(
            at=self.clock.now(),
            job_id=said["jobId"],
            attempt=int(call.headers["X-Attempt"]),
            key=call.headers["Idempotency-Key"],
            channel=call.url.split("//")[1].split(".")[0],
        )
        self.starts.append(start)

    def mood(self) -> tuple[timedelta, Answer]:
        """How long it takes, and what is heard of it."""
        takes = self.fates.random.choice([0, 1, 5, 20, 300]) * MILLISECOND
        if not self.fates.strikes("backend misbehaves", MISBEHAVES):
            return takes, Answer(200, '{"ok":true}')
        told = Answer(429, "slow down", retry_after=self._retry_after())
        return self.fates.random.choice(
            [
                (TIME_OUT, Answer(None, error="The backend did not answer in time.")),
                # A reset, before the first byte or after some.
                (takes, Answer(None, error="The connection failed.")),
                (takes, Answer(503, "busy")),
                (takes, Answer(503, "")),
                (takes, Answer(500, "<html>Rate limit exceeded</html>")),
                (takes, Answer(302, "")),
                (takes, Answer(404, "unknown contact")),
                (TIME_OUT - MILLISECOND, Answer(200, "x" * 4096)),
                (takes, Answer(408, "")),
                *[(takes, told)] * 3,
            ]
        )

    def _retry_after(self) -> str | None:
        now = self.clock.now()
        wishes = [None, "0", "1", "7", "20", "-5", "soon", "1e9", "0.5", ""]
        wishes += [format_datetime(now - timedelta(days=1)), format_datetime(now + TIME_OUT)]
        if self.fates.random.random() < 0.01:
            return str(FOR_EVER_S)
        return self.fates.random.choice(wishes)


@dataclass(frozen=True, slots=True)
class SimulatedCallbacks:
    """`ports.Callbacks` of one process."""

    backend: SimulatedBackend
    life: Life
    fates: Fates

    async def prepare(self) -> None:
        """Nothing has to be prepared."""

    async def post(self, call: Call) -> Answer:
        """The process may die before the request has left, or while it waits for the answer."""
        self.life.check()
        if self.fates.strikes("dies before the callback", DIES):
            self.life.end()
        self.backend.start(call)
        takes, answer = self.backend.mood()
        if self.fates.strikes("dies amid the callback", DIES):
            self.life.end()
        await self.backend.clock.sleep_until(self.backend.clock.now() + takes)
        self.life.check()
        return answer
