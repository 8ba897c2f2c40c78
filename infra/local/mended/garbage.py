"""Its memory: what tables keep is not looked through for garbage again and again.

A table is millions of small dictionaries. With 100,000 jobs each full collection of garbage stopped
the whole emulator for a second or more, three times in a minute of callbacks.
"""

import gc
import time
from typing import Any

#: A collection that took so long has met what stays: the next ones leave that out.
_LONG_S = 0.05
#: The generation of a full one.
_FULL = 2

_begun: dict[int, float] = {}


def mend() -> None:
    """Set aside what outlives a long collection; once unused it is freed as ever, cycles excepted.

    Those are few: a table's items have none, and there are some dozen long collections at most.
    """
    gc.callbacks.append(_collected)


def _collected(phase: str, about: dict[str, Any]) -> None:
    generation: int = about["generation"]
    if phase == "start":
        _begun[generation] = time.perf_counter()
    elif generation == _FULL and time.perf_counter() - _begun[generation] > _LONG_S:
        gc.freeze()
