"""Blocking calls beside the event loop."""

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

#: Claims and records that run side by side: 100 a second at 20 ms each keep 4 busy.
_THREADS = 16
#: How long a thread may keep the interpreter from the event loop (default 5 ms): a slot
#: that waits behind four threads would be missed.
_SWITCH_INTERVAL_S = 0.0005


class Threads:
    """`ports.Offload` on a thread pool."""

    def __init__(self) -> None:
        sys.setswitchinterval(_SWITCH_INTERVAL_S)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="aws")

    async def __call__(self, call: Callable[..., T], /, *args: object) -> T:
        """Run the call on a thread of the pool."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, call, *args)
