"""Backlogs: jobs that are due and held back until their turn, by channel and priority."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.model.priority import Priority


@dataclass(frozen=True, slots=True)
class Backlog:
    """Where the jobs that are held back begin.

    `turn_at` is the turn of the first of them. While turns are given faster than the rate allows it
    falls behind the clock: it is then the time at which new jobs get their turns, so that nobody
    who comes later waits behind all that others have asked for.
    """

    priority: Priority
    turn_at: datetime
    #: When something of it can be handed over.
    look_at: datetime
    #: When somebody was held back last.
    held_at: datetime


#: Whoever closes a backlog has to be sure that the index shows who was held back last; and who is
#: held back need not say so more often than this.
SEEN_AFTER = timedelta(seconds=5)
SAID_EVERY = timedelta(seconds=1)


def with_held(known: Backlog | None, held: Backlog) -> Backlog:
    """The backlog with somebody more in it; the same where that says nothing new."""
    if known is None:
        return held
    wanted = Backlog(
        held.priority,
        turn_at=min(known.turn_at, held.turn_at),
        look_at=min(known.look_at, held.look_at),
        held_at=max(known.held_at, held.held_at),
    )
    says_more = wanted.turn_at < known.turn_at or wanted.look_at < known.look_at
    return wanted if says_more or held.held_at > known.held_at + SAID_EVERY else known
