"""The world around the service, which goes on when one of its processes dies.

As in production: SQS brings again what was not acknowledged, the stream what was not counted,
Lambda a timer's event whose release died; the rescue runs once a minute; whoever got no answer to
a request that may be repeated repeats it.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import seed
from typing import TypeAlias

import pytest
from chalice.test import HTTPResponse
from moto import mock_aws

from chalicelib import wiring
from chalicelib.errors import ServiceError
from chalicelib.model.instant import minute_of
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from chalicelib.settings import settings
from tests.crash import emulator
from tests.crash.backend import URLS, WiredBackend
from tests.crash.emulator import NOTICES, WORKERS
from tests.crash.hurry import Time, from_noon
from tests.crash.kill_switch import KillSwitch
from tests.crash.process import Processes
from tests.integration.backend import Backend
from tests.integration.service import (
    Context,
    Json,
    Service,
    open_client,
    recorded,
    sqs_event,
    stack_environment,
    stream_event,
)
from tests.rig.builders import NOON
from tests.simulation.callers import Diary

MINUTE = timedelta(minutes=1)
#: Within which all must be quiet again: some rescues, and twice the visibility of a message.
QUIET = timedelta(minutes=15)
#: What mappings bring at a time (infra/stack/functions.yaml).
BATCH = 50
STREAM_BATCH = 100
#: Near enough that timers are part of a world of some minutes.
HORIZONS = {"SQS_HORIZON_S": "90", "TIMER_LEAD_S": "15"}
#: How often Lambda repeats what it was asked to do asynchronously.
REPEATS = 2

#: A request; it answers when it has to be made again, None where it was answered.
Ask: TypeAlias = Callable[[], timedelta | None]


@dataclass
class World:
    """One world: what happens in it, and what its callers know."""

    time: Time
    processes: Processes
    service: Service
    diary: Diary = field(default_factory=Diary)
    is_drained: bool = False
    #: Without it, what is lost stays so.
    has_rescue: bool = True
    #: What somebody has to do again, and when.
    later: list[tuple[datetime, Callable[[], None]]] = field(
        default_factory=list[tuple[datetime, Callable[[], None]]]
    )
    rescue_at: datetime = NOON + MINUTE
    #: How many records of the stream were brought to its readers, and acknowledged.
    counted: int = 0
    told: int = 0
    #: Whether somebody wants to be told of jobs that fail.
    has_receiver: bool = False
    strangers: set[str] = field(default_factory=set[str])

    @property
    def backend(self) -> WiredBackend:
        """Whom the service calls back."""
        return self.processes.backend

    def insist(self, ask: Ask) -> None:
        """Make a request, now and again, until it is answered."""
        if (wait := ask()) is not None:
            self.after(wait, lambda: self.insist(ask))

    def after(self, wait: timedelta, act: Callable[[], None]) -> None:
        """Let somebody do something in a while."""
        self.later.append((self.time.now() + wait, act))

    def ask(self, request: Callable[[], HTTPResponse]) -> HTTPResponse | None:
        """A request of somebody, to a process of its own; None where no answer came."""
        return self.processes.run(request)

    def invoke(self, function: str, event: Json, *, remaining_ms: int = 30_000) -> object:
        """One run of an event Lambda; None where it died, or said that it could not."""
        context = Context(remaining_ms)
        try:
            return self.processes.run(
                lambda: self.service.invoke(function, event, context=context), function=function
            )
        except ServiceError as error:
            self.diary.surprises.append(error)
            return None

    def work(self, queue: str, *, most: int = BATCH, remaining_ms: int = 30_000) -> None:
        """The mapping brings what is visible to a worker, and deletes what it has served."""
        messages = emulator.receive(queue, most)
        answer = self.invoke(WORKERS[queue], sqs_event(messages), remaining_ms=remaining_ms)
        if isinstance(answer, dict):
            failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
            served = [each for each in messages if each["MessageId"] not in failed]
            emulator.acknowledge(queue, served)

    def fire(self) -> None:
        """Time passes until the next timer fires."""
        at, event = min(emulator.timers(), key=lambda timer: timer[0])
        self.time.pass_to(at)
        emulator.forget_timer(event)
        self.release(event)

    def release(self, event: Json, *, repeats: int = REPEATS) -> None:
        """A timer fires; where the release dies, Lambda brings the event again a minute later."""
        is_done = self.invoke("release", event, remaining_ms=900_000) is not None
        if not is_done and repeats:
            self.after(MINUTE, lambda: self.release(event, repeats=repeats - 1))

    def rescue(self) -> None:
        """The minute's tick."""
        self.invoke("rescue", recorded("rescue_tick"), remaining_ms=50_000)

    def count(self) -> None:
        """The stream's next batch, until nothing is left; it waits for whoever has counted it."""
        while batch := emulator.stream_records()[self.counted : self.counted + STREAM_BATCH]:
            if self.invoke("tally", stream_event(*batch)) is not None:
                self.counted += len(batch)

    def tell(self) -> None:
        """The same stream, to its other reader."""
        while batch := emulator.stream_records()[self.told : self.told + STREAM_BATCH]:
            if self.invoke("notify", stream_event(*batch)) is not None:
                self.told += len(batch)

    def look_for_strangers(self) -> None:
        """Whose envelopes are in SQS, though nobody has stored them."""
        sent = {each["jobId"] for queue in WORKERS for each in emulator.envelopes(queue)}
        records = emulator.stream_records()
        stored = {record["dynamodb"]["Keys"]["pk"]["S"] for record in records}
        self.strangers = sent - stored

    def jobs(self) -> dict[str, Job]:
        """All that are stored."""
        ids = {item["pk"]["S"] for item in self.service.items() if item["sk"]["S"] == "job"}
        return dict(wiring.store().get_jobs(ids))

    def drain(self) -> None:
        """Go on until nobody has anything to do, and then bring everything once more."""
        ends_at = self.time.now() + QUIET
        self._step()
        while (is_going_on := self._is_going_on()) and self.time.now() < ends_at:
            self.time.pass_to(self._next_at())
            self._step()
        self.is_drained = not is_going_on
        self._bring_again()
        self.count()

    def _is_going_on(self) -> bool:
        if self.later or list(emulator.timers()):
            return True
        if self.has_receiver and (self._has_untold or emulator.envelopes(NOTICES)):
            return True
        items = self.service.items()
        return any("status" in item and Status(item["status"]["S"]).is_open for item in items)

    @property
    def _has_untold(self) -> bool:
        return len(emulator.stream_records()) > self.told

    def _bring_again(self) -> None:
        """SQS brings what was not acknowledged, however late: it must be of no use any more."""
        for queue in WORKERS:
            emulator.show_all(queue)
            if emulator.envelopes(queue):
                self.work(queue)

    def _step(self) -> None:
        """All that is due now, each once."""
        now = self.time.now()
        due = [act for at, act in self.later if at <= now]
        self.later = [each for each in self.later if each[0] > now]
        for act in due:
            act()
        while any(at <= now for at, _ in emulator.timers()):
            self.fire()
        if self.rescue_at <= now:
            self.rescue_at = minute_of(now) + MINUTE
            if self.has_rescue:
                self.rescue()
        if self.has_receiver and self._has_untold:
            self.tell()
        for queue in WORKERS:
            visible_at = emulator.next_visible_at(queue)
            if visible_at is not None and visible_at <= self.time.now():
                self.work(queue)

    def _next_at(self) -> datetime:
        """When somebody has something to do again."""
        visible = filter(None, map(emulator.next_visible_at, WORKERS))
        fires = [at for at, _ in emulator.timers()]
        if self.has_receiver and self._has_untold:
            return self.time.now()
        return min([self.rescue_at, *visible, *fires, *(at for at, _ in self.later)])


@contextmanager
def a_world(switch: KillSwitch) -> Generator[World]:
    """At noon, with nothing in it yet."""
    with pytest.MonkeyPatch.context() as patch, from_noon(switch) as time, mock_aws():
        for variable, value in stack_environment(Backend(url="")):
            patch.setenv(variable, value)
        for variable, value in (URLS | HORIZONS).items():
            patch.setenv(variable, value)
        seed(NOON.year)  # of jitter: who dies at a call makes the same calls before
        settings.cache_clear()
        emulator.keep_the_template_s_word()
        processes = Processes(switch, WiredBackend(switch))
        yield World(time, processes, Service(open_client(), Backend(url="")))
