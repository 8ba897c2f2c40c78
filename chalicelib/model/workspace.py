"""What a workspace has chosen: its time zone, its webhook, and its own limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.model.channel import RATES, Channel, Rate


class Event(StrEnum):
    """What a workspace can be told about a job."""

    FAILED = "failed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    RETRIED = "retried"


#: The channels on which a workspace may have a limit of its own.
LIMITED = (Channel.SMS, Channel.EMAIL)
DEFAULT_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    """The settings of one workspace; those of one that has chosen nothing are the defaults."""

    timezone: str = DEFAULT_ZONE
    webhook_url: str | None = None
    webhook_events: tuple[Event, ...] = (Event.FAILED,)
    #: Below the channel's own rate; a channel that is missing has no limit of the workspace's.
    limits: Mapping[Channel, Rate] = field(default_factory=dict[Channel, Rate])


def most_per_s(channel: Channel) -> int:
    """The largest limit that means anything: the rate of the whole channel."""
    return RATES[channel].per_s
