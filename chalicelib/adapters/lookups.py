"""Looks hosts' addresses up, once in ten seconds however many connections are opened."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, TypeAlias

#: How long an answer holds: a backend that moves is found again soon.
_HOLDS_S = 10.0

#: What `socket.getaddrinfo` has of an address: the last part is what is connected to.
Info: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]
_Key: TypeAlias = tuple[str, int]


class _LookUp(NamedTuple):
    """One that is under way or done, and until when (the loop's clock) it holds."""

    task: asyncio.Task[Sequence[Info]]
    holds_until_s: float


@dataclass(slots=True)
class Lookups:
    """Those of one event loop; a failed one is not remembered."""

    _kept: dict[_Key, _LookUp] = field(default_factory=dict[_Key, _LookUp], init=False)

    async def addresses(self, host: str, port: int) -> Sequence[Info]:
        """What the C library finds; OSError where it finds none, ValueError for no host's name.

        Callers that wait for the same look-up share it: one that gives up does not end it.
        """
        key = host, port
        now = asyncio.get_running_loop().time()
        if key not in self._kept or self._kept[key].holds_until_s <= now:
            self._kept = {key: each for key, each in self._kept.items() if each.holds_until_s > now}
            task = asyncio.create_task(_look_up(host, port))
            task.add_done_callback(partial(self._drop_failed, key))
            self._kept[key] = _LookUp(task, now + _HOLDS_S)
        return await asyncio.shield(self._kept[key].task)

    def _drop_failed(self, key: _Key, task: asyncio.Task[Sequence[Info]]) -> None:
        if task.cancelled() or task.exception() is not None:
            del self._kept[key]


async def _look_up(host: str, port: int) -> Sequence[Info]:
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
