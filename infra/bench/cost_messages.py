"""Messages of a usual weight: what is stored, compressed and carried depends on it."""

from __future__ import annotations

import random
from typing import Any

from tests.rig.client import Channel
from tests.rig.messages import a_message

#: About what a designed newsletter weighs, as UTF-8.
HTML_BYTES = 20_000
_WORDS = (
    "spring",
    "collection",
    "order",
    "number",
    "customer",
    "welcome",
    "account",
    "update",
    "delivery",
    "tomorrow",
    "morning",
    "between",
    "address",
    "confirm",
    "payment",
    "receipt",
    "thank",
    "team",
    "offer",
    "discount",
    "members",
    "only",
    "until",
    "Sunday",
    "visit",
    "store",
    "online",
    "new",
    "arrivals",
    "shoes",
    "jacket",
    "summer",
    "garden",
    "kitchen",
    "price",
    "free",
    "shipping",
    "returns",
    "within",
    "days",
    "questions",
    "reply",
    "unsubscribe",
    "preferences",
    "privacy",
    "policy",
    "street",
    "city",
    "holiday",
    "opening",
    "hours",
    "event",
    "ticket",
    "seat",
    "doors",
    "coffee",
    "friend",
    "invite",
    "reward",
    "points",
)
_TEXT = (
    "Hi Robin, your order {} is on its way and arrives tomorrow between 9 and 11. "
    "Reply STOP to opt out."
)
_STYLES = ("padding:12px 24px", "color:#1f2933", "font-size:16px;line-height:24px", "width:50%")


def html_of(number: int) -> str:
    """A page of tables and sentences; no two numbers have the same one."""
    chance = random.Random(number)
    parts = [f"<html><body><h1>Hello contact {number}</h1><table>"]
    size = len(parts[0])
    while size < HTML_BYTES:
        words = " ".join(chance.choice(_WORDS) for _ in range(chance.randrange(8, 30)))
        link = f"https://example.com/c/{chance.getrandbits(48):012x}"
        part = f'<tr><td style="{chance.choice(_STYLES)}"><a href="{link}">{words}</a></td></tr>'
        parts.append(part)
        size += len(part)
    return "".join([*parts, "</table></body></html>"])


def cost_messages(channel: Channel, count: int) -> list[dict[str, Any]]:
    """So many messages of usual weight."""
    found = [a_message(channel, number) for number in range(count)]
    if channel == "email":
        return [each | {"html": html_of(number)} for number, each in enumerate(found)]
    return [each | {"message": _TEXT.format(100_000 + i)} for i, each in enumerate(found)]
