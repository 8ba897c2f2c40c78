"""Imports that leave out a heavy library which the imported one can do without."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast


@contextmanager
def without(library: str) -> Generator[None]:
    """Make `import library` fail meanwhile, where nobody has imported it yet.

    PyJWT imports cryptography where it can: 40 ms of a cold start (measured, 2026-11) that a
    token signed with a secret has no use for.
    """
    if library in sys.modules:
        yield
        return
    modules = cast("dict[str, Any]", sys.modules)
    modules[library] = None
    try:
        yield
    finally:
        del modules[library]
