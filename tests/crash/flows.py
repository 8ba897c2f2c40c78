"""Every flow of the service, in the smallest world in which it makes all of its calls."""

from collections.abc import Callable, Mapping

from tests.crash import beginnings as begin
from tests.crash.callers import Callers
from tests.crash.emulator import NOTICES, SMS
from tests.crash.flow import Flow, Step
from tests.crash.world import World

#: Of an invocation that has no time left for its jobs.
TOO_LATE_MS = 3_000


def asks(request: Callable[[Callers], object]) -> Step:
    """The API serves a request."""

    def act(world: World) -> None:
        request(Callers(world))

    return act


def steers(request: Callable[[Callers, str], object]) -> Step:
    """The API serves a request about one job."""

    def act(world: World) -> None:
        request(Callers(world), min(world.jobs()))

    return act


def works(*, most: int = 50, remaining_ms: int = 30_000) -> Step:
    """The worker of the queue of SMS that are due now."""

    def act(world: World) -> None:
        world.work(SMS, most=most, remaining_ms=remaining_ms)

    return act


def posts(world: World) -> None:
    """The worker of the notices."""
    world.work(NOTICES)


def pauses(world: World) -> None:
    """Somebody resumes later."""
    Callers(world).pause()
    Callers(world).resume_later()


def works_while_paused(world: World) -> None:
    """Somebody resumes later."""
    world.work(SMS)
    Callers(world).resume_later()


SCHEDULING: Mapping[str, Flow] = {
    "schedules one": Flow(
        begin.nothing,
        asks(lambda callers: callers.schedule()),
        "BatchWriteItem BatchWriteItem SendMessageBatch",
    ),
    "schedules one far ahead": Flow(
        begin.nothing,
        asks(lambda callers: callers.schedule(delay=begin.FAR_MS)),
        "BatchWriteItem BatchWriteItem CreateSchedule",
    ),
    "schedules one by a key": Flow(
        begin.nothing,
        asks(lambda callers: callers.schedule(key="spring")),
        "PutItem BatchWriteItem PutItem BatchWriteItem SendMessageBatch PutItem",
    ),
    "schedules one far ahead by a key": Flow(
        begin.nothing,
        asks(lambda callers: callers.schedule(key="spring", delay=begin.FAR_MS)),
        "PutItem BatchWriteItem PutItem BatchWriteItem CreateSchedule PutItem",
    ),
    "schedules many": Flow(
        begin.nothing,
        asks(lambda callers: callers.schedule_many(26)),
        "UpdateItem BatchWriteItem BatchWriteItem BatchWriteItem BatchWriteItem"
        " SendMessageBatch SendMessageBatch SendMessageBatch",
    ),
    "schedules many beyond a limit": Flow(
        begin.a_limit,
        asks(lambda callers: callers.schedule_many(3)),
        "UpdateItem BatchWriteItem BatchWriteItem PutItem SendMessageBatch UpdateItem",
    ),
    "schedules many beyond a limit by a key": Flow(
        begin.a_limit,
        asks(lambda callers: callers.schedule_many(3, key="spring")),
        "PutItem UpdateItem BatchWriteItem PutItem BatchWriteItem PutItem SendMessageBatch PutItem",
    ),
}

STEERING: Mapping[str, Flow] = {
    "cancels": Flow(begin.two_are_far, steers(Callers.cancel), "PutItem PutItem UpdateItem"),
    "cancels what its worker has lost": Flow(
        begin.a_worker_has_died, steers(Callers.cancel), "PutItem PutItem UpdateItem"
    ),
    "retries": Flow(
        begin.two_have_failed, steers(Callers.retry), "PutItem PutItem SendMessageBatch UpdateItem"
    ),
    "deletes": Flow(
        begin.two_are_far, steers(Callers.delete), "PutItem TransactWriteItems UpdateItem"
    ),
    "cancels all that wait": Flow(
        begin.two_are_far, asks(Callers.cancel_pending), "PutItem PutItem PutItem UpdateItem"
    ),
    "retries all that failed": Flow(
        begin.two_have_failed,
        asks(Callers.retry_failed),
        "PutItem PutItem PutItem SendMessageBatch UpdateItem",
    ),
    "processes now": Flow(
        begin.one_is_late,
        asks(Callers.process_now),
        "PutItem UpdateItem SendMessageBatch UpdateItem",
    ),
    "pauses": Flow(begin.two_wait, pauses, "PutItem UpdateItem UpdateItem"),
    "resumes": Flow(
        begin.two_are_parked,
        asks(Callers.resume),
        "PutItem UpdateItem UpdateItem SendMessageBatch UpdateItem",
    ),
}

WORKING: Mapping[str, Flow] = {
    "delivers": Flow(
        begin.two_wait,
        works(most=1),
        "ReceiveMessage PutItem PutItem callback PutItem callback PutItem DeleteMessageBatch",
    ),
    "delivers, and tries again": Flow(
        begin.one_will_be_tried_again,
        works(),
        "PutItem PutItem callback PutItem SendMessageBatch callback PutItem",
    ),
    "delivers, and slows down": Flow(
        begin.one_will_be_slowed_down,
        works(),
        "PutItem PutItem callback PutItem UpdateItem PutItem SendMessageBatch callback PutItem",
    ),
    "delivers, and is refused": Flow(
        begin.one_will_be_refused, works(), "PutItem callback PutItem"
    ),
    "delivers, and feeds": Flow(
        begin.some_are_held, works(), "PutItem callback PutItem SendMessageBatch callback"
    ),
    "feeds": Flow(begin.somebody_is_woken, works(), "SendMessageBatch"),
    "parks": Flow(begin.the_queue_is_paused, works_while_paused, "UpdateItem UpdateItem"),
    "probes": Flow(begin.the_backend_is_down, works(), "PutItem callback PutItem SendMessageBatch"),
    "gives back": Flow(begin.two_wait, works(remaining_ms=TOO_LATE_MS), "SendMessageBatch"),
}

LOOKING_AFTER: Mapping[str, Flow] = {
    "releases": Flow(begin.two_are_far, World.fire, "UpdateItem UpdateItem SendMessageBatch"),
    "rescues": Flow(
        begin.everything_is_lost,
        World.rescue,
        "SendMessageBatch PutItem UpdateItem SendMessageBatch UpdateItem SendMessageBatch",
    ),
    "counts": Flow(begin.two_have_failed, World.count, "TransactWriteItems"),
}

TELLING: Mapping[str, Flow] = {
    "notifies": Flow(begin.somebody_wants_to_know, World.tell, "SendMessageBatch"),
    "posts notices": Flow(begin.a_notice_waits, posts, "webhook webhook"),
    "posts notices again": Flow(
        begin.a_receiver_will_be_busy, posts, "webhook webhook SendMessageBatch"
    ),
}

FLOWS: Mapping[str, Flow] = {**SCHEDULING, **STEERING, **WORKING, **LOOKING_AFTER, **TELLING}
