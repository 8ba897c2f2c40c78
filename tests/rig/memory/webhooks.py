"""What webhooks need, in memory: signatures, the notices' queue, and how receivers are doing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from chalicelib.model.health import Health
from chalicelib.model.notice import Notice
from chalicelib.ports.webhooks import Letter
from tests.rig.memory.jobs import Faults, MemoryClock
from tests.rig.memory.queues import VISIBILITY


@dataclass(frozen=True, slots=True)
class MemorySigner:
    """`ports.Signer` that anybody could imitate: a digest with the secret's name."""

    secrets: Sequence[str] = ()

    def headers(self, webhook_id: str, *, at: datetime, body: bytes) -> Mapping[str, str]:
        """One digest a secret."""
        second = str(int(at.timestamp()))
        found = {"webhook-id": webhook_id, "webhook-timestamp": second}
        said = f"{webhook_id}.{second}.".encode() + body
        digests = [f"v1,{sha256(name.encode() + said).hexdigest()}" for name in self.secrets]
        return {**found, "webhook-signature": " ".join(digests)} if digests else found


@dataclass(slots=True)
class MemoryNotices:
    """`ports.Notices` with delays; `refusing` stands for an SQS that does not answer."""

    clock: MemoryClock
    refusing: bool = False
    waiting: list[tuple[datetime, Notice]] = field(default_factory=list[tuple[datetime, Notice]])

    def send(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        """Keep the notices until their delay is over."""
        if self.refusing:
            return letters
        for letter in letters:
            visible_at = self.clock.now() + timedelta(seconds=letter.delay_s)
            self.waiting.append((visible_at, letter.notice))
        return []

    def receive(self, most: int) -> list[Notice]:
        """Take out up to so many visible notices, the longest waiting first."""
        now = self.clock.now()
        due = sorted((e for e in self.waiting if e[0] <= now), key=lambda entry: entry[0])[:most]
        for entry in due:
            self.waiting.remove(entry)
        return [notice for _, notice in due]


@dataclass(slots=True)
class MemoryNoticeInbox:
    """`ports.NoticeInbox` over the queue."""

    notices: MemoryNotices
    faults: Faults = field(default_factory=Faults)
    _hidden: list[tuple[datetime, Notice]] = field(
        default_factory=list[tuple[datetime, Notice]], init=False
    )

    def take(self, most: int) -> Sequence[Notice]:
        """Hide what is visible now for a while."""
        self.faults.strike("take")
        taken = self.notices.receive(most)
        visible_at = self.notices.clock.now() + VISIBILITY
        hidden = [(visible_at, notice) for notice in taken]
        self.notices.waiting += hidden
        self._hidden += hidden
        return taken

    def finish(self, notice_ids: Collection[str]) -> None:
        """Drop what it has hidden under these ids."""
        self.faults.strike("finish")
        for entry in [entry for entry in self._hidden if entry[1].id in notice_ids]:
            self._hidden.remove(entry)
            self.notices.waiting.remove(entry)


@dataclass(slots=True)
class MemoryHealths:
    """`ports.Healths` in a dict."""

    known: dict[str, Health] = field(default_factory=dict[str, Health])
    faults: Faults = field(default_factory=Faults)

    def get(self, workspace_id: str) -> Health | None:
        """As it was kept."""
        self.faults.strike("get")
        return self.known.get(workspace_id)

    def replace(self, workspace_id: str, before: Health | None, *, after: Health) -> bool:
        """Compare and swap."""
        self.faults.strike("replace")
        if self.known.get(workspace_id) != before:
            return False
        self.known[workspace_id] = after
        return True

    def remove(self, workspace_id: str) -> None:
        """Forget it."""
        self.faults.strike("remove")
        self.known.pop(workspace_id, None)
