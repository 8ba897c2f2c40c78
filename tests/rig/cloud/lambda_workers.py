"""The processes in which a local cloud runs its Lambdas, found by what their environment says."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Over how long a worker's CPU use is looked at to tell a busy one from an idle one.
_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class LambdaWorker:
    """One worker process."""

    pid: int
    function_name: str

    def cpu_ticks(self) -> int:
        """Return the CPU time used so far, in clock ticks; 0 where the process is gone."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            return 0
        fields = stat.rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])


def _children() -> dict[int, list[int]]:
    children: defaultdict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = (entry / "stat").read_text()
        except OSError:
            continue
        children[int(stat.rpartition(")")[2].split()[1])].append(int(entry.name))
    return children


def _descendants(pid: int) -> Iterator[int]:
    children = _children()
    waiting = [pid]
    while waiting:
        found = children.get(waiting.pop(), [])
        waiting.extend(found)
        yield from found


def _function_name(pid: int) -> str:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    prefix = b"AWS_LAMBDA_FUNCTION_NAME="
    return next(
        (entry.removeprefix(prefix).decode() for entry in environment if entry.startswith(prefix)),
        "",
    )


def workers_of(cloud_pid: int, function: str) -> list[LambdaWorker]:
    """List the workers below a cloud whose function's name holds `function`, case and - _ aside."""
    plain = function.replace("_", "").lower()
    named = [LambdaWorker(pid, _function_name(pid)) for pid in _descendants(cloud_pid)]
    return [
        worker
        for worker in named
        if plain in worker.function_name.replace("_", "").replace("-", "").lower()
    ]


def busiest(workers: list[LambdaWorker]) -> LambdaWorker:
    """Choose the worker that used the most CPU over a short look: it has a batch in hand."""
    before = [worker.cpu_ticks() for worker in workers]
    time.sleep(_LOOK_S)
    used = [worker.cpu_ticks() - ticks for worker, ticks in zip(workers, before, strict=True)]
    return workers[used.index(max(used))]


def kill(worker: LambdaWorker) -> None:
    """Send SIGKILL: the process gets no chance to say anything."""
    os.kill(worker.pid, 9)
