"""The messages that benches send, and how fast they may go."""

from __future__ import annotations

from typing import Any

from tests.rig.client import Channel

#: Callbacks that a channel may start in any sliding second (contract, section 7).
RATE_PER_S: dict[Channel, int] = {"sms": 50, "email": 100}
#: The time a broadcast may take a message: the rate and 2 % (contract, section 7).
SPACING_LIMIT_S: dict[Channel, float] = {"sms": 0.0204, "email": 0.0102}
#: What first accept to last callback may take beyond that: start-up.
START_UP_LIMIT_S = 1.5

_PARAGRAPH = "<p>The doors open at nine, and there is coffee. Bring a friend along.</p>"


def a_message(channel: Channel, number: int) -> dict[str, Any]:
    """Write the n-th message; recipients differ, content does not matter."""
    contact: dict[str, Any] = {
        "contactId": f"contact-{number}",
        "metadata": {"source": "bench", "number": number},
    }
    if channel == "sms":
        return {
            "phoneNumber": f"+1202{5_000_000 + number}",
            "message": f"Doors open at nine. Seat {number}.",
        } | contact
    html = f"<h1>Seat {number}</h1>{_PARAGRAPH * 20}"
    return {"to": f"guest{number}@example.com", "subject": f"Seat {number}", "html": html} | contact


def messages(channel: Channel, count: int) -> list[dict[str, Any]]:
    """Write a broadcast's messages."""
    return [a_message(channel, number) for number in range(count)]


def patience_s(channel: Channel, count: int) -> float:
    """Return how long to wait before what is missing is reported as missing."""
    return 2 * limit_s(channel, count) + 30


def limit_s(channel: Channel, count: int) -> float:
    """Return the longest that a broadcast of so many may take, first accept to last callback."""
    return count * SPACING_LIMIT_S[channel] + START_UP_LIMIT_S
