"""How long each function takes to start: the packed code on its layer, in fresh bare processes."""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.layer import BUILD, lambda_layer
from infra.package import CODE_NAME, package
from tests.rig.cloud.unpacked import Unpacked
from tests.rig.measuring.report import load, machine, say, table

_MIB = 2**20
#: What app.py does for its handler, in two steps: imports, then AWS clients.
_SCRIPT = """
import json, time
began = time.perf_counter()
import app
from chalicelib.wiring import startup
with startup.undisturbed():
    startup.import_needs({handler!r})
imported = time.perf_counter()
with startup.undisturbed():
    startup.make_clients({handler!r})
ready = time.perf_counter()
print(json.dumps([imported - began, ready - began, time.process_time(), len(sys.modules)]))
"""
#: app.py prepares nothing for a handler that it does not know; without one, it serves HTTP.
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds until all was imported, and until its clients were made as well.

    On a busy machine the CPU tells more: the process's, the interpreter's own start included.
    """

    imported_s: float
    ready_s: float
    cpu_s: float
    module_count: int


def start(unpacked: Unpacked, handler: str) -> Start:
    """Start a function once, in a process of its own."""
    said = "" if handler == "app" else _UNKNOWN
    return Start(*json.loads(unpacked.run(_SCRIPT.format(handler=handler), handler=said)))


def _row(handler: str, starts: Sequence[Start]) -> list[str]:
    def middle(values: Sequence[float]) -> str:
        return f"{statistics.median(values) * 1000:.0f} / {min(values) * 1000:.0f}"

    imported = [each.imported_s for each in starts]
    ready = [each.ready_s for each in starts]
    cpu = [each.cpu_s for each in starts]
    modules = str(starts[0].module_count)
    return [handler, middle(imported), middle(ready), middle(cpu), modules]


def times(unpacked: Unpacked, *, count: int) -> str:
    """The table of all functions: they take turns, so that a busy moment meets all of them."""
    starts: dict[str, list[Start]] = {handler: [] for handler in unpacked.handlers}
    for _ in range(count):
        for handler, known in starts.items():
            known.append(start(unpacked, handler))
    header = ("handler", "imported, ms: p50 / min", "with AWS clients", "CPU", "modules")
    return table(header, [_row(handler, known) for handler, known in starts.items()])


def sizes(archives: Sequence[tuple[str, Path]]) -> str:
    """The table of the zips: packed, unpacked, and packed without what the pages are made of."""
    rows: list[list[str]] = []
    for name, archive in archives:
        entries = zipfile.ZipFile(archive).infolist()
        pages = sum(e.compress_size for e in entries if "web/assets/" in e.filename)
        unpacked = sum(e.file_size for e in entries)
        packed = archive.stat().st_size
        figures = (packed, packed - pages, unpacked)
        rows.append([name, *(f"{figure / _MIB:.1f}" for figure in figures)])
    return table(("zip", "MiB", "without the pages", "unpacked"), rows)


def main() -> None:
    """Pack, start, print."""
    described = argparse.ArgumentParser(
        prog="python -m infra.bench.cold_start", description=__doc__
    )
    described.add_argument("--count", type=int, default=10, help="starts of each function")
    described.add_argument("--layer", action="store_true", help="make production's layer as well")
    chosen = described.parse_args()
    say(machine())
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cold-start-", dir=BUILD) as scratch:
        out = Path(scratch) / "out"
        package("prod", out, native=True)
        say(times(Unpacked.of(out, into=Path(scratch) / "unpacked"), count=chosen.count))
        say(f"\n{load()} at the end\n")
        layer = [("layer (Lambda's platform)", lambda_layer())] if chosen.layer else []
        say(sizes([("code", out / CODE_NAME), *layer]))


if __name__ == "__main__":
    main()
