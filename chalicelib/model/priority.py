"""Priorities: who goes first within the channel's rate, and what is left for the others."""

from enum import StrEnum


class Priority(StrEnum):
    """What a caller may ask for."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


#: Of 16 jobs that wait, so many of each priority go first. One that nobody waits with leaves its
#: share to the others; while everybody waits, low still moves.
SHARES = {Priority.HIGH: 12, Priority.NORMAL: 3, Priority.LOW: 1}
