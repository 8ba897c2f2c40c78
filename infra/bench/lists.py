"""What operators' lists cost over a small and a large backlog, and a walk amid concurrent writes.

The reads are those of the deployed function's code, run in this process against the same table;
the times are of the deployed API, over HTTP.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from chalice.test import Client

import app
from infra.bench import backlog
from infra.bench.client import mint_token
from infra.bench.rates import percentile
from infra.bench.reads import Reads, metered
from infra.bench.report import load, machine, say, table
from infra.bench.stage import WORKSPACE_ID, Stage, own_stage

_QUEUE = f"/api/businesses/{WORKSPACE_ID}/communication-queue"
_TIMED_REQUESTS = 20
#: How long the counters may take to catch up with jobs that no traffic ever wrote so fast.
_CATCH_UP_S = 900.0
_STILL_S = 3.0
_PAGE = 500
#: Whose jobs are listed by communication, and how many they are.
_CAMPAIGN = "campaign-1"
_CAMPAIGN_JOBS = 20
#: Jobs that come, and as many that go, between two pages of a walk.
_TURNOVER = 5


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk over all jobs met, while others came and went."""

    pages: Sequence[Reads]
    met: Counter[str]
    stayed: frozenset[str]
    gone_count: int


class Desk:
    """An operator's place: the app in this process for the reads, the deployed one for times."""

    def __init__(self, stage: Stage) -> None:
        """Become the deployed API function, as far as its environment goes."""
        os.environ.update(stage.cloud.api_environment())
        self._here = Client(app.app)
        self._deployed = stage.client
        token = mint_token(os.environ["JWT_SECRET"])
        self._headers = {"Authorization": f"Bearer {token}"}

    def read(self, path: str) -> tuple[Any, Reads]:
        """Ask here, and say what it cost."""
        with metered() as reads:
            answer = self._here.http.get(f"{_QUEUE}{path}", headers=self._headers)
        if answer.status_code != HTTPStatus.OK:
            raise SystemExit(f"{path} was answered {answer.status_code}: {answer.body[:500]!r}")
        is_json = "json" in answer.headers["Content-Type"]
        return (answer.json_body if is_json else answer.body), reads

    def p50_ms(self, path: str) -> float:
        """Ask the deployed API often; the median."""
        took_ms: list[float] = []
        for _ in range(_TIMED_REQUESTS):
            begun_s = time.perf_counter()
            self._deployed.text(f"{_QUEUE}{path}")
            took_ms.append((time.perf_counter() - begun_s) * 1000)
        return percentile(took_ms, 0.5)

    def third_page(self, path: str) -> str:
        """The path of a list's third page."""
        at = path
        for _ in range(2):
            at = f"{path}&cursor={self.read(at)[0]['cursor']}"
        return at

    def costs(self) -> dict[str, tuple[str, str]]:
        """Each list's reads, and its time over HTTP."""
        failed = "/jobs?status=failed&limit=50"
        paths = {
            **{path: path for path in _LISTS},
            f"{failed}, page 3": self.third_page(failed),
        }
        found: dict[str, tuple[str, str]] = {}
        for name, path in paths.items():
            self.read(path)  # what is read once a process is not the list's cost
            found[name] = (str(self.read(path)[1]), f"{self.p50_ms(path):.0f}")
        return found


_LISTS = (
    "/stats",
    "/pending",
    "/pending?limit=500",
    "/failed",
    "/failed?limit=500",
    "/jobs",
    "/jobs?limit=500",
    f"/by-communication/{_CAMPAIGN}",
    "/failed.csv?limit=100",
)


def fill(desk: Desk, count: int) -> list[str]:
    """Write so many jobs, half of them failed, and wait until they are counted; their ids."""
    before = _settled_total(desk)
    begun_s = time.monotonic()
    entries = [*backlog.failed(count - count // 2), *backlog.pending(count // 2)]
    backlog.write(entries)
    written_s = time.monotonic() - begun_s
    while (total := desk.read("/stats")[0]["total"]) != before + count:
        if time.monotonic() > begun_s + _CATCH_UP_S:
            raise SystemExit(f"Only {total - before} of {count} jobs were counted.")
        time.sleep(0.5)
    counted_s = time.monotonic() - begun_s
    say(f"{count:,} jobs more: written in {written_s:.0f} s, counted after {counted_s:.0f} s")
    return [entry.job.id for entry in entries]


def _settled_total(desk: Desk) -> int:
    """The counter of jobs once it stands still."""
    total = -1
    while total != (total := desk.read("/stats")[0]["total"]):
        time.sleep(_STILL_S)
    return total


def walk(desk: Desk, job_ids: Sequence[str]) -> Walk:
    """Follow the cursor to its end; between pages some jobs come, and some of the others go."""
    chance = random.Random(1)
    transient = list(job_ids[:: max(1, len(job_ids) // 2_000)])
    chance.shuffle(transient)
    met: Counter[str] = Counter()
    pages: list[Reads] = []
    gone: set[str] = set()
    path: str | None = f"/jobs?limit={_PAGE}"
    while path is not None:
        page, reads = desk.read(path)
        met.update(job["id"] for job in page["jobs"])
        pages.append(reads)
        gone |= backlog.delete(transient[:_TURNOVER])
        del transient[:_TURNOVER]
        backlog.write(
            [*backlog.pending(_TURNOVER - _TURNOVER // 2), *backlog.failed(_TURNOVER // 2)]
        )
        path = f"/jobs?limit={_PAGE}&cursor={page['cursor']}" if page["cursor"] else None
    return Walk(pages, met, frozenset(job_ids) - gone, len(gone))


def report(walked: Walk) -> str:
    """Write the walk's table."""
    once = sum(walked.met[job_id] == 1 for job_id in walked.stayed)
    missed = sum(job_id not in walked.met for job_id in walked.stayed)
    pages = walked.pages[:-1] or walked.pages
    return table(
        ("walk over /jobs", "figure"),
        (
            (f"pages of {_PAGE}", str(len(walked.pages))),
            ("jobs that stayed / went meanwhile", f"{len(walked.stayed)} / {walked.gone_count}"),
            ("… met exactly once", str(once)),
            ("… missed", str(missed)),
            ("any job met twice", str(sum(count > 1 for count in walked.met.values()))),
            ("rows a page: least / most", f"{_least(pages)} / {max(each.rows for each in pages)}"),
        ),
    )


def _least(pages: Sequence[Reads]) -> int:
    return min(each.rows for each in pages)


def main() -> None:
    """Run it and print the tables."""
    described = argparse.ArgumentParser(prog="python -m infra.bench.lists", description=__doc__)
    described.add_argument("--small", type=int, default=1_000)
    described.add_argument("--large", type=int, default=100_000)
    arguments = described.parse_args()
    say(machine())
    with own_stage() as stage:
        desk = Desk(stage)
        backlog.write([*backlog.pending(_CAMPAIGN_JOBS, communication_id=_CAMPAIGN)])
        job_ids = fill(desk, arguments.small)
        small = desk.costs()
        job_ids += fill(desk, arguments.large - arguments.small)
        large = desk.costs()
        columns = ("requests / rows / KiB", "p50 ms")
        header = ("route", *(f"{n:,}: {c}" for n in vars(arguments).values() for c in columns))
        rows = [(name, *small[name], *large[name]) for name in small]
        say(f"\n{table(header, rows)}\n\n{report(walk(desk, job_ids))}\n\n{load()} at the end")


if __name__ == "__main__":
    main()
