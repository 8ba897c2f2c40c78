"""CPU time of processes, from /proc, with that of children which ended and were waited for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Processor:
    """CPU seconds of one side: of the service's own code, and of what it stands on."""

    code_s: float
    platform_s: float

    def __sub__(self, earlier: Self) -> Processor:
        return Processor(self.code_s - earlier.code_s, self.platform_s - earlier.platform_s)

    @property
    def all_s(self) -> float:
        """Return both together."""
        return self.code_s + self.platform_s


def ticks_of(pid: int) -> int:
    """Return user and system time with the ended children's, in ticks; 0 where it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return sum(int(field) for field in stat.rpartition(")")[2].split()[11:15])


def seconds(ticks: int) -> float:
    """Turn clock ticks into seconds."""
    return ticks / _TICKS_PER_S
