"""What the backend's answer means: one table from answer to outcome (contract, section 2)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

#: A `Retry-After` beyond this is cut to it (contract, section 2).
LONGEST_RETRY_AFTER_S = 3600.0
#: How much of an answer is kept on the attempt.
KEPT_ANSWER_BYTES = 2048

_SAYS_RATE_LIMIT = re.compile(r"rate.?limit|too many requests", re.IGNORECASE)
_TRY_AGAIN = frozenset({408, 425})
_DELTA_SECONDS = re.compile(r"\d{1,12}(\.\d{0,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from one callback: a status, or why there is none."""

    status: int | None
    text: str = ""
    retry_after: str | None = None
    error: str | None = None


class Kind(StrEnum):
    """What an attempt came to."""

    COMPLETED = "completed"
    RETRY = "retry"
    RATE_LIMITED = "rate_limited"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """Its worker was lost before the answer could be kept."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The meaning of an answer; `wait_s` is what the backend asked for, in seconds."""

    kind: Kind
    status_code: int | None
    error: str | None
    answer: str
    wait_s: float | None = None


#: What a lost worker leaves behind.
LOST = Outcome(
    kind=Kind.UNKNOWN,
    status_code=None,
    error="The worker was lost before the outcome was recorded.",
    answer="",
)


def outcome_of(answer: Answer, *, now: datetime) -> Outcome:
    """Read an answer by the contract's table."""
    kind = _kind_of(answer)
    return Outcome(
        kind=kind,
        status_code=answer.status,
        error=None if kind is Kind.COMPLETED else _error_of(answer),
        answer=_cut(answer.text, KEPT_ANSWER_BYTES),
        wait_s=retry_after_s(answer.retry_after, now=now) if kind is Kind.RATE_LIMITED else None,
    )


def _kind_of(answer: Answer) -> Kind:
    if answer.status is None:
        return Kind.RETRY
    if 200 <= answer.status < 300:  # noqa: PLR2004 - the 2xx of HTTP
        return Kind.COMPLETED
    if answer.status == 429 or _SAYS_RATE_LIMIT.search(answer.text):  # noqa: PLR2004
        return Kind.RATE_LIMITED
    if answer.status in _TRY_AGAIN or answer.status >= 500:  # noqa: PLR2004 - the 5xx of HTTP
        return Kind.RETRY
    return Kind.FAILED


def _error_of(answer: Answer) -> str:
    if answer.status is None:
        return answer.error or "No answer."
    text = " ".join(answer.text.split())
    said = f": {_cut(text, 200)}" if text else ""
    return f"The backend answered {answer.status}{said}"


def _cut(text: str, limit_bytes: int) -> str:
    raw = text.encode("utf-8", "replace")
    return raw[:limit_bytes].decode("utf-8", "ignore")


def retry_after_s(text: str | None, *, now: datetime) -> float | None:
    """Seconds to wait by a `Retry-After` header (seconds or an HTTP date, RFC 9110, 10.2.3).

    Within 0 and `LONGEST_RETRY_AFTER_S`; None where it is absent or says nothing usable.
    """
    if text is None:
        return None
    text = text.strip()
    wait_s = float(text) if _DELTA_SECONDS.fullmatch(text) else _seconds_until(text, now=now)
    return None if wait_s is None else min(max(wait_s, 0.0), LONGEST_RETRY_AFTER_S)


def _seconds_until(text: str, *, now: datetime) -> float | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return (at - now).total_seconds()
