"""What libraries do when they are imported, and this service has no use for."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

from chalicelib.settings import SYMMETRIC, settings, variable


@contextmanager
def sparing_imports() -> Generator[None]:
    """Spare a cold start 40 ms of certificates, and 20 ms of ciphers (measured, 2026-11).

    aiohttp reads all certificates twice when it is imported; callbacks have a context of their
    own. PyJWT imports `cryptography` where it can; only tokens signed by key pairs need it.
    """
    with variable("SSL_CERT_FILE", os.devnull), _without_ciphers():
        yield


@contextmanager
def _without_ciphers() -> Generator[None]:
    """Let `import cryptography` fail as if it were not there; PyJWT does without, then."""
    if (
        settings().optional("JWT_ALGORITHM", SYMMETRIC) != SYMMETRIC
        or "cryptography" in sys.modules
    ):
        yield
        return
    sys.modules["cryptography"] = None  # type: ignore[assignment] - Python's way to block it
    try:
        yield
    finally:
        del sys.modules["cryptography"]
