"""Keeps how receivers are doing: a success forgets their failures, five days of them disable."""

import logging
from dataclasses import dataclass

from chalicelib.model.health import Health, after_failure, gone
from chalicelib.model.outcome import Answer
from chalicelib.ports.webhooks import Healths
from chalicelib.ports.world import Clock

_log = logging.getLogger(__name__)

#: Who finds that somebody else was faster looks again; the next failure says it anyway.
ROUNDS = 3
#: "The target resource is no longer available … permanently" (RFC 9110, 15.5.11).
GONE = 410


@dataclass(frozen=True, slots=True)
class Receivers:
    """What is learned from the answers of receivers."""

    clock: Clock
    healths: Healths

    def succeeded(self, workspace_id: str, before: Health | None) -> None:
        """Forget its failures, if there are any."""
        if before is not None:
            self.healths.remove(workspace_id)

    def failed(self, workspace_id: str, url: str, *, answer: Answer) -> bool:
        """Write it down; whether the URL is disabled by it."""
        learn = gone if answer.status == GONE else after_failure
        for _ in range(ROUNDS):
            before = self.healths.get(workspace_id)
            after = learn(before, url=url, error=_error_of(answer), at=self.clock.now())
            if after == before:
                return False
            if self.healths.replace(workspace_id, before, after=after):
                return self._has_disabled(workspace_id, before, after=after)
        return False

    def _has_disabled(self, workspace_id: str, before: Health | None, *, after: Health) -> bool:
        if after.disabled_at is None or (before is not None and before.disabled_at is not None):
            return False
        _log.error(
            "a webhook is disabled: the workspace's settings say why",
            extra={"workspace_id": workspace_id},
        )
        return True


def _error_of(answer: Answer) -> str:
    """Without the answer's text: whoever chooses a URL must not read through us what is there."""
    if answer.status is None:
        return answer.error or "No answer."
    return f"The receiver answered {answer.status}."
