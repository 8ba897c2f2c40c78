"""The production stack as its operator, its callers and its backend have it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from tests.rig.client import QueueClient
from tests.rig.cloud.bare import BareCloud
from tests.rig.measuring.arrivals import Arrival, differently_keyed, repeated
from tests.rig.measuring.report import Row
from tests.rig.messages import messages
from tests.rig.sink.process import SinkProcess

#: From when on jobs wait for timers, and how far ahead those wake.
_TIMES = {"SqsHorizonS": "90", "TimerLeadS": "15"}
IN_SQS_MS, BY_TIMER_MS = 30_000, 100_000
WORKSPACE_ID = "upgrade"
#: How long the stream's readers may be behind the last callback.
_SETTLED_S = 20.0


class Site:
    """A bare cloud with the stack on it, its caller and its backend."""

    def __init__(self, cloud: BareCloud, sink: SinkProcess, *, first: Path) -> None:
        """Create the stack from the `first` package."""
        self.cloud, self.sink = cloud, sink
        self.url = ""
        self.deploy(first)
        cloud.warm_up()

    def deploy(self, package: Path) -> None:
        """Create or update the stack."""
        self.url = self.cloud.deploy(package, backend_url=self.sink.url, **_TIMES)

    def client(self) -> QueueClient:
        """Make a caller; whoever asks closes it."""
        return QueueClient(self.url, self.cloud.token)

    def accept(self, *, now: int, in_sqs: int = 0, by_timer: int = 0) -> list[str]:
        """Schedule SMS for now, emails that wait in SQS, and SMS that wait for a timer."""
        kinds = (("sms", now, 0), ("email", in_sqs, IN_SQS_MS), ("sms", by_timer, BY_TIMER_MS))
        with closing(self.client()) as client:
            return [
                job_id
                for channel, count, delay_ms in kinds
                if count
                for job_id in client.schedule_bulk(
                    channel,
                    messages(channel, count),
                    workspace_id=WORKSPACE_ID,
                    defaults={"delay": delay_ms},
                ).job_ids
            ]

    def wait_until_called(self, count: int) -> None:
        """Wait until so many jobs were called back."""
        while self.sink.job_count() < count:
            time.sleep(0.05)

    def drift_count(self) -> int:
        """Count the counters that a recount contradicts, once the stream was read."""
        deadline_s = time.monotonic() + _SETTLED_S
        while (drift := self.cloud.recount()) and time.monotonic() < deadline_s:
            time.sleep(1)
        return len(drift)

    def truths(self, job_ids: Iterable[str], arrivals: list[Arrival]) -> list[Row]:
        """Write the table's rows about what may never happen to accepted jobs."""
        lost = {*job_ids} - {arrival.job_id for arrival in arrivals}
        return [
            ("lost (never called back)", str(len(lost))),
            ("called more than once", str(len(repeated(arrivals)))),
            ("… with another key, or none", str(len(differently_keyed(arrivals)))),
            ("… calls not in the job's history", str(self._unrecorded_count(arrivals))),
            ("counters that a recount contradicts", str(self.drift_count())),
            ("messages in dead-letter queues", str(self.cloud.dead_letter_count())),
        ]

    def _unrecorded_count(self, arrivals: list[Arrival]) -> int:
        again = repeated(arrivals)
        with closing(self.client()) as client:
            answers = client.job_statuses(again)
        recorded = {answer["jobId"]: len(answer["job"]["history"]) for answer in answers}
        return sum(max(0, len(calls) - recorded[job_id]) for job_id, calls in again.items())
