"""The deletion of the stack amid jobs, and a new stack that adopts the tables it left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.rig.measuring.arrivals import Arrival
from tests.rig.measuring.report import table
from tests.rig.measuring.watch import wait_for_callbacks
from tests.rig.upgrade.site import BY_TIMER_MS, Site

_COUNT, _AFTER_COUNT = 300, 50
_PATIENCE_S = 300.0
Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deletion, and what was found after it."""

    status: str
    job_ids: Sequence[str]
    #: Items by table: when the stack was gone, and after a stack of the same name was made.
    left: Counts
    left_beside_another: Counts
    #: The tables of that other stack.
    of_another: Counts
    called_before_count: int
    arrivals: list[Arrival]


def delete_and_adopt(site: Site, package: Path, *, by_timer: int) -> Deletion:
    """Delete amid jobs; make another stack and delete that; adopt, and wait for all jobs."""
    site.sink.clear()
    cloud, kept = site.cloud, site.cloud.tables()
    job_ids = site.accept(now=_COUNT, by_timer=by_timer)
    site.wait_until_called(_AFTER_COUNT)
    status = cloud.delete()
    called_before_count, left = site.sink.job_count(), cloud.item_counts(kept)
    site.deploy(package)
    left_beside_another, of_another = cloud.item_counts(kept), cloud.item_counts(cloud.tables())
    cloud.delete()
    cloud.adopt(package, kept)
    site.deploy(package)
    wait_for_callbacks(
        site.sink.job_count,
        expected_count=len(job_ids),
        timeout_s=BY_TIMER_MS / 1_000 + _PATIENCE_S,
        label="called back",
    )
    return Deletion(
        status,
        job_ids,
        left,
        left_beside_another,
        of_another,
        called_before_count,
        site.sink.arrivals(),
    )


def report(site: Site, deletion: Deletion) -> str:
    """Write its table."""
    return table(
        ("", "figure"),
        (
            ("the stack", deletion.status),
            ("accepted / called back before it", _both(deletion)),
            ("items left in the tables", _items(deletion.left)),
            ("… beside a new stack of the same name", _items(deletion.left_beside_another)),
            ("items in that one's tables", _items(deletion.of_another)),
            *site.truths(deletion.job_ids, deletion.arrivals),
        ),
    )


def _both(deletion: Deletion) -> str:
    return f"{len(deletion.job_ids)} / {deletion.called_before_count}"


def _items(counts: Counts) -> str:
    return ", ".join(f"{count} {name.removesuffix('Table')}" for name, count in counts.items())
