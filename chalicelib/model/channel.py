"""The channels that messages go out on, their queues, and the rate of each."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Channel(StrEnum):
    """What carries a message; each has one rate limit, whatever queue the job came through."""

    SMS = "sms"
    EMAIL = "email"
    GENERAL = "general"


class Queue(StrEnum):
    """The queues that operators see; names are part of the HTTP contract."""

    SEND_SMS = "send-sms-queue"
    SCHEDULED_SMS = "scheduled-sms-queue"
    SEND_EMAIL = "send-email-queue"
    SCHEDULED_EMAIL = "scheduled-email-queue"
    MY_QUEUE = "my-queue"

    @property
    def channel(self) -> Channel:
        """The channel whose limit this queue shares."""
        return _CHANNEL_OF[self]


_CHANNEL_OF = {
    Queue.SEND_SMS: Channel.SMS,
    Queue.SCHEDULED_SMS: Channel.SMS,
    Queue.SEND_EMAIL: Channel.EMAIL,
    Queue.SCHEDULED_EMAIL: Channel.EMAIL,
    Queue.MY_QUEUE: Channel.GENERAL,
}

_IMMEDIATE = {
    Channel.SMS: Queue.SEND_SMS,
    Channel.EMAIL: Queue.SEND_EMAIL,
    Channel.GENERAL: Queue.MY_QUEUE,
}
_SCHEDULED = {
    Channel.SMS: Queue.SCHEDULED_SMS,
    Channel.EMAIL: Queue.SCHEDULED_EMAIL,
    Channel.GENERAL: Queue.MY_QUEUE,
}


def queue_for(channel: Channel, *, scheduled: bool) -> Queue:
    """The queue of a job: ``scheduled-*`` where it was asked for later than now."""
    return (_SCHEDULED if scheduled else _IMMEDIATE)[channel]


@dataclass(frozen=True, slots=True)
class Rate:
    """How many callbacks may start in any sliding second."""

    per_s: int

    @property
    def spacing(self) -> timedelta:
        """The gap between two slots: 2 % over 1/rate.

        51 starts then span 1.02 s, so that up to 20 ms of jitter between a slot and
        the arrival at the backend keeps every sliding second within the rate.
        """
        return timedelta(seconds=1.02 / self.per_s)


#: Callbacks started a second, over all workers and queues of the channel (contract, section 7).
RATES = {Channel.SMS: Rate(50), Channel.EMAIL: Rate(100), Channel.GENERAL: Rate(50)}
