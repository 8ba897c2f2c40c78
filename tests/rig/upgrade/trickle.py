"""A caller who goes on while something happens to the service: one SMS after the other."""

from __future__ import annotations

from threading import Event, Thread
from typing import Self

import httpx

from tests.rig.client import QueueClient, RefusedError
from tests.rig.messages import a_message

_EVERY_S = 0.25


class Trickle:
    """The caller, in a thread of its own; a context manager."""

    def __init__(self, client: QueueClient, workspace_id: str) -> None:
        """Call as `client`, for that workspace."""
        self.job_ids: list[str] = []
        #: What was answered instead of a 200, or why there was no answer.
        self.refusals: list[str] = []
        self._client = client
        self._workspace_id = workspace_id
        self._over = Event()
        self._thread = Thread(target=self._call, daemon=True, name="trickle")

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop once the call under way is answered."""
        self._over.set()
        self._thread.join()

    def _call(self) -> None:
        number = 0
        while not self._over.wait(_EVERY_S):
            number += 1
            message = a_message("sms", number) | {"workspaceId": self._workspace_id}
            try:
                self.job_ids += self._client.schedule("sms", message).job_ids
            except (RefusedError, httpx.HTTPError) as error:
                self.refusals.append(str(error))
