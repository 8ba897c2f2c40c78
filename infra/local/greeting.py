"""What a person reads once the local cloud is ready: where things are, and a first call to try."""

import json
import time
from pathlib import Path

import jwt

_TOKEN_LIFE_S = 12 * 3600


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


def greeting(url: str, token: str, *, sample_backend_url: str | None, folder: Path) -> str:
    """The lines below ``ready``."""
    places = [
        ("API", f"{url}/docs"),
        ("Bull Board", f"{url}/admin/queues"),
        ("test pages", f"{url}/test-sms  {url}/test-email"),
    ]
    if sample_backend_url:
        places.append(
            ("sample backend", f"{sample_backend_url}/  (shows the callbacks that arrive)")
        )
    places.append(("logs", f"{folder / 'logs'}/  {folder / 'emulator.log'}"))
    lines = [f"  {name + ':':16}{place}" for name, place in places]
    return "\n".join(
        [
            *lines,
            "",
            "An admin token (12 hours):",
            token,
            "",
            "A first SMS:",
            _first_sms(url, token),
        ]
    )


def _first_sms(url: str, token: str) -> str:
    message = {
        "phoneNumber": "+12025550123",
        "message": "Hello from the queue",
        "contactId": "contact-1",
        "workspaceId": "workspace-1",
        "delay": 2000,
        "metadata": {"source": "readme"},
    }
    return (
        f"curl -sS {url}/api/schedule-sms \\\n"
        f"  -H 'Authorization: Bearer {token}' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d '{json.dumps(message)}'"
    )
