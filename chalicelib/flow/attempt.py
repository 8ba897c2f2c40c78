"""One attempt at one job: claim it for a slot, call the backend, record what came of it."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.errors import RetryableError, ServiceError
from chalicelib.flow import labels
from chalicelib.flow.breakers import BackendWatch
from chalicelib.flow.dispatch import Dispatch
from chalicelib.model.backoff import Backoff
from chalicelib.model.job import Job, Payload
from chalicelib.model.outcome import Kind, Outcome, outcome_of
from chalicelib.model.status import Status
from chalicelib.ports.delivery import Backends, Call, Callbacks
from chalicelib.ports.jobs import JobStore, Stored
from chalicelib.ports.steering import Restraints
from chalicelib.ports.webhooks import Signer
from chalicelib.ports.world import Chance, Clock, Offload

_log = logging.getLogger(__name__)

#: How long a claim holds: longer than a callback may take, with time to record it.
LEASE = timedelta(seconds=30)
#: Tries at recording an outcome before it is left to the rescue, which must call it unknown.
RECORD_TRIES = 4


@dataclass(frozen=True, slots=True)
class Attempts:
    """The verbs of one attempt."""

    clock: Clock
    chance: Chance
    store: JobStore
    dispatch: Dispatch
    callbacks: Callbacks
    backends: Backends
    signer: Signer
    offload: Offload
    restraints: Restraints
    backoff: Backoff = Backoff()

    async def claim(self, job: Job, *, slot_at: datetime) -> Job | None:
        """Take the job for a start at `slot_at`; None where it has moved on since it was read."""
        if job.status is Status.PROCESSING:
            after = job.postpone(at=slot_at, lease=LEASE)
        else:
            after = job.claim(at=slot_at, lease=LEASE)
        return after if await self.offload(self.store.move, job, after) else None

    async def run(
        self, claimed: Job, call: Call, *, probing: BackendWatch | None = None
    ) -> Outcome:
        """Make the call now, and record the outcome; of a probe, the backend's breaker is told."""
        answer = await self.callbacks.post(call)
        outcome = outcome_of(answer, now=self.clock.now())
        if outcome.kind is Kind.RATE_LIMITED:
            await self.offload(self._slow_down, claimed, outcome)
        wait = self._wait(claimed, outcome)
        if probing is not None:
            await probing.end_probe(outcome)
            wait = max(wait, probing.probe_at - self.clock.now())
        now, is_probe = self.clock.now(), probing is not None
        await self._record(claimed, claimed.record(outcome, at=now, wait=wait, is_probe=is_probe))
        return outcome

    def _slow_down(self, job: Job, outcome: Outcome) -> None:
        """Let the workspace's channel pause and fall; where that fails, the job waits alone."""
        try:
            self.restraints.refuse(
                job.channel, job.workspace_id, at=self.clock.now(), wait_s=outcome.wait_s
            )
        except ServiceError as error:
            _log.warning("a workspace is not slowed down: %s", error, extra=labels.of_job(job))

    def call_of(self, job: Job, payload: Payload) -> Call:
        """The callback of a claimed job, made before its slot."""
        said = {"jobId": job.id, **payload.body, "attempt": job.starts}
        body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        started_at = job.started_at or job.updated_at
        return Call(
            url=self.backends.base_url(job.channel) + payload.endpoint,
            headers={
                "Content-Type": "application/json",
                "Idempotency-Key": job.id,
                "X-Attempt": str(job.starts),
                "traceparent": payload.trace_of(job.id).header(f"{job.id}#{job.starts}"),
                **self.signer.headers(job.id, at=started_at, body=body),
            },
            body=body,
        )

    async def _record(self, claimed: Job, after: Job) -> None:
        """Keep the outcome; where the job was cancelled meanwhile, in its history only."""
        turns = self.dispatch.plan([after]) if after.status is Status.PENDING else []
        for planned in self.dispatch.prepared(turns):
            after = planned
        if await self._keep(claimed, after):
            await self.offload(self.dispatch.hand_over, turns)
        else:
            await self.offload(self._annotate, claimed, after)

    def _wait(self, claimed: Job, outcome: Outcome) -> timedelta:
        if outcome.wait_s is not None:
            return timedelta(seconds=outcome.wait_s)
        tried = claimed.starts if outcome.kind is Kind.RATE_LIMITED else claimed.attempts
        return timedelta(seconds=self.backoff.delay_s(tried, chance=self.chance.fraction()))

    async def _keep(self, before: Job, after: Job) -> bool:
        for tried in range(1, RECORD_TRIES):
            try:
                return await self.offload(self.store.move, before, after)
            except RetryableError as error:
                pause = timedelta(seconds=error.delay_s * tried)
                await self.clock.sleep_until(self.clock.now() + pause)
        return await self.offload(self.store.move, before, after)

    def _annotate(self, claimed: Job, after: Job) -> None:
        """Complete the attempt in the history of a job that was moved under our hands."""
        now: Stored | None = self.store.get(claimed.id)
        if now is None or not now.job.history:
            return
        finished = after.history[-1]
        history = tuple(
            finished if attempt.number == finished.number else attempt
            for attempt in now.job.history
        )
        self.store.annotate(now.job.with_history(history))
