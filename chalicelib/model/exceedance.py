"""A rate limit that was exceeded: what is noted of one batch of one workspace."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.model.channel import Channel, Rate


def of_limit(limit: Rate) -> str:
    """What is said of a workspace that asked for more than its own limit."""
    return f"Rate limit exceeded: {limit.per_s} per second"


@dataclass(frozen=True, slots=True)
class Exceedance:
    """`batch_size` jobs of the workspace were in the batch; `error` says what was exceeded."""

    workspace_id: str
    channel: Channel
    at: datetime
    batch_size: int
    error: str
