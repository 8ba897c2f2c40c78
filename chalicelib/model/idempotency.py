"""What an `Idempotency-Key` stands for: one request, the jobs that it makes, and how far it got."""

import hashlib
import hmac
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.model.ulid import RANDOM_BITS, ulid

#: How long a key means its first request (contract, section 1).
KEPT = timedelta(hours=24)
#: How long a call holds a record: Lambda ends the API function after 29 s (.chalice/config.json).
LEASE = timedelta(seconds=32)

LONGEST_KEY = 255
#: Printable ASCII; spaces around a header's value are no part of it.
KEY_PATTERN = r"^[!-~]([ -~]*[!-~])?$"


def fingerprint_of(body: Mapping[str, Any]) -> str:
    """Equal for bodies that say the same: the order of keys and whitespace do not matter."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A scheduling request that came with a key."""

    workspace_id: str
    route: str
    key: str
    fingerprint: str
    #: How many messages it schedules.
    count: int


@dataclass(frozen=True, slots=True)
class Record:
    """A keyed request and how far it got; `version` goes up by one with every change.

    Jobs before `added` are accepted and handed over. Of those from there to `prepared` the
    payloads are written, and they may have been added. Of the others nothing can be seen.
    """

    request: KeyedRequest
    #: The instant from which delays count, whoever makes the jobs; whole milliseconds.
    accepted_at: datetime
    #: What the jobs' ids are derived from: known to nobody else.
    seed: str
    #: The call that works on it, or was the last one to.
    holder: str
    #: None: nobody works on it.
    lease_until: datetime | None
    version: int = 1
    added: int = 0
    prepared: int = 0
    is_done: bool = False

    @property
    def expires_at(self) -> datetime:
        """When the key is forgotten."""
        return self.accepted_at + KEPT

    def job_id(self, index: int) -> str:
        """The id of a message's job: always the same, and guessed by nobody."""
        digest = hmac.digest(self.seed.encode(), str(index).encode(), "sha256")
        return ulid(self.accepted_at, int.from_bytes(digest[: RANDOM_BITS // 8]))

    def job_ids(self) -> list[str]:
        """Those of all its messages, in their order."""
        return [self.job_id(index) for index in range(self.request.count)]

    def is_held(self, *, at: datetime) -> bool:
        """Whether a call may still be working on it."""
        return self.lease_until is not None and at < self.lease_until

    def left_s(self, *, at: datetime) -> int:
        """Whole seconds until it can be taken over, at least one."""
        left = (self.lease_until or at) - at
        return max(1, math.ceil(left.total_seconds()))

    def taken_over(self, holder: str, *, at: datetime) -> "Record":
        """Held by another call from now on."""
        return self._changed(holder=holder, lease_until=at + LEASE)

    def preparing(self, until: int) -> "Record":
        """One chunk further: the last one is accepted, and the next one's payloads are written."""
        return self._changed(added=self.prepared, prepared=until)

    def released(self) -> "Record":
        """Free for the next call to go on with."""
        return self._changed(lease_until=None)

    def done(self) -> "Record":
        """All of it is accepted."""
        return self._changed(
            added=self.request.count, prepared=self.request.count, lease_until=None, is_done=True
        )

    def _changed(self, **changes: Any) -> "Record":  # noqa: ANN401 - its own fields
        return replace(self, version=self.version + 1, **changes)
