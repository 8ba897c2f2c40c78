"""Drafting as this deployment is set up."""

import functools

from chalicelib import wiring
from chalicelib.model.channel import Channel
from chalicelib.settings import settings
from chalicelib.web.drafts import Drafting


def drafting_of(channel: Channel) -> Drafting:
    """Reads bodies for a channel, now."""
    return Drafting(
        channel=channel,
        now=wiring.clock().now(),
        default_endpoint=settings().callback_endpoint(channel),
        home_zone=functools.cache(_home_zone),
    )


def _home_zone(workspace_id: str) -> str:
    return wiring.workspaces().get(workspace_id).timezone
