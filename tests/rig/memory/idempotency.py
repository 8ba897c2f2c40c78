"""The keys of requests in memory."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from chalicelib.model.idempotency import KeyedRequest, Record
from tests.rig.memory.jobs import Faults

_Key: TypeAlias = tuple[str, str, str]


@dataclass(slots=True)
class MemoryIdempotencyRecords:
    """`ports.IdempotencyRecords` in a dict."""

    records: dict[_Key, Record] = field(default_factory=dict[_Key, Record])
    faults: Faults = field(default_factory=Faults)

    def begin(self, record: Record) -> Record:
        """The first one stands until it expires."""
        self.faults.strike("begin")
        key = _key(record.request)
        known = self.records.get(key)
        if known is not None and known.expires_at > record.accepted_at:
            return known
        self.records[key] = record
        return record

    def find(self, workspace_id: str, *, route: str, key: str, at: datetime) -> Record | None:
        """By its names."""
        self.faults.strike("find")
        known = self.records.get((workspace_id, route, key))
        return known if known is not None and known.expires_at > at else None

    def replace(self, before: Record, after: Record) -> bool:
        """Replace it, if it is still the same."""
        self.faults.strike("replace")
        known = self.records.get(_key(before.request))
        if known is None or (known.holder, known.version) != (before.holder, before.version):
            return False
        self.records[_key(before.request)] = after
        return True


def _key(request: KeyedRequest) -> _Key:
    return request.workspace_id, request.route, request.key
