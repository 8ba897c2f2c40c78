"""Holding an idempotency record: by one call at a time, and not for longer than its lease."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from chalicelib.errors import InProgress, ServiceError
from chalicelib.model.idempotency import Record
from chalicelib.ports.idempotency import IdempotencyRecords
from chalicelib.ports.world import Clock

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Hold:
    """What one call knows of a record, and all that it may do to it."""

    clock: Clock
    records: IdempotencyRecords
    record: Record

    def take_over(self, holder: str) -> None:
        """Go on with what another call gave up; InProgress while that may be at it still."""
        now = self.clock.now()
        if self.record.is_held(at=now):
            raise _in_progress(self.record.left_s(at=now))
        self._replace(self.record.taken_over(holder, at=now))

    def keep(self, after: Record) -> None:
        """Write down how far it got; InProgress where another call may be at it by now."""
        if not self.record.is_held(at=self.clock.now()):
            raise _in_progress(1)
        self._replace(after)

    @contextmanager
    def or_release(self) -> Generator[None]:
        """Work on it; what ends in an orderly way before it is done, the next call goes on with."""
        try:
            yield
        finally:
            if not self.record.is_done:
                self._release()

    def _release(self) -> None:
        try:
            self.records.replace(self.record, self.record.released())
        except ServiceError as error:
            _log.warning("an idempotency key stays held until its lease ends: %s", error)

    def _replace(self, after: Record) -> None:
        if not self.records.replace(self.record, after):
            raise _in_progress(1)
        self.record = after


def _in_progress(retry_after_s: int) -> InProgress:
    return InProgress(
        "The first request with this Idempotency-Key is still being worked on.",
        code="idempotency_in_progress",
        retry_after_s=retry_after_s,
    )
