"""Flows that somebody got wrong, and worlds that do not recover: the check has to find them out."""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib import triggers, wiring
from chalicelib.flow.attempt import LEASE
from chalicelib.flow.schedule import Draft, job_of
from chalicelib.model.channel import Channel
from chalicelib.model.outcome import outcome_of
from chalicelib.ports.jobs import Stored
from tests.crash import beginnings as begin
from tests.crash import emulator
from tests.crash.callers import Callers
from tests.crash.flow import Flow
from tests.crash.world import World
from tests.integration.service import stream_event
from tests.rig.builders import a_payload


def nobody_rescues(world: World) -> None:
    """A world without a rescue."""
    world.has_rescue = False


def schedules_one(world: World) -> None:
    """As it should be."""
    Callers(world).schedule()


def answers_before_it_stores(world: World) -> None:
    """The caller has its 200, and then the job is written."""

    def serve() -> None:
        now = wiring.clock().now()
        draft = Draft(Channel.SMS, "w1", a_payload(), due_at=now)
        job = job_of(draft, job_id=wiring.chance().new_id(at=now), now=now)
        world.diary.accepted.add(job.id)
        wiring.store().add([Stored(job.with_attention(now), draft.payload)])

    world.processes.run(serve)


def sends_before_it_stores(world: World) -> None:
    """The worker may be faster than the table."""

    def serve() -> None:
        now = wiring.clock().now()
        draft = Draft(Channel.SMS, "w1", a_payload(), due_at=now)
        job = job_of(draft, job_id=wiring.chance().new_id(at=now), now=now)
        turns = wiring.dispatch().plan([job])
        wiring.dispatch().hand_over(turns)
        (planned,) = wiring.dispatch().prepared(turns)
        wiring.store().add([Stored(planned, draft.payload)])

    world.processes.run(serve)


@dataclass(frozen=True, slots=True)
class Keyless(Callers):
    """Callers whose keys get lost on their way."""

    def headers(self, key: str | None) -> dict[str, str]:
        """None."""
        del key
        return {}


def loses_the_key(world: World) -> None:
    """A request is repeated as if it were another one."""
    Keyless(world).schedule(key="spring")


def calls_before_it_claims(world: World) -> None:
    """A worker that starts the callback, and then says so."""

    async def serve() -> None:
        attempts, now = wiring.deliver().attempts, wiring.clock().now()
        (entry,) = wiring.store().get_many(world.diary.accepted).values()
        claimed = entry.job.claim(at=now, lease=LEASE)
        answer = await attempts.callbacks.post(attempts.call_of(claimed, entry.payload))
        wiring.store().move(entry.job, claimed)
        outcome = outcome_of(answer, now=now)
        wiring.store().move(claimed, claimed.record(outcome, at=now, wait=begin.SECOND))

    world.processes.run(lambda: triggers._loop().run_until_complete(serve()), function="send_sms")
    emulator.lose(emulator.SMS)


def acknowledges_before_it_counts(world: World) -> None:
    """The stream goes on, whatever became of the batch."""
    batch = emulator.stream_records()
    world.counted = len(batch)
    world.invoke("tally", stream_event(*batch))


#: Each with what its breach is told by.
WRONG_FLOWS: Mapping[str, tuple[Flow, str]] = {
    "schedules one, and nobody rescues": (
        Flow(nobody_rescues, schedules_one, ""),
        "is still pending",
    ),
    "answers before it stores": (
        Flow(begin.nothing, answers_before_it_stores, ""),
        "was accepted and is gone",
    ),
    "sends before it stores": (
        Flow(begin.nothing, sends_before_it_stores, ""),
        "was sent before it was stored",
    ),
    "loses the key": (Flow(begin.nothing, loses_the_key, ""), "stored are"),
    "calls before it claims": (
        Flow(begin.one_waits, calls_before_it_claims, ""),
        "was called twice as the same attempt",
    ),
    "acknowledges before it counts": (
        Flow(begin.one_waits, acknowledges_before_it_counts, ""),
        "a tally has drifted",
    ),
}
