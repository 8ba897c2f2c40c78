"""What flows find when they start: all of it was made by processes that lived."""

from datetime import UTC, datetime, timedelta

from chalicelib import wiring
from chalicelib.flow.attempt import LEASE
from chalicelib.model.channel import Channel, Queue, Rate
from chalicelib.model.envelope import Envelope
from chalicelib.model.instant import to_iso
from chalicelib.model.workspace import WorkspaceSettings
from tests.crash import emulator
from tests.crash.backend import HOOK
from tests.crash.callers import Callers
from tests.crash.emulator import SMS
from tests.crash.world import World
from tests.integration.privileges.leftovers import an_outage

MILLISECOND, SECOND = timedelta(milliseconds=1), timedelta(seconds=1)
#: Of a workspace: the first two of a bulk go at once, the others are held back.
LIMIT = Rate(2)
#: Beyond what SQS carries in these worlds.
FAR_MS = 100_000


def nothing(_: World) -> None:
    """An empty world."""


def one_waits(world: World) -> None:
    """An SMS that was handed over."""
    Callers(world).schedule()


def two_wait(world: World) -> None:
    """Two of them, the one before the other."""
    one_waits(world)
    world.time.pass_to(world.time.now() + MILLISECOND)
    one_waits(world)


def one_is_late(world: World) -> None:
    """An SMS whose envelope was lost, some seconds after it was due."""
    one_waits(world)
    emulator.lose(SMS)
    world.time.pass_to(world.time.now() + 10 * SECOND)


def two_are_far(world: World) -> None:
    """Two SMS that wait for one timer."""
    for _ in "ab":
        Callers(world).schedule(delay=FAR_MS)
        world.time.pass_to(world.time.now() + MILLISECOND)


def a_limit(_: World) -> None:
    """Workspace w1 has a pace of its own."""
    chosen = WorkspaceSettings(limits={Channel.SMS: LIMIT})
    wiring.workspaces().put("w1", chosen)


def some_are_held(world: World) -> None:
    """Of three SMS, one is held back by the limit of their workspace."""
    a_limit(world)
    Callers(world).schedule_many(3)


def somebody_is_woken(world: World) -> None:
    """Those who are held back are all that is left: a worker is woken without a job."""
    some_are_held(world)
    emulator.lose(SMS)
    now = datetime.now(UTC)
    call = Envelope(job_id=f"wake@{to_iso(now)}", version=0, due_at=now, workspace_id="wake")
    emulator.send(SMS, call.to_json())


def one_will_be_tried_again(world: World) -> None:
    """The backend will answer 503 to the first callback."""
    two_wait(world)
    world.backend.answers.append(503)


def one_will_be_slowed_down(world: World) -> None:
    """The backend will answer 429 to the first callback."""
    two_wait(world)
    world.backend.answers.append(429)


def one_will_be_refused(world: World) -> None:
    """The backend will answer 404."""
    one_waits(world)
    world.backend.answers.append(404)


def two_have_failed(world: World) -> None:
    """The backend has answered 404 to both."""
    two_wait(world)
    world.backend.answers += [404, 404]
    world.work(SMS)


def a_worker_has_died(world: World) -> None:
    """It had claimed a job, and its message is not there to come again."""
    (job_id,) = Callers(world).schedule()
    emulator.lose(SMS)
    job = world.jobs()[job_id]
    assert wiring.store().move(job, job.claim(at=world.time.now(), lease=LEASE))


def the_queue_is_paused(world: World) -> None:
    """After two SMS were handed over."""
    two_wait(world)
    Callers(world).pause()


def two_are_parked(world: World) -> None:
    """By a worker that found their queue paused."""
    the_queue_is_paused(world)
    world.work(SMS)


def the_backend_is_down(world: World) -> None:
    """The breaker is open, and it is time for a probe."""
    two_wait(world)
    an_outage(Channel.SMS, began_at=datetime.now(UTC) - 5 * SECOND)


def everything_is_lost(world: World) -> None:
    """A message, a worker, and the resume of a queue."""
    two_are_parked(world)
    wiring.pauses().resume(Queue.SEND_SMS)
    a_worker_has_died(world)
    one_waits(world)
    emulator.lose(SMS)
    world.time.pass_to(world.time.now() + 60 * SECOND)


def somebody_wants_to_know(world: World) -> None:
    """Workspace w1 has a webhook, and two of its jobs have failed."""
    wiring.workspaces().put("w1", WorkspaceSettings(webhook_url=HOOK))
    world.has_receiver = True
    two_have_failed(world)


def a_notice_waits(world: World) -> None:
    """Two of them, of two jobs that have failed."""
    somebody_wants_to_know(world)
    world.tell()


def a_receiver_will_be_busy(world: World) -> None:
    """It will answer 503 to the first notice."""
    a_notice_waits(world)
    world.backend.answers.append(503)
