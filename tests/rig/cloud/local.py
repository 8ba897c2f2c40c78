"""A local cloud of a bench's own: what `make run` runs, as a subprocess."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Self

import httpx

from infra.layer import BUILD
from infra.local.emulator import client_for
from tests.rig.client import mint_token

#: What `make run` runs once its virtual environments are there.
COMMAND = (sys.executable, "-m", "infra.local")
LOG_FOLDER = BUILD / "bench"
#: The first start of a fresh clone installs the local cloud's packages.
_READY_TIMEOUT_S = 180.0
_STOP_TIMEOUT_S = 60.0


def free_port() -> int:
    """Return a port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers_at(url: str) -> bool:
    """Tell whether a service answers there."""
    try:
        return httpx.get(f"{url}/health", timeout=2).is_success
    except httpx.HTTPError:
        return False


class LocalCloud:
    """A local cloud that can be stopped and started again as it was; a context manager."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        """Choose a port and a secret, and start; `settings` are what `make run` honours."""
        secret = secrets.token_urlsafe(32)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.token = mint_token(secret)
        self.log_path = LOG_FOLDER / f"cloud-{port}.log"
        self._environment = {**os.environ, **settings, "PORT": str(port), "JWT_SECRET": secret}
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def pid(self) -> int:
        """Return the process whose descendants the cloud consists of."""
        if self._process is None:
            raise RuntimeError("The local cloud is stopped")
        return self._process.pid

    def timers(self) -> list[str]:
        """List the EventBridge Scheduler timers that wait in it, by name."""
        scheduler = client_for(self.emulator_url())("scheduler")
        return sorted(schedule["Name"] for schedule in scheduler.list_schedules()["Schedules"])

    def emulator_url(self) -> str:
        """Return where its emulator of AWS answers."""
        note = BUILD / "local" / self.url.rpartition(":")[2] / "emulator-url"
        return note.read_text(encoding="ascii")

    def start(self) -> None:
        """Start it and wait until it says that a request would succeed."""
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                COMMAND,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline_s = time.monotonic() + _READY_TIMEOUT_S
        while f"ready {self.url}" not in self.log_path.read_text(errors="replace"):
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                self.stop()
                raise SystemExit(
                    f"The local cloud is not ready; {self.log_path} ends:\n{self._log_end()}"
                )
            time.sleep(0.1)

    def stop(self) -> None:
        """Send SIGTERM and wait until it is gone; a state folder is saved on the way."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def __enter__(self) -> Self:
        """Hold it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def _log_end(self) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-20:])
