"""What the board costs over a small and a large backlog, and whether its third page is right.

The reads are those of the deployed function's code, run in this process against the same tables;
the times are of the deployed API, over HTTP.
"""

from __future__ import annotations

import argparse
import base64
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from chalice.test import Client

import app
from infra.bench import backlog
from infra.bench.rates import percentile
from infra.bench.reads import Reads, metered
from infra.bench.report import load, machine, say, table
from infra.bench.stage import Stage, own_stage

_API = "/admin/queues/api/queues"
_FAILED_QUEUE, _DELAYED_QUEUE = "send-sms-queue", "scheduled-sms-queue"
_TIMED_REQUESTS = 20
_CATCH_UP_S = 1_800.0
_PAGE = 10
_VIEWS = {
    "overview": "",
    "failed": f"?activeQueue={_FAILED_QUEUE}&status=failed",
    "failed, page 3": f"?activeQueue={_FAILED_QUEUE}&status=failed&page=3",
    "failed, page 100": f"?activeQueue={_FAILED_QUEUE}&status=failed&page=100",
    "delayed": f"?activeQueue={_DELAYED_QUEUE}&status=delayed",
    "latest": f"?activeQueue={_FAILED_QUEUE}&status=latest",
}


class Operator:
    """Somebody before the board: the app in this process for the reads, the deployed for times."""

    def __init__(self, stage: Stage) -> None:
        """Become the deployed API function, as far as its environment goes."""
        os.environ.update(stage.cloud.api_environment())
        user = f"{os.environ['BULL_BOARD_USERNAME']}:{os.environ['BULL_BOARD_PASSWORD']}"
        self._headers = {"Authorization": f"Basic {base64.b64encode(user.encode()).decode()}"}
        self._here = Client(app.app)
        self._url = stage.cloud.url

    def read(self, view: str) -> tuple[dict[str, Any], Reads]:
        """Ask here: the queues by name, and what it cost."""
        with metered() as reads:
            answer = self._here.http.get(f"{_API}{view}", headers=self._headers)
        return {queue["name"]: queue for queue in answer.json_body["queues"]}, reads

    def p50_ms(self, view: str) -> float:
        """Ask the deployed API often; the median."""
        took_ms: list[float] = []
        with httpx.Client(base_url=self._url, headers=self._headers, timeout=60) as client:
            for _ in range(_TIMED_REQUESTS):
                begun_s = time.perf_counter()
                client.get(f"{_API}{view}").raise_for_status()
                took_ms.append((time.perf_counter() - begun_s) * 1000)
        return percentile(took_ms, 0.5)

    def costs(self) -> Mapping[str, tuple[str, str]]:
        """Each view's reads, and its time over HTTP."""
        found: dict[str, tuple[str, str]] = {}
        for name, view in _VIEWS.items():
            self.read(view)  # what is read once a process is not the view's cost
            found[name] = (str(self.read(view)[1]), f"{self.p50_ms(view):.0f}")
        return found


def fill(operator: Operator, count: int) -> Sequence[str]:
    """Write so many jobs, half of them failed, and wait until they are counted; the failed ones."""
    failed = [*backlog.failed(count - count // 2)]
    counts = operator.read("")[0]
    before = counts[_FAILED_QUEUE]["counts"]["failed"]
    begun_s = time.monotonic()
    backlog.write([*failed, *backlog.pending(count // 2)])
    while (now := operator.read("")[0][_FAILED_QUEUE]["counts"]["failed"]) != before + len(failed):
        if time.monotonic() > begun_s + _CATCH_UP_S:
            raise SystemExit(f"Only {now - before} of {len(failed)} failed jobs were counted.")
        time.sleep(1)
    say(f"{count:,} jobs more, counted after {time.monotonic() - begun_s:.0f} s")
    return [entry.job.id for entry in failed]


def third_page_is_right(operator: Operator, newest_first: Sequence[str]) -> bool:
    """Whether page 3 holds the 21st to 30th newest failures."""
    shown = operator.read(_VIEWS["failed, page 3"])[0][_FAILED_QUEUE]["jobs"]
    return [job["id"] for job in shown] == list(newest_first[2 * _PAGE : 3 * _PAGE])


def main() -> None:
    """Run it and print the tables."""
    described = argparse.ArgumentParser(prog="python -m infra.bench.board", description=__doc__)
    described.add_argument("--small", type=int, default=1_000)
    described.add_argument("--large", type=int, default=100_000)
    arguments = described.parse_args()
    say(machine())
    with own_stage() as stage:
        operator = Operator(stage)
        fill(operator, arguments.small)
        small = operator.costs()
        newest_first = fill(operator, arguments.large - arguments.small)
        large = operator.costs()
        right = third_page_is_right(operator, newest_first)
        columns = ("requests / rows / KiB", "p50 ms")
        header = ("view", *(f"{n:,}: {c}" for n in vars(arguments).values() for c in columns))
        rows = [(name, *small[name], *large[name]) for name in small]
        say(f"\n{table(header, rows)}\n\npage 3 is right: {right}\n{load()} at the end")
    raise SystemExit(0 if right else 1)


if __name__ == "__main__":
    main()
