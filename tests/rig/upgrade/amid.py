"""One update of the stack amid jobs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.rig.measuring.arrivals import Arrival
from tests.rig.measuring.clock import NS_PER_S, Reading
from tests.rig.measuring.rates import most_in_window
from tests.rig.measuring.report import table
from tests.rig.measuring.watch import wait_for_callbacks
from tests.rig.upgrade.site import BY_TIMER_MS, Site
from tests.rig.upgrade.trickle import Trickle

#: What is not called back so long after the last due instant is reported as lost.
_PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class Update:
    """An update, and what became of the jobs that were accepted around it."""

    job_ids: Sequence[str]
    #: What callers heard instead of a 200.
    refusals: Sequence[str]
    began: Reading
    ended: Reading
    arrivals: list[Arrival]


def update_amid(
    site: Site, package: Path, *, count: int, after_count: int, by_timer: int
) -> Update:
    """Give it jobs of each kind, update once enough were called back, wait for all."""
    site.sink.clear()
    job_ids = site.accept(now=count, in_sqs=count // 5, by_timer=by_timer)
    with closing(site.client()) as client, Trickle(client, "upgrade-meanwhile") as trickle:
        site.wait_until_called(after_count)
        began = Reading.now()
        site.deploy(package)
        ended = Reading.now()
    job_ids += trickle.job_ids
    wait_for_callbacks(
        site.sink.job_count,
        expected_count=len(job_ids),
        timeout_s=BY_TIMER_MS / 1_000 + _PATIENCE_S,
        label="called back",
    )
    return Update(job_ids, trickle.refusals, began, ended, site.sink.arrivals())


def report(site: Site, update: Update) -> str:
    """Write its table."""
    at_ns = [arrival.monotonic_ns for arrival in update.arrivals]
    sms_ns = [arrival.monotonic_ns for arrival in update.arrivals if arrival.path == "/send-sms"]
    took_s = (update.ended.monotonic_ns - update.began.monotonic_ns) / NS_PER_S
    before = sum(each < update.began.monotonic_ns for each in at_ns)
    after = sum(each > update.ended.monotonic_ns for each in at_ns)
    return table(
        ("", "figure"),
        (
            ("accepted", str(len(update.job_ids))),
            ("requests refused meanwhile", _refused(update.refusals)),
            ("the update took", f"{took_s:.1f} s"),
            (
                "called back before / during / after it",
                f"{before} / {len(at_ns) - before - after} / {after}",
            ),
            ("most SMS in any sliding second", str(most_in_window(sms_ns))),
            *site.truths(update.job_ids, update.arrivals),
        ),
    )


def _refused(refusals: Sequence[str]) -> str:
    return f"{len(refusals)}, such as: {refusals[0]}" if refusals else "0"
