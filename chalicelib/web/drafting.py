"""Drafting as this deployment is set up."""

import functools
from datetime import datetime

from chalicelib import wiring
from chalicelib.model.channel import Channel
from chalicelib.settings import settings
from chalicelib.web.drafts import Drafting
from chalicelib.web.tracing import current_trace


def drafting_of(channel: Channel, *, at: datetime | None = None) -> Drafting:
    """Reads bodies for a channel, as they are meant at an instant; None is now."""
    return Drafting(
        channel=channel,
        now=at or wiring.clock().now(),
        default_endpoint=settings().callback_endpoint(channel),
        home_zone=functools.cache(_home_zone),
        trace=current_trace(),
    )


def _home_zone(workspace_id: str) -> str:
    return wiring.workspaces().get(workspace_id).timezone
