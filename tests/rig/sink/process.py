"""The sink as a bench holds it: starts the process, reads its records, ends it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Self

import httpx

from tests.rig.measuring.arrivals import Arrival
from tests.rig.sink.answers import Answers


class SinkProcess:
    """A running sink; a context manager."""

    def __init__(self, *, port: int = 0) -> None:
        """Start it and wait until it listens; 0 is a free port."""
        command = [
            sys.executable,
            "-m",
            "tests.rig.sink",
            "--port",
            str(port),
            "--until-stdin-closes",
        ]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        first_line = self._process.stdout.readline() if self._process.stdout else ""
        if not first_line.startswith("sink "):
            raise SystemExit(f"The bench's backend did not start on port {port}: is it taken?")
        self.url = first_line.split()[1]
        self._http = httpx.Client(base_url=self.url, timeout=30)

    def __enter__(self) -> Self:
        """Hold it."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._http.close()
        self._process.terminate()
        self._process.wait(timeout=10)

    def arrivals(self) -> list[Arrival]:
        """Hand over all that arrived since the last `clear`."""
        return [Arrival.from_json(line) for line in self._http.get("/records").text.splitlines()]

    def save(self, path: Path) -> None:
        """Keep what arrived as JSON lines, for whoever wants to look closer."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._http.get("/records").text)

    def job_count(self) -> int:
        """Count the distinct jobs that were called back."""
        return int(self._http.get("/count").json()["jobs"])

    def count(self) -> dict[str, int]:
        """Return how many `arrivals` of how many `jobs` there were, and of how many `bytes`."""
        return self._http.get("/count").json()

    def lag(self) -> dict[str, float]:
        """Return how late the sink's event loop ran: `samples`, `p50_ms`, `p99_ms`, `max_ms`."""
        return self._http.get("/lag").json()

    def answer_with(self, answers: Answers) -> None:
        """Change how callbacks are answered from now on."""
        self._http.put("/answers", json=answers.to_json()).raise_for_status()

    def clear(self) -> None:
        """Forget what arrived so far."""
        self._http.delete("/records").raise_for_status()
