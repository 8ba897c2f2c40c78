"""What webhooks need: signatures, their queue, and how their receivers are doing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.model.health import Health
from chalicelib.model.notice import Notice


class Signer(Protocol):
    """Signs what the service sends (Standard Webhooks)."""

    def headers(self, webhook_id: str, *, at: datetime, body: bytes) -> Mapping[str, str]:
        """`webhook-id`, `webhook-timestamp`, and `webhook-signature` where there are secrets."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice on its way to its queue; SQS counts delays in whole seconds, up to 900."""

    notice: Notice
    delay_s: int


class Notices(Protocol):
    """Hands notices over to their queue."""

    def send(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        """Send all; answers those that were not taken."""
        ...


class NoticeInbox(Protocol):
    """More notices from the queue, while a worker waits for receivers."""

    def take(self, most: int) -> Sequence[Notice]:
        """Up to so many that are visible now; does not wait for any."""
        ...

    def finish(self, notice_ids: Collection[str]) -> None:
        """Delete what was taken under these ids; the rest becomes visible again."""
        ...


class Healths(Protocol):
    """How the webhook receivers of workspaces are doing; nothing is kept of those that are well."""

    def get(self, workspace_id: str) -> Health | None:
        """As it is now (consistent read)."""
        ...

    def replace(self, workspace_id: str, before: Health | None, *, after: Health) -> bool:
        """Keep what has become of `before`; False where it is no longer that."""
        ...

    def remove(self, workspace_id: str) -> None:
        """All is well again."""
        ...
