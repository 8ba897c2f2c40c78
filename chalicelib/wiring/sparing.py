"""What libraries do when they are imported, and this service has no use for."""

import sys
from collections.abc import Generator
from contextlib import contextmanager

from chalicelib.settings import SYMMETRIC, settings


@contextmanager
def sparing_imports() -> Generator[None]:
    """Let `import cryptography` fail as if it were not there; PyJWT does without, then.

    Where it can, PyJWT imports it, in 20 ms (measured, 2026-11); only key pairs need it.
    """
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
