"""A process that the local cloud starts: it never outlives the supervisor."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from infra.layer import ROOT


class Child:
    """A running process with a group of its own, so that whatever it starts ends with it."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self._name = name
        self._process = process

    @classmethod
    async def start(
        cls, command: Sequence[str], *, environment: Mapping[str, str], log: Path | None = None
    ) -> "Child":
        """Start ``command``, its output going to ``log`` or else to ours.

        It is told our pid as SUPERVISOR_PID, to notice when we are gone.
        """
        output = None if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env={**environment, "SUPERVISOR_PID": str(os.getpid())},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        if output is not None:
            os.close(output)
        return cls(command[-1], process)

    @property
    def has_ended(self) -> bool:
        """Whether it is gone, by itself or stopped."""
        return self._process.returncode is not None

    async def wait(self) -> int:
        """Wait for its end; answer its exit status."""
        return await self._process.wait()

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal; nothing where it has ended."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    def kill_members(self) -> None:
        """Kill what it started, and let it live."""
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it ended meanwhile
                pid, group = int(stat.parent.name), _group(stat.read_text(encoding="utf-8"))
                if group == self._process.pid != pid:
                    os.kill(pid, signal.SIGKILL)

    async def stop(self, patience_s: float) -> None:
        """Ask it to end, and after ``patience_s`` make it; then everything it left behind."""
        try:
            if not self.has_ended:
                self._process.terminate()
                await asyncio.wait_for(self._process.wait(), patience_s)
        except TimeoutError:
            print(f"{self._name} did not stop within {patience_s:.0f} s and is killed.")
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()


def _group(stat: str) -> int:
    """The process group in a line of proc(5)'s stat: the third field after the command's name."""
    return int(stat.rpartition(")")[2].split()[2])
