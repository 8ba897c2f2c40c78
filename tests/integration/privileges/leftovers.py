"""What functions find when they start: jobs that are held, lost or parked, and closed doors."""

from datetime import UTC, datetime, timedelta

from chalicelib import wiring
from chalicelib.model.agenda import PARKED_AT
from chalicelib.model.backlog import Backlog
from chalicelib.model.breaker import BURST, Breaker
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.job import Job
from chalicelib.model.priority import Priority
from tests.integration.operators import PAST, keep
from tests.rig.builders import LEASE, a_job

#: A workspace whose backend wants an hour of rest: longer than SQS delays a message.
RESTING = "resting"
HOUR_S = 3600


def ago(**units: float) -> datetime:
    """So long before now."""
    return datetime.now(UTC) - timedelta(**units)


def a_backlog(channel: Channel) -> None:
    """Somebody has said long ago that jobs are held back, and to look now."""
    at = ago(minutes=1)
    held = Backlog(Priority.NORMAL, turn_at=at, look_at=at, held_at=at)
    wiring.backlogs().hold(channel, held)


def jobs_held(*queues: Queue, workspace_id: str = "w1") -> None:
    """One a queue, whose turn has come; and a backlog that says so."""
    for queue in queues:
        at = ago(seconds=30)
        keep(a_job(queue=queue, workspace_id=workspace_id, due_at=at, attention_at=at))
    for channel in {queue.channel for queue in queues}:
        a_backlog(channel)


def jobs_lost(*queues: Queue) -> None:
    """Handed over, and never seen again."""
    keep(
        *(a_job(queue=queue, due_at=PAST, attention_at=PAST, handed_over=True) for queue in queues)
    )


def a_lost_worker(**changes: object) -> Job:
    """A job under the lease of a worker that is no more."""
    job = a_job(due_at=PAST, attention_at=PAST, **changes).claim(at=PAST, lease=LEASE)
    keep(job)
    return job


def jobs_parked(*queues: Queue, workspace_id: str = "w1") -> None:
    """Put aside while their queues were paused, which go on by now."""
    for queue in queues:
        keep(a_job(queue=queue, workspace_id=workspace_id, due_at=PAST, attention_at=PARKED_AT))


def a_rest(channel: Channel) -> None:
    """The backend of a workspace has asked for an hour."""
    wiring.restraints().refuse(channel, RESTING, at=datetime.now(UTC), wait_s=HOUR_S)


def an_outage(channel: Channel, *, began_at: datetime) -> None:
    """So many callbacks failed then that the breaker was opened; a probe may go two seconds on."""
    breaker = wiring.circuit_breaker()
    down = Breaker().counted(failed=BURST, answered=0, at=began_at)
    assert breaker.breakers.put(breaker._host(channel), before=Breaker(), after=down)
