"""The jobs of one worker that wait for a slot."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from chalicelib.flow.turn_order import in_turn
from chalicelib.model.channel import Queue
from chalicelib.model.job import Job
from chalicelib.ports.jobs import Stored


@dataclass(frozen=True, slots=True)
class Ticket:
    """A job in the line; `claimed` where it was claimed for a slot that it then missed."""

    stored: Stored
    claimed: Job | None = None
    #: Its place in the pace of its workspace, where that is restrained.
    not_before: datetime | None = None
    #: It goes to find out whether its backend is well again.
    is_probe: bool = False

    @property
    def due_at(self) -> datetime:
        """No slot before this instant."""
        due_at = self.stored.job.due_at
        return due_at if self.not_before is None else max(due_at, self.not_before)


class Line:
    """Tickets in the order of their turn."""

    def __init__(self) -> None:
        self._tickets: list[Ticket] = []

    def __len__(self) -> int:
        return len(self._tickets)

    def join(self, entries: Iterable[Stored]) -> None:
        """Add jobs; everyone's turn is found anew."""
        by_id = {ticket.stored.job.id: ticket for ticket in self._tickets}
        for entry in entries:
            by_id.setdefault(entry.job.id, Ticket(entry))
        order = in_turn(ticket.stored.job for ticket in by_id.values())
        self._tickets = [by_id[job.id] for job in order]

    def put_back(self, ticket: Ticket) -> None:
        """The next turn is this ticket's: it had one, and its slot was missed."""
        self._tickets.insert(0, ticket)

    @property
    def has_probe(self) -> bool:
        """Whether one of them goes as a probe."""
        return any(ticket.is_probe for ticket in self._tickets)

    def count(self, *, due_by: datetime) -> int:
        """How many tickets are due by then."""
        return sum(ticket.due_at <= due_by for ticket in self._tickets)

    def take(self, most: int, *, due_by: datetime) -> list[Ticket]:
        """Take out up to so many tickets that are due by then, in turn."""
        taken = [ticket for ticket in self._tickets if ticket.due_at <= due_by][:most]
        chosen = set(map(id, taken))
        self._tickets = [ticket for ticket in self._tickets if id(ticket) not in chosen]
        return taken

    @property
    def workspace_ids(self) -> set[str]:
        """Whose jobs wait."""
        return {ticket.stored.job.workspace_id for ticket in self._tickets}

    def put_in_place(self, placed: Iterable[Ticket], *, without: Iterable[Ticket]) -> None:
        """Put these tickets where those of their jobs are, and take those others out."""
        by_id = {ticket.stored.job.id: ticket for ticket in placed}
        gone = {ticket.stored.job.id for ticket in without}
        self._tickets = [
            by_id.get(ticket.stored.job.id, ticket)
            for ticket in self._tickets
            if ticket.stored.job.id not in gone
        ]

    def __iter__(self) -> Iterator[Ticket]:
        """In turn."""
        return iter(tuple(self._tickets))

    def leave_queues(self, queues: Collection[Queue]) -> list[Ticket]:
        """Take out everybody of these queues."""
        leaving = [each for each in self._tickets if each.stored.job.queue in queues]
        self._tickets = [each for each in self._tickets if each.stored.job.queue not in queues]
        return leaving

    def leave(self) -> list[Ticket]:
        """Take out everybody."""
        everybody, self._tickets = self._tickets, []
        return everybody

    @property
    def next_due_at(self) -> datetime:
        """When the first of the tickets is due; ValueError where the line is empty."""
        return min(ticket.due_at for ticket in self._tickets)
