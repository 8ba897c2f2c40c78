"""Notes when a workspace asks for more at once than its own limit allows: its jobs wait."""

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.errors import ServiceError
from chalicelib.flow.turns import Turn
from chalicelib.model.channel import Queue, Rate
from chalicelib.model.exceedance import Exceedance, of_limit
from chalicelib.ports.counting import BatchLog
from chalicelib.ports.world import Clock

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LimitNotes:
    """The verb; where it fails, only the note is lost."""

    clock: Clock
    batch_log: BatchLog

    def __call__(self, turns: Sequence[Turn]) -> None:
        """One note for each workspace and queue of a request."""
        sizes: Counter[tuple[str, Queue, Rate]] = Counter()
        for turn in turns:
            if turn.exceeded is not None:
                sizes[turn.job.workspace_id, turn.job.queue, turn.exceeded] += 1
        found: dict[Queue, list[Exceedance]] = defaultdict(list)
        for (workspace_id, queue, limit), size in sizes.items():
            found[queue].append(
                Exceedance(workspace_id, queue.channel, self.clock.now(), size, of_limit(limit))
            )
        try:
            if found:
                self.batch_log.exceed(found)
        except ServiceError as error:
            _log.warning("what exceeded a limit is not noted: %s", error)
