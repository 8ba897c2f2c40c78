"""Tells workspaces about their jobs: from a change of a job to a notice in its queue."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.errors import RetryableError
from chalicelib.flow import labels
from chalicelib.flow.destinations import Destinations
from chalicelib.model.change import Change
from chalicelib.model.notice import Notice, notice_of
from chalicelib.ports.webhooks import Letter, Notices

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notify:
    """The verb of the stream's second reader; the same changes again make the same notices."""

    destinations: Destinations
    notices: Notices

    def __call__(self, changes: Iterable[Change]) -> int:
        """Hand over a notice for each change that somebody wants to know of; how many those are.

        RetryableError where the queue does not take them all: the changes have to come again.
        """
        found = (notice_of(change.before, change.after) for change in changes)
        letters = [Letter(notice, 0) for notice in found if notice and self._is_wanted(notice)]
        if refused := self.notices.send(letters):
            raise RetryableError(f"{len(refused)} of {len(letters)} notices were not taken")
        if letters:
            told = labels.of_jobs([letter.notice for letter in letters])
            _log.info("a webhook is to be told", extra=told)
        return len(letters)

    def _is_wanted(self, notice: Notice) -> bool:
        since = notice.happened_at
        return self.destinations.wanting(notice.workspace_id, notice.event, since=since) is not None
