"""What a person reads once the local cloud is ready: where things are, and a first call to try."""

import json
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import jwt

_TOKEN_LIFE_S = 12 * 3600
#: In the order in which a newcomer needs them.
_PAGES = {
    "/test-sms": "send an SMS",
    "/test-email": "send an email",
    "/ops": "operations, by the token",
    "/admin/queues": "Bull Board",
    "/docs": "the API",
}
_OPEN_SCHEDULING = "OPEN_SCHEDULING IS ON: scheduling asks for no token."
_REACHABLE = """\
HOST IS SET: every machine that reaches this one can call the service and see its pages. There is no
TLS: tokens and the board's password travel in the clear. Only in a network that you trust."""


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
    #: The board's user name and password.
    board_access: tuple[str, str] = field(repr=False)
    is_reachable: bool
    is_scheduling_open: bool

    def greeting(self) -> str:
        """The lines below ``ready``; what a newcomer needs comes last."""
        lines = [*self._elsewhere(), *self._warnings(), ""]
        lines += ["What verifies callbacks and webhooks (the newest secret):"]
        lines += [f"export SIGNING_SECRET={self.signing_secret}", ""]
        lines += [*self._pages(), ""]
        lines += ["An admin's token for 12 hours, and a first SMS:", f"export TOKEN={self.token}"]
        return "\n".join([*lines, self._first_sms()])

    def _elsewhere(self) -> Iterator[str]:
        if self.sample_backend_url:
            yield _row("sample backend", f"{self.sample_backend_url}/  (shows the callbacks)")
        yield _row("logs", f"{self.folder / 'logs'}/  {self.folder / 'emulator.log'}")

    def _warnings(self) -> Iterator[str]:
        if self.is_scheduling_open:
            yield f"\n{_OPEN_SCHEDULING}"
        if self.is_reachable:
            yield f"\n{_REACHABLE}"

    def _pages(self) -> Iterator[str]:
        for path, name in _PAGES.items():
            access = " / ".join(self.board_access) if path == "/admin/queues" else ""
            if path in self.routes:
                yield _row(name, f"{self.url}{path}  {access}".rstrip())

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
            '  -H "Authorization: Bearer $TOKEN" \\\n'
            "  -H 'Content-Type: application/json' \\\n"
            f"  -d '{json.dumps(message)}'"
        )


def _row(name: str, place: str) -> str:
    return f"  {name + ':':26}{place}"


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
