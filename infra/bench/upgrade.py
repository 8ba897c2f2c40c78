"""Updates of the production stack amid jobs, back again, its deletion, and what is left of it.

The stack of an earlier revision, for the stage prod, on an emulated AWS of its own: a broadcast,
emails in SQS and SMS that wait for timers; once enough were called back, the update to the code as
it lies here. Then the stack is deleted amid jobs, and a new one adopts the tables.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.bench.revisions import pack_revision, pack_this, previous_revision
from infra.layer import BUILD
from tests.rig.cloud.bare import BareCloud
from tests.rig.measuring.report import conditions, machine, say
from tests.rig.sink.answers import Answers
from tests.rig.sink.process import SinkProcess
from tests.rig.upgrade import amid, deletion
from tests.rig.upgrade.site import Site

_FOLDER = BUILD / "upgrade"
_BY_TIMER_COUNT = 20


@contextmanager
def own_site(first: Path, *, latency_ms: float) -> Iterator[Site]:
    """The stack of the `first` package on a cloud of its own, and a backend."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    with SinkProcess() as sink, BareCloud(_FOLDER / "cloud") as cloud:
        sink.answer_with(Answers(latency_ms=latency_ms))
        yield Site(cloud, sink, first=first)


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    described = argparse.ArgumentParser(
        prog="python -m infra.bench.upgrade",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    described.add_argument(
        "--from", dest="revision", help="default: the newest release, else the revision before"
    )
    described.add_argument("--then-back", action="store_true", help="and to that revision again")
    described.add_argument("--count", type=int, default=1_500, help="SMS of the broadcast")
    described.add_argument("--after", type=int, default=300, help="update once so many were called")
    described.add_argument("--latency-ms", type=float, default=100)
    return described


def main() -> None:
    """Run it and print the tables."""
    arguments = parser().parse_args()
    revision: str = arguments.revision or previous_revision()
    say(machine())
    old, new = pack_revision(revision, _FOLDER / "old"), pack_this(_FOLDER / "new")
    ways = [(f"{revision} → this", new)]
    if arguments.then_back:
        ways.append((f"this → {revision}", old))
    with own_site(old, latency_ms=arguments.latency_ms) as site:
        for way, package in ways:
            say(f"\n{way}")
            update = amid.update_amid(
                site,
                package,
                count=arguments.count,
                after_count=arguments.after,
                by_timer=_BY_TIMER_COUNT,
            )
            say(f"\n{amid.report(site, update)}")
        say(f"\ndeletion, and adoption by {ways[-1][0].rpartition(' ')[2]}")
        deleted = deletion.delete_and_adopt(site, ways[-1][1], by_timer=_BY_TIMER_COUNT)
        say(f"\n{deletion.report(site, deleted)}\n\n{conditions(site.sink.lag())}")


if __name__ == "__main__":
    main()
