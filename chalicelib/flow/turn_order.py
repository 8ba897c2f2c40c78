"""Whose turn it is inside a batch: priority first, then round robin over workspaces."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import groupby

from chalicelib.model.job import Job, Priority

_RANK = {Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}


def in_turn(jobs: Iterable[Job]) -> Iterator[Job]:
    """The jobs in the order in which they should start; within a workspace by due instant."""
    ranked = sorted(jobs, key=lambda job: (_RANK[job.priority], job.due_at, job.id))
    for _, equals in groupby(ranked, key=lambda job: job.priority):
        yield from _round_robin(equals)


def _round_robin(jobs: Iterable[Job]) -> Iterator[Job]:
    by_workspace: dict[str, deque[Job]] = {}
    for job in jobs:
        by_workspace.setdefault(job.workspace_id, deque()).append(job)
    turns = deque(by_workspace.values())
    while turns:
        mine = turns.popleft()
        yield mine.popleft()
        if mine:
            turns.append(mine)
