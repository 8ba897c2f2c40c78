"""A picture of a broadcast: callbacks per second over time, beside the rate that is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

from tests.rig.measuring.rates import per_second

mpl.use("Agg")

from matplotlib import pyplot as plt


def plot_callbacks(
    path: Path, instants_ns: Sequence[int], *, origin_ns: int, rate_per_s: int, title: str
) -> None:
    """Draw one bar a second since `origin_ns` (first accept) and save it as PNG."""
    counts = per_second(instants_ns, origin_ns=origin_ns)
    drawing, axes = plt.subplots(figsize=(10, 4), dpi=120)
    axes.bar(
        range(len(counts)),
        counts,
        width=0.85,
        align="edge",
        color="#2f6f9f",
        label="callbacks started",
    )
    axes.axhline(rate_per_s, color="#b3392f", linewidth=1.2, label=f"limit: {rate_per_s} a second")
    axes.set(title=title, xlabel="seconds since first accept", ylabel="callbacks per second")
    axes.set_ylim(0, rate_per_s * 1.3)
    axes.set_xlim(0, max(1, len(counts)))
    axes.legend(loc="upper right", ncols=2, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    drawing.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    drawing.savefig(path)
    plt.close(drawing)
