"""What a bench prints: the machine it ran on, percentiles, Markdown tables."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.rig.measuring.rates import percentile

Row = Sequence[str]


def load() -> str:
    """Say how busy the machine was over the last minute, 2 cores being busy at 2."""
    return f"load average {os.getloadavg()[0]:.2f}"


def say(text: str = "") -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _commit() -> str:
    asked = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return answer.stdout.strip() or "not in git"


def machine() -> str:
    """Describe what a figure depends on: cores, memory, load, interpreter, commit, time."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cores} cores, {memory_bytes / 2**30:.0f} GiB, {load()} before, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"commit {_commit()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    )


def table(header: Row, rows: Sequence[Row]) -> str:
    """Lay out a Markdown table whose columns also align as plain text."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]

    def line(row: Row) -> str:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        return f"| {' | '.join(cells)} |"

    rule = f"|{'|'.join('-' * (width + 2) for width in widths)}|"
    return "\n".join([line(header), rule, *(line(row) for row in rows)])


def percentiles(values: Sequence[float]) -> str:
    """Write `p50 / p90 / p99 / max` with three decimals."""
    return " / ".join(f"{percentile(values, share):.3f}" for share in (0.5, 0.9, 0.99, 1))


def conditions(lag: dict[str, float]) -> str:
    """Say how exact the backend's stamps are (its own event loop's lateness), and the load."""
    return (
        f"The backend's own clock: event loop late by p50 {lag['p50_ms']:.1f} ms, "
        f"p99 {lag['p99_ms']:.1f} ms, max {lag['max_ms']:.1f} ms ({lag['samples']:.0f} samples); "
        f"{load()} at the end"
    )
