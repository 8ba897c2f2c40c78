"""The case of accepting: how many messages a second it takes, by single requests and in bulk.

All are due in ten minutes: what is measured is the taking, not what follows.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import aiohttp

from infra.bench.peers.side import Side
from tests.rig.cloud.stage import WORKSPACE_ID
from tests.rig.comparing.figure import Better, Figure
from tests.rig.measuring.rates import percentile
from tests.rig.messages import a_message, messages
from tests.rig.sink.process import SinkProcess

_DELAY_MS = 600_000
_PARALLEL_COUNT = 16
_SINGLES_S = 6.0
#: Sent before: the local cloud starts a process for each request that is under way.
_WARM_UP_S = 6.0
_BULK_COUNT, _BULKS_COUNT = 2_000, 3


def accept(side: Side, _: SinkProcess) -> Sequence[Figure]:
    """Send single requests, 16 at a time, for some seconds; then bulks, one after the other."""
    asyncio.run(_singles(side, for_s=_WARM_UP_S))
    took_ms = asyncio.run(_singles(side, for_s=_SINGLES_S))
    begun_s = time.monotonic()
    for _bulk in range(_BULKS_COUNT):
        side.client.schedule_bulk(
            "sms",
            messages("sms", _BULK_COUNT),
            workspace_id=WORKSPACE_ID,
            defaults={"delay": _DELAY_MS},
        )
    bulk_s = time.monotonic() - begun_s
    per_s = len(took_ms) / _SINGLES_S
    return (
        Figure(f"single requests a second, {_PARALLEL_COUNT} at a time", per_s, Better.HIGHER, 0),
        Figure("… one of them, ms: p50", percentile(took_ms, 0.5)),
        Figure("… one of them, ms: p99", percentile(took_ms, 0.99)),
        Figure(
            f"messages a second in bulks of {_BULK_COUNT:,}",
            _BULK_COUNT * _BULKS_COUNT / bulk_s,
            Better.HIGHER,
            0,
        ),
    )


async def _singles(side: Side, *, for_s: float) -> list[float]:
    headers = {"Authorization": f"Bearer {side.token}"}
    took_ms: list[float] = []
    async with aiohttp.ClientSession(side.url, headers=headers) as session:
        until_s = time.monotonic() + for_s
        senders = [_send_until(session, until_s, took_ms=took_ms) for _ in range(_PARALLEL_COUNT)]
        await asyncio.gather(*senders)
    return took_ms


async def _send_until(
    session: aiohttp.ClientSession, until_s: float, *, took_ms: list[float]
) -> None:
    while (begun_s := time.monotonic()) < until_s:
        body = a_message("sms", len(took_ms)) | {"workspaceId": WORKSPACE_ID, "delay": _DELAY_MS}
        async with session.post("/api/schedule-sms", json=body) as response:
            response.raise_for_status()
            await response.read()
        took_ms.append((time.monotonic() - begun_s) * 1_000)
