"""Notices that ``make`` is gone or interrupted: the one signal it passes on is SIGTERM."""

import asyncio
import os
import signal
from pathlib import Path

_LOOK_INTERVAL_S = 0.2
_SIGINT_BIT = 1 << (signal.SIGINT - 1)


def watch(task: asyncio.Task[None]) -> None:
    """Cancel ``task`` once the make that started us ends or is interrupted."""
    parent = os.getppid()
    if _status(parent).get("Name") != "make":
        return
    loop = asyncio.get_running_loop()

    def look() -> None:
        if os.getppid() != parent or _handles_interrupt(parent):
            task.cancel()
        else:
            loop.call_later(_LOOK_INTERVAL_S, look)

    look()


def _handles_interrupt(pid: int) -> bool:
    """Whether GNU make handles a SIGINT: it waits for its children then, the signal blocked."""
    return bool(int(_status(pid).get("SigBlk", "0"), 16) & _SIGINT_BIT)


def _status(pid: int) -> dict[str, str]:
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.splitlines())
    return {name: value.strip() for name, _, value in pairs}
