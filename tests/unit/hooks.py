"""Webhooks over the world in memory: the stream's second reader, the notices' queue, the worker."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from chalicelib.flow.destinations import Destinations
from chalicelib.flow.notify import Notify
from chalicelib.flow.post_notices import PostNotices, Report
from chalicelib.flow.receivers import Receivers
from chalicelib.model.notice import Notice
from chalicelib.model.workspace import Event, WorkspaceSettings
from chalicelib.ports.delivery import Call
from chalicelib.ports.world import Offload
from tests.rig.builders import NOON
from tests.rig.memory.callbacks import MemoryCallbacks
from tests.rig.memory.jobs import Inline, MemoryChance, MemoryClock, MemoryJobStore
from tests.rig.memory.webhooks import (
    MemoryHealths,
    MemoryNoticeInbox,
    MemoryNotices,
    MemorySigner,
)
from tests.rig.memory.workspaces import MemoryWorkspaces

SECOND = timedelta(seconds=1)
#: How long Lambda lets a worker run.
INVOCATION = 30 * SECOND


@dataclass
class Hooks:
    """Ports in memory, all at noon, and the verbs over them."""

    clock: MemoryClock = field(default_factory=lambda: MemoryClock(NOON))
    store: MemoryJobStore = field(default_factory=MemoryJobStore)
    workspaces: MemoryWorkspaces = field(default_factory=MemoryWorkspaces)
    healths: MemoryHealths = field(default_factory=MemoryHealths)
    fallback_url: str | None = None
    offload: Offload = field(default_factory=Inline)

    @cached_property
    def notices(self) -> MemoryNotices:
        return MemoryNotices(self.clock)

    @cached_property
    def inbox(self) -> MemoryNoticeInbox:
        return MemoryNoticeInbox(self.notices)

    @cached_property
    def callbacks(self) -> MemoryCallbacks:
        return MemoryCallbacks(self.clock)

    @cached_property
    def destinations(self) -> Destinations:
        return Destinations(
            clock=self.clock,
            workspaces=self.workspaces,
            healths=self.healths,
            fallback_url=self.fallback_url,
        )

    @cached_property
    def notify(self) -> Notify:
        return Notify(self.destinations, self.notices)

    @cached_property
    def post(self) -> PostNotices:
        return PostNotices(
            clock=self.clock,
            chance=MemoryChance(),
            store=self.store,
            destinations=self.destinations,
            receivers=Receivers(self.clock, self.healths),
            notices=self.notices,
            callbacks=self.callbacks,
            signer=MemorySigner(("newest", "older")),
            offload=self.offload,
        )

    def subscribe(self, *events: Event, workspace_id: str = "w1") -> str:
        """Let a workspace be told; answers its URL."""
        url = f"https://{workspace_id}.example/hooks"
        self.workspaces.put(workspace_id, WorkspaceSettings(webhook_url=url, webhook_events=events))
        return url

    def invoke(self, *notices: Notice, inbox: bool = True) -> Report:
        """One invocation of the worker."""
        until = self.clock.now() + INVOCATION
        chosen = self.inbox if inbox else None
        return self.clock.run(self.post(notices, until=until, inbox=chosen))

    def work(self, *, until: timedelta, batch: int = 50) -> list[Report]:
        """The mapping's worker until that long after noon: it looks once a second."""
        reports: list[Report] = []
        while self.clock.now() < NOON + until:
            if batch_now := self.notices.receive(batch):
                reports.append(self.invoke(*batch_now))
            else:
                self.clock.at += SECOND
        return reports

    @property
    def calls(self) -> Sequence[Call]:
        """What was posted."""
        return [call for _, call in self.callbacks.calls]

    @property
    def posted_at(self) -> list[float]:
        """When, in seconds after noon."""
        return [(at - NOON).total_seconds() for at, _ in self.callbacks.calls]
