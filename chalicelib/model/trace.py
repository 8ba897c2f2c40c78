"""Traces: what ties a message's log lines, callbacks and webhooks to the request it came by."""

import hashlib
import re
from dataclasses import dataclass

#: W3C Trace Context, 3.2 (https://www.w3.org/TR/trace-context/): version, trace, parent, flags;
#: versions to come may say more behind them.
_HEADER = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_KEPT = re.compile(r"([0-9a-f]{32})-(0[01])", re.ASCII)
_SAMPLED = 0x01


@dataclass(frozen=True, slots=True)
class Trace:
    """One trace; every attempt at a callback or a webhook is a span of its own in it."""

    #: 32 hexadecimal digits.
    id: str
    #: Whether the caller keeps what it traces; passed on as it came.
    is_sampled: bool = True

    def header(self, span: str) -> str:
        """The `traceparent` of a span, which has a name of its own within the trace."""
        return f"00-{self.id}-{_digits(span, 16)}-{self._flags}"

    def kept(self) -> str:
        """As it is kept beside a payload."""
        return f"{self.id}-{self._flags}"

    @property
    def _flags(self) -> str:
        return "01" if self.is_sampled else "00"

    @classmethod
    def from_kept(cls, text: str) -> "Trace":
        """What `kept` made; ValueError where it is anything else."""
        if (found := _KEPT.fullmatch(text)) is None:
            raise ValueError("not a trace of this service")
        return cls(found[1], is_sampled=found[2] == "01")


def trace_in(header: str | None) -> Trace | None:
    """The trace that a `traceparent` names; None where it is absent, or breaks W3C's rules."""
    found = _HEADER.fullmatch(header.strip()) if header else None
    if found is None:
        return None
    version, trace_id, parent_id, flags, more = found.groups()
    is_void = version == "ff" or not trace_id.strip("0") or not parent_id.strip("0")
    if is_void or (version == "00" and more is not None):
        return None
    return Trace(trace_id, is_sampled=bool(int(flags, 16) & _SAMPLED))


def trace_of_job(job_id: str) -> Trace:
    """The trace of a job that came by no request: always the same one."""
    return Trace(_digits(job_id, 32))


def _digits(name: str, count: int) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:count]
