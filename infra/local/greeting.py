"""What a person reads once the local cloud is ready: where things are, and a first call to try."""

import json
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import jwt

_TOKEN_LIFE_S = 12 * 3600
_PAGES = {
    "/docs": "API",
    "/admin/queues": "Bull Board",
    "/ops": "operations",
    "/test-sms": "test page",
    "/test-email": "test page",
    "/health": "health",
}


@dataclass(frozen=True)
class Facts:
    """What this run has to tell."""

    url: str
    #: The API's paths, as its template has them.
    routes: Collection[str]
    token: str
    #: What a receiver of callbacks and webhooks verifies with.
    signing_secret: str
    sample_backend_url: str | None
    folder: Path
    is_scheduling_open: bool

    def greeting(self) -> str:
        """The lines below ``ready``."""
        lines = [f"  {name + ':':16}{place}" for name, place in self._places()]
        if self.is_scheduling_open:
            lines += [
                "",
                "OPEN_SCHEDULING IS ON: scheduling asks for no token.",
            ]
        lines += ["", "An admin token (12 hours):", f"export TOKEN={self.token}"]
        lines += ["", "What verifies callbacks and webhooks (the newest secret):"]
        lines += [f"export SIGNING_SECRET={self.signing_secret}"]
        return "\n".join([*lines, "", "A first SMS:", self._first_sms()])

    def _places(self) -> Iterator[tuple[str, str]]:
        for path, name in _PAGES.items():
            if path in self.routes:
                yield name, f"{self.url}{path}"
        if self.sample_backend_url:
            yield "sample backend", f"{self.sample_backend_url}/  (shows the callbacks that arrive)"
        yield "logs", f"{self.folder / 'logs'}/  {self.folder / 'emulator.log'}"

    def _first_sms(self) -> str:
        message = {
            "phoneNumber": "+12025550123",
            "message": "Hello from the queue",
            "contactId": "contact-1",
            "workspaceId": "workspace-1",
            "delay": 2000,
            "metadata": {"source": "readme"},
        }
        return (
            f"curl -sS {self.url}/api/schedule-sms \\\n"
            f"  -H 'Authorization: Bearer {self.token}' \\\n"
            "  -H 'Content-Type: application/json' \\\n"
            f"  -d '{json.dumps(message)}'"
        )


def admin_token(secret: str) -> str:
    """A token that may do everything in every workspace, for twelve hours."""
    now_s = int(time.time())
    claims = {
        "sub": "local-admin",
        "role": "admin",
        "workspaces": "*",
        "iat": now_s,
        "exp": now_s + _TOKEN_LIFE_S,
    }
    return jwt.encode(claims, secret, algorithm="HS256")
