"""Where a fault strikes: a running cloud, its callers, its weather, and the seed's chance."""

from __future__ import annotations

import time
from dataclasses import dataclass
from random import Random

from tests.rig.cloud.stage import Stage
from tests.rig.faults.load import Load
from tests.rig.faults.weather import Weather
from tests.rig.sink.answers import Answers

#: So slow that calls are under way whenever something happens.
USUAL = Answers(latency_ms=400)
_PATIENCE_S = 120.0


class NothingHappensError(Exception):
    """What a fault waits for does not come; the text says what that was."""


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a fault may use."""

    stage: Stage
    load: Load
    weather: Weather
    chance: Random
    #: Messages of a broadcast, a channel.
    count: int

    def wait_until_called(self, count: int) -> None:
        """Wait until so many jobs were called back.

        Raises:
            NothingHappensError: they are not.
        """
        deadline_s = time.monotonic() + _PATIENCE_S
        while self.stage.sink.job_count() < count:
            if time.monotonic() > deadline_s:
                raise NothingHappensError(f"{count} callbacks do not come")
            time.sleep(0.05)

    def pause(self, least_s: float, most_s: float) -> None:
        """Wait for a while, by chance."""
        time.sleep(self.chance.uniform(least_s, most_s))
