"""A rate limit that was exceeded: what a worker notes of one batch of one workspace."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.model.channel import Channel


@dataclass(frozen=True, slots=True)
class Exceedance:
    """`batch_size` callbacks of the workspace were in the batch; `error` is the newest one."""

    workspace_id: str
    channel: Channel
    at: datetime
    batch_size: int
    error: str
