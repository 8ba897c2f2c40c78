"""The life of jobs against a plain model of it: the verbs over memory, and over DynamoDB (moto)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from moto import mock_aws

from chalicelib.adapters.dynamodb_lists import DynamoJobLists
from chalicelib.adapters.dynamodb_queue_lists import DynamoQueueLists
from chalicelib.errors import NotFound, WrongState
from chalicelib.flow.amend import Amend
from chalicelib.flow.schedule import Draft
from chalicelib.model.channel import Channel
from chalicelib.model.envelope import Envelope
from chalicelib.model.job import Job
from chalicelib.model.listing import Filter, Query
from chalicelib.model.outcome import Answer, Kind
from chalicelib.model.priority import Priority
from chalicelib.model.status import Status
from chalicelib.ports.jobs import JobLists, QueueLists
from tests.contract.stack import a_job_store
from tests.rig.builders import LEASE, a_payload
from tests.rig.desk import Desk
from tests.rig.tier import IS_NIGHTLY
from tests.rig.world import SECOND

WORKSPACES = ("w1", "w2")
#: The contract's table from an answer to what becomes of an attempt.
MEANING = {
    200: Kind.COMPLETED,
    204: Kind.COMPLETED,
    404: Kind.FAILED,
    302: Kind.FAILED,
    503: Kind.RETRY,
    408: Kind.RETRY,
    429: Kind.RATE_LIMITED,
    None: Kind.RETRY,
}


class AwsDesk(Desk):
    """The verbs over the tables of infra/stack, in moto."""

    def __init__(self) -> None:
        super().__init__(store=a_job_store())  # type: ignore[arg-type]

    @cached_property
    def lists(self) -> JobLists:  # type: ignore[override]
        return DynamoJobLists("JobsTable")

    @cached_property
    def queue_lists(self) -> QueueLists:
        return DynamoQueueLists("JobsTable")


@dataclass
class Known:
    """What the plain model knows of a job."""

    workspace_id: str
    max_attempts: int
    status: Status = Status.PENDING
    attempts: int = 0
    kinds: tuple[Kind | None, ...] = ()

    def ends(self, kind: Kind) -> None:
        """An attempt came to something."""
        self.attempts += kind is not Kind.RATE_LIMITED
        self.kinds = (*self.kinds[:-1], kind)
        is_used_up = self.attempts >= self.max_attempts
        match kind:
            case Kind.COMPLETED:
                self.status = Status.COMPLETED
            case Kind.RATE_LIMITED:
                self.status = Status.PENDING
            case Kind.FAILED:
                self.status = Status.FAILED
            case Kind.RETRY | Kind.UNKNOWN:
                self.status = Status.FAILED if is_used_up else Status.PENDING


class LifeCycle(RuleBasedStateMachine):
    """Anything in any order."""

    jobs = Bundle("jobs")
    desk_of: Callable[[], Desk] = Desk

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(mock_aws())
        self.desk = type(self).desk_of()
        self.known: dict[str, Known] = {}
        self.envelopes: list[Envelope] = []

    def teardown(self) -> None:
        """Forget this AWS."""
        self.stack.close()

    @rule(
        target=jobs,
        workspace_id=st.sampled_from(WORKSPACES),
        count=st.integers(1, 3),
        max_attempts=st.integers(1, 3),
        delay_s=st.sampled_from([0, 0, 5, 100]),
    )
    def schedule(self, workspace_id: str, count: int, max_attempts: int, delay_s: int):
        due_at = self.desk.clock.now() + delay_s * SECOND
        draft = Draft(
            Channel.SMS, workspace_id, a_payload(), max_attempts=max_attempts, due_at=due_at
        )
        jobs = self.desk.schedule([draft] * count)
        for job in jobs:
            self.known[job.id] = Known(workspace_id, max_attempts)
        return multiple(*(job.id for job in jobs))

    @rule(job_id=jobs, status=st.sampled_from(list(MEANING)))
    def deliver(self, job_id: str, status: int | None):
        """SQS brings the job's newest envelope; whether it is called is the worker's affair."""
        job = self.stored(job_id)
        if job is None:
            return
        self.desk.callbacks.answers[:] = [Answer(status)]
        before = len(self.desk.called)
        self.desk.serve([self.envelope(job)])
        for called in self.desk.called[before:]:
            assert called == job_id
            assert self.known[job_id].status is Status.PENDING
            assert self.desk.clock.now() >= job.due_at
            self.known[job_id].kinds += (None,)
            self.known[job_id].ends(MEANING[status])

    @rule(data=st.data())
    def deliver_an_old_envelope(self, data: st.DataObject):
        """SQS brings something again: only the newest version of a pending job may go."""
        if not self.envelopes:
            return
        envelope = data.draw(st.sampled_from(self.envelopes))
        job = self.stored(envelope.job_id)
        self.desk.callbacks.answers[:] = [Answer(200)]
        before = len(self.desk.called)
        self.desk.serve([envelope])
        for called in self.desk.called[before:]:
            assert job is not None
            assert job.version == envelope.version
            self.known[called].kinds += (None,)
            self.known[called].ends(Kind.COMPLETED)

    @rule(job_id=jobs)
    def claim_and_be_lost(self, job_id: str):
        """A worker dies after its claim."""
        job = self.stored(job_id)
        now = self.desk.clock.now()
        if job is None or job.status is not Status.PENDING or job.due_at > now:
            return
        if self.desk.store.move(job, job.claim(at=now, lease=LEASE)):
            known = self.known[job_id]
            known.status, known.kinds = Status.PROCESSING, (*known.kinds, None)

    @rule(seconds=st.sampled_from([1, 10, 60, 400]))
    def time_passes(self, seconds: int):
        self.desk.clock.at += seconds * SECOND

    @rule()
    def rescue(self):
        """Whoever was lost for longer than a lease is given up."""
        self.desk.release.rescue()
        for job_id, known in self.known.items():
            job = self.stored(job_id)
            is_lost = known.status is Status.PROCESSING and job is not None
            if is_lost and job.status is not Status.PROCESSING:
                assert self.desk.clock.now() >= (job.started_at or job.due_at) + LEASE
                known.ends(Kind.UNKNOWN)

    @rule(job_id=jobs, workspace_id=st.sampled_from(WORKSPACES))
    def cancel(self, job_id: str, workspace_id: str):
        allowed = {Status.PENDING, Status.PROCESSING}
        if self.may(job_id, workspace_id, allowed, self.cancelled):
            self.known[job_id].status = Status.CANCELLED

    @rule(job_id=jobs, workspace_id=st.sampled_from(WORKSPACES))
    def retry(self, job_id: str, workspace_id: str):
        allowed = {Status.FAILED, Status.CANCELLED}
        if self.may(job_id, workspace_id, allowed, self.desk.administer.retry):
            self.known[job_id] = replace(self.known[job_id], status=Status.PENDING, attempts=0)

    @rule(job_id=jobs, workspace_id=st.sampled_from(WORKSPACES))
    def prioritise(self, job_id: str, workspace_id: str):
        def ranked(workspace_id: str, job_id: str) -> object:
            amend = Amend(self.desk.administer)
            return amend.prioritise(workspace_id, job_id, priority=Priority.HIGH)

        self.may(job_id, workspace_id, {Status.PENDING}, ranked)

    @rule(job_id=consumes(jobs), workspace_id=st.sampled_from(WORKSPACES))
    def delete(self, job_id: str, workspace_id: str):
        allowed = set(Status) - {Status.PROCESSING}
        if self.may(job_id, workspace_id, allowed, self.deleted):
            del self.known[job_id]

    @invariant()
    def each_job_is_as_the_model_says(self):
        stored = self.desk.store.get_jobs(list(self.known))
        assert stored.keys() == self.known.keys()
        for job_id, known in self.known.items():
            job = stored[job_id]
            assert (job.status, job.workspace_id) == (known.status, known.workspace_id)
            assert [attempt.kind for attempt in job.history] == list(known.kinds)
            counted = known.attempts + (known.status is Status.PROCESSING)
            assert job.attempts == counted or known.status is Status.CANCELLED

    @invariant()
    def each_workspace_lists_its_own(self):
        for workspace_id in WORKSPACES:
            for status in Status:
                mine = {
                    job_id
                    for job_id, known in self.known.items()
                    if (known.workspace_id, known.status) == (workspace_id, status)
                }
                assert {row.job_id for row in self.rows(workspace_id, status)} == mine

    def rows(self, workspace_id: str, status: Status) -> Iterator[object]:
        query = Query(workspace_id, (status,), Filter())
        yield from self.desk.listing.page(query, cursor=None, limit=1_000).rows

    def stored(self, job_id: str) -> Job | None:
        return self.desk.store.get_jobs([job_id]).get(job_id)

    def envelope(self, job: Job) -> Envelope:
        envelope = Envelope(job.id, job.version, job.due_at, job.workspace_id)
        self.envelopes.append(envelope)
        return envelope

    def cancelled(self, workspace_id: str, job_id: str) -> object:
        return self.desk.run(self.desk.administer.cancel(workspace_id, job_id))

    def deleted(self, workspace_id: str, job_id: str) -> object:
        return self.desk.run(self.desk.administer.delete(workspace_id, job_id))

    def may(
        self,
        job_id: str,
        workspace_id: str,
        allowed: set[Status],
        verb: Callable[[str, str], object],
    ) -> bool:
        """Whether the verb did it; it must exactly where the model says so."""
        known = self.known.get(job_id)
        if known is None or known.workspace_id != workspace_id:
            with pytest.raises(NotFound):
                verb(workspace_id, job_id)
            return False
        if known.status not in allowed:
            with pytest.raises(WrongState):
                verb(workspace_id, job_id)
            return False
        verb(workspace_id, job_id)
        return True


class InMemory(LifeCycle):
    """Many lives."""


class OnDynamoDb(LifeCycle):
    """Fewer: moto is slow, seven seconds a life."""

    desk_of = AwsDesk


@pytest.mark.parametrize(
    ("machine", "examples"), [(InMemory, 100), (OnDynamoDb, 8 if IS_NIGHTLY else 1)]
)
def test_jobs_live_as_the_model_says(machine: type[LifeCycle], examples: int):
    steps = settings(max_examples=examples, stateful_step_count=30, deadline=timedelta(minutes=1))
    run_state_machine_as_test(machine, settings=steps)
