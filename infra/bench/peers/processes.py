"""Programs of the replaced service, as processes that a bench starts, measures and kills."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from infra.bench.peers.install import WORK
from infra.bench.peers.processor import ticks_of

_READY_TIMEOUT_S = 60.0


class Program:
    """One program that can be killed and started again with the same arguments."""

    def __init__(
        self, name: str, command: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> None:
        """Start it; its output is in a log of its name."""
        self._name = name
        self._command = command
        self._environment = {**os.environ, **(environment or {})}
        self.start()

    @property
    def log_path(self) -> Path:
        """Return where what it prints goes."""
        return WORK / f"{self._name}.log"

    @property
    def pid(self) -> int:
        """Return the process as it is now."""
        return self._process.pid

    def start(self) -> None:
        """Start it, with a new log."""
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=WORK,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_until(self, is_ready: Callable[[str], bool]) -> str:
        """Wait until its log says so; return the log.

        Raises:
            SystemExit: it died or took too long; the sentence has what it printed.
        """
        deadline_s = time.monotonic() + _READY_TIMEOUT_S
        while not is_ready(text := self.log_path.read_text(errors="replace")):
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise SystemExit(
                    f"{self._name} is not ready; {self.log_path} says:\n{text[-2000:]}"
                )
            time.sleep(0.02)
        return text

    def cpu_ticks(self) -> int:
        """Return the CPU time that it used so far, in clock ticks."""
        return ticks_of(self.pid)

    def ran_ns(self) -> int:
        """Return how long its main thread ran so far, finer than ticks tell."""
        return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[0])

    def kill(self) -> None:
        """Send SIGKILL and wait until it is gone."""
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """Send SIGTERM; SIGKILL where that does not suffice."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()
