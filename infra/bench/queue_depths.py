"""How many messages a local cloud's queues hold, looked at beside a bench's work."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from infra.local.emulator import client_for
from tests.rig.cloud.local import LocalCloud
from tests.rig.measuring.clock import NS_PER_S, Reading

_KINDS = ("", "Delayed", "NotVisible")
_NAMES = [f"ApproximateNumberOfMessages{kind}" for kind in _KINDS]


@dataclass(frozen=True, slots=True)
class Depth:
    """What the SMS queues held at an instant: visible, delayed and in flight together."""

    monotonic_ns: int
    count: int


@dataclass(slots=True)
class QueueDepths:
    """Looks again and again."""

    cloud: LocalCloud
    every_s: float = 2.0
    seen: list[Depth] = field(default_factory=list[Depth])

    @contextmanager
    def watching(self) -> Generator[None]:
        """Look meanwhile."""
        over = Event()
        with ThreadPoolExecutor(1) as pool:
            watching = pool.submit(self._watch, over)
            try:
                yield
            finally:
                over.set()
            watching.result()

    def look(self) -> Depth:
        """Look once."""
        sqs: Any = client_for(self.cloud.emulator_url())("sqs")
        urls = [url for url in sqs.list_queues()["QueueUrls"] if _is_of_sms(url)]
        counts = [
            int(count)
            for url in urls
            for count in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=_NAMES)[
                "Attributes"
            ].values()
        ]
        depth = Depth(Reading.now().monotonic_ns, sum(counts))
        self.seen.append(depth)
        return depth

    def between(self, start_ns: int, end_ns: int) -> list[int]:
        """Return the counts seen in a window."""
        return [each.count for each in self.seen if start_ns <= each.monotonic_ns < end_ns]

    def minutes(self, start_ns: int) -> list[int]:
        """Return the most seen in each minute since an instant."""
        most: dict[int, int] = {}
        for each in self.seen:
            if each.monotonic_ns >= start_ns:
                minute = (each.monotonic_ns - start_ns) // (60 * NS_PER_S)
                most[minute] = max(each.count, most.get(minute, 0))
        return [most[minute] for minute in sorted(most)]

    def _watch(self, over: Event) -> None:
        while not over.wait(self.every_s):
            self.look()


def _is_of_sms(url: str) -> bool:
    name = url.rpartition("/")[2]
    return "sms" in name.lower() and "dead" not in name.lower()
