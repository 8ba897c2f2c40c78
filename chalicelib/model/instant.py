"""Instants: aware UTC datetimes with millisecond precision, and how they are written."""

from datetime import UTC, datetime, timedelta

#: Length of an `YYYY-MM-DDTHH:MM:SS.mmmZ` text.
ISO_LENGTH = 24


def to_iso(at: datetime) -> str:
    """``2026-12-01T09:00:00.000Z``: sorts as text in the order of time."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def from_iso(text: str) -> datetime:
    """The instant of a text that `to_iso` wrote; ValueError where it is not in UTC.

    Python also reads a time without a zone, which no instant can be compared to.
    """
    at = datetime.fromisoformat(text)
    if at.utcoffset() != timedelta(0):
        raise ValueError("it is not in UTC")
    return at


def ceil_ms(at: datetime) -> datetime:
    """The first whole millisecond from the instant on: what is due is never early by rounding."""
    return from_ms(-((_EPOCH - at) // timedelta(milliseconds=1)))


def to_ms(at: datetime) -> int:
    """Milliseconds since the epoch, rounded down."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """The instant so many milliseconds after the epoch."""
    return _EPOCH + timedelta(milliseconds=ms)


def to_us(at: datetime) -> int:
    """Microseconds since the epoch: the unit of slots, whose spacing is not whole milliseconds."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def from_us(us: int) -> datetime:
    """The instant so many microseconds after the epoch."""
    return _EPOCH + timedelta(microseconds=us)


def minute_of(at: datetime) -> datetime:
    """The start of the minute that the instant is in: the bucket of its timer."""
    return at.replace(second=0, microsecond=0)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
