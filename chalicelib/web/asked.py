"""One scheduling request as it came: what it asks for, and at which instant that is judged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib import wiring
from chalicelib.errors import InvalidRequest
from chalicelib.flow.schedule import Draft
from chalicelib.model.access import Caller
from chalicelib.model.channel import Channel
from chalicelib.model.idempotency import KeyedRequest, fingerprint_of
from chalicelib.web.drafting import drafting_of
from chalicelib.web.due_of_request import IN_THE_PAST


@dataclass(frozen=True, slots=True)
class Asked:
    """A body that came at an instant, in whole milliseconds; `key` None where it has none."""

    caller: Caller
    channel: Channel
    in_bulk: bool
    body: dict[str, Any]
    key: str | None
    at: datetime
    _read: dict[datetime, Sequence[Draft]] = field(
        default_factory=dict[datetime, Sequence[Draft]], init=False
    )

    def drafts(self) -> Sequence[Draft]:
        """What it asks for; InvalidRequest with all that is wrong with it.

        Judged at the instant at which its key first came: what was accepted then is accepted
        again, a bulk as a whole. What was refused left no key, and an instant only gets older.
        """
        try:
            return self.drafts_at(self.at)
        except InvalidRequest as refusal:
            if (first_at := self._first_at(refusal)) is None:
                raise
            return self.drafts_at(first_at)

    def drafts_at(self, at: datetime) -> Sequence[Draft]:
        """The body as it is meant at an instant; what was read once is not read again."""
        if at not in self._read:
            drafting = drafting_of(self.channel, at=at)
            self._read[at] = drafting.many(self.body) if self.in_bulk else [drafting.one(self.body)]
        return self._read[at]

    def keyed(self, drafts: Sequence[Draft]) -> KeyedRequest | None:
        """What its key stands for; None where it has none."""
        if self.key is None:
            return None
        return KeyedRequest(
            workspace_id=drafts[0].workspace_id,
            route=self._route,
            key=self.key,
            fingerprint=fingerprint_of(self.body),
            count=len(drafts),
        )

    @property
    def _route(self) -> str:
        return f"{self.channel}/{'bulk' if self.in_bulk else 'one'}"

    def _first_at(self, refusal: InvalidRequest) -> datetime | None:
        """When its key first came, where nothing but an instant that has passed is wrong."""
        if self.key is None or {fault.code for fault in refusal.faults} != {IN_THE_PAST}:
            return None
        workspace_id: str = self.body["workspaceId"]
        if not self.caller.may_see(workspace_id):
            return None
        return wiring.schedule_once().first_came_at(
            workspace_id, route=self._route, key=self.key, at=self.at
        )
