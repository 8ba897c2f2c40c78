"""How a webhook's receiver is doing: nothing is known of one that is well."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

#: So long nothing may succeed before a URL is disabled.
PATIENCE = timedelta(days=5)
#: So long without a try says nothing about a receiver: the patience begins anew.
SILENCE = timedelta(days=1)
#: Failures of a shorter time are not each written down.
WRITE_EVERY = timedelta(minutes=1)


class State(StrEnum):
    """What operators see of a webhook."""

    NONE = "none"
    OK = "ok"
    FAILING = "failing"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Health:
    """A URL that fails: since when, when last and why; and whether it was given up."""

    url: str
    failing_since: datetime
    failed_at: datetime
    error: str
    disabled_at: datetime | None = None


def after_failure(before: Health | None, *, url: str, error: str, at: datetime) -> Health:
    """What is known after a failed try; `before` itself where nothing has to be written."""
    if before is None or before.url != url:
        return Health(url, failing_since=at, failed_at=at, error=error)
    if before.disabled_at is not None:
        return before
    if at - before.failed_at > SILENCE:
        return Health(url, failing_since=at, failed_at=at, error=error)
    if at - before.failing_since >= PATIENCE:
        return replace(before, failed_at=at, error=error, disabled_at=at)
    if at - before.failed_at < WRITE_EVERY:
        return before
    return replace(before, failed_at=at, error=error)


def gone(before: Health | None, *, url: str, error: str, at: datetime) -> Health:
    """What is known after the receiver said that it wants nothing any more."""
    failing = after_failure(before, url=url, error=error, at=at)
    return replace(failing, failed_at=at, error=error, disabled_at=failing.disabled_at or at)


def state_of(url: str | None, health: Health | None) -> State:
    """How the webhook at a URL is doing; what is known of another URL says nothing."""
    if url is None:
        return State.NONE
    if health is None or health.url != url:
        return State.OK
    return State.FAILING if health.disabled_at is None else State.DISABLED
