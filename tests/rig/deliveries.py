"""How a stream brings changes: again, in other batches, to several processes, some of which die."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hypothesis import strategies as st

from chalicelib.errors import RetryableError
from chalicelib.flow.count import Count
from chalicelib.model.change import Change
from chalicelib.model.ledger import Mark, Portion
from chalicelib.ports.counting import TallyLedger


class DiedError(Exception):
    """The process ended here."""


@dataclass
class DyingLedger:
    """A ledger whose process dies at some commits: before it, or after it and before its answer."""

    real: TallyLedger
    fates: list[str] = field(default_factory=list[str])
    #: What somebody else does between our reading and our writing.
    meanwhile: Callable[[], object] = lambda: None

    def marks(self, bucket_at: datetime, *, since: int) -> Sequence[Mark]:
        """As they are."""
        return self.real.marks(bucket_at, since=since)

    def commit(self, portion: Portion) -> bool:
        """By the next fate."""
        match self.fates.pop(0) if self.fates else "works":
            case "dies before":
                raise DiedError
            case "dies after":
                self.real.commit(portion)
                raise DiedError
            case "does not answer":
                self.real.commit(portion)
                raise RetryableError("no answer")
            case "is late":
                self.meanwhile()
                return self.real.commit(portion)
            case _:
                return self.real.commit(portion)


FATES = ["works", "works", "dies before", "dies after", "does not answer", "is late"]


@dataclass
class Stream:
    """Brings every change at least once, as the draws will have it."""

    changes: Sequence[Change]
    ledger: TallyLedger
    most_items: int
    data: st.DataObject

    def run(self) -> None:
        """Until the end of the stream was counted without a fault."""
        processes = [self._process() for _ in range(2)]
        at = 0
        while at < len(self.changes):
            size = self.data.draw(st.integers(1, len(self.changes)), label="batch size")
            start = self.data.draw(st.integers(0, at), label="from")
            number = self.data.draw(st.integers(0, 1), label="process")
            try:
                processes[number](self.changes[start : at + size])
            except (DiedError, RetryableError):
                processes[number] = self._process()
            else:
                at += size

    def _process(self) -> Count:
        fates = self.data.draw(st.lists(st.sampled_from(FATES), max_size=4), label="fates")
        start = self.data.draw(st.integers(0, len(self.changes)), label="rival's first")
        rival = Count(self.ledger, most_items=self.most_items)
        ledger = DyingLedger(self.ledger, fates, lambda: rival(self.changes[start : start + 5]))
        return Count(ledger, most_items=self.most_items)
