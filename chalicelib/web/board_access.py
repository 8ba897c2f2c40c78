"""Who may look at the board: one user, by Basic authentication; and from which pages."""

import base64
import binascii
import hmac
from urllib.parse import urlsplit

from chalice.app import Request, Response

from chalicelib import wiring
from chalicelib.errors import Forbidden, Unauthenticated
from chalicelib.model.access import Caller, Role
from chalicelib.settings import settings
from chalicelib.web.http_request import header

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Queues", charset="UTF-8"'}
_OWN_SITES = frozenset({"same-origin", "none"})


def board_user(request: Request) -> Caller:
    """The board's user, who may do everything in every workspace.

    Forbidden where no credentials are configured, or where another site's page asks for a change.
    """
    name = settings().optional("BULL_BOARD_USERNAME")
    password = wiring.secrets().board_password() if name else ""
    if not password:
        message = "The board is closed: set BULL_BOARD_USERNAME and BULL_BOARD_PASSWORD to open it."
        raise Forbidden(message)
    said = _credentials(header(request, "authorization") or "")
    right = [
        hmac.compare_digest(mine.encode(), theirs)
        for mine, theirs in zip((name, password), said, strict=True)
    ]
    if not all(right):
        raise Unauthenticated("Sign in with the board's user name and password.")
    if request.method != "GET" and not _is_own_page(request):
        raise Forbidden("Only the board's own page may change something.")
    return Caller(subject=f"bull-board:{name}", role=Role.ADMIN, workspaces=None)


def challenged(response: Response) -> Response:
    """The answer, with the browser's question for a password where it is a 401."""
    if response.status_code == 401:  # noqa: PLR2004
        response.headers.update(_CHALLENGE)
    return response


def _credentials(authorization: str) -> tuple[bytes, bytes]:
    """User name and password; empty ones where there are none."""
    scheme, _, text = authorization.partition(" ")
    try:
        raw = base64.b64decode(text.strip(), validate=True) if scheme.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        raw = b""
    name, _, password = raw.partition(b":")
    return name, password


def _is_own_page(request: Request) -> bool:
    """Whether a browser says that the request is from this origin; other clients say nothing."""
    site, origin = header(request, "sec-fetch-site"), header(request, "origin")
    if site is not None and site not in _OWN_SITES:
        return False
    if origin is None:
        return True
    hosts = {header(request, "x-forwarded-host"), header(request, "host")} - {None}
    return urlsplit(origin).netloc in hosts
