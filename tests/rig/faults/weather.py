"""What is wrong with a local cloud's AWS (infra/local/mended/faults.py does it)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from infra.layer import BUILD
from infra.local.emulator import FAULTS

Fault = dict[str, Any]


class Weather:
    """The file that says it, of the cloud at that URL."""

    def __init__(self, url: str) -> None:
        """Nothing is wrong yet."""
        self._path = BUILD / "local" / url.rpartition(":")[2] / FAULTS

    @contextmanager
    def turned(self, faults: Sequence[Fault], *, chance: Random) -> Generator[None]:
        """Let that be wrong meanwhile."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps({"seed": chance.getrandbits(32), "faults": faults}))
        fresh.rename(self._path)
        try:
            yield
        finally:
            self._path.unlink(missing_ok=True)

    def hits(self) -> Counter[str]:
        """Count the calls that were hit since the cloud's start, as `service kind`."""
        path: Path = self._path.with_suffix(".hits")
        lines = path.read_text().splitlines() if path.exists() else []
        return Counter(" ".join(json.loads(line)[:2]) for line in lines)
