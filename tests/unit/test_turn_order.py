"""Whose turn it is: high priority first, and no workspace waits behind another's backlog."""

from collections import Counter
from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.flow.turn_order import in_turn
from chalicelib.model.job import Job, Priority
from tests.rig.builders import NOON, a_job

RANK = [Priority.HIGH, Priority.NORMAL, Priority.LOW]

batches = st.lists(
    st.builds(
        lambda workspace, priority, second: a_job(
            workspace_id=workspace, priority=priority, due_at=NOON + timedelta(seconds=second)
        ),
        st.sampled_from("abc"),
        st.sampled_from(Priority),
        st.integers(0, 3),
    ),
    max_size=30,
)


def test_workspaces_take_turns():
    backlog = [a_job(workspace_id="big") for _ in range(5)]
    others = [a_job(workspace_id="small"), a_job(workspace_id="tiny")]
    order = [job.workspace_id for job in in_turn([*backlog, *others])]

    assert order == ["big", "small", "tiny", "big", "big", "big", "big"]


@given(batches)
def test_everybody_has_one_turn(jobs: list[Job]):
    assert sorted(job.id for job in in_turn(jobs)) == sorted(job.id for job in jobs)


@given(batches)
def test_priorities_come_in_their_order(jobs: list[Job]):
    ranks = [RANK.index(job.priority) for job in in_turn(jobs)]

    assert ranks == sorted(ranks)


@given(batches)
def test_within_a_workspace_and_priority_the_due_instant_decides(jobs: list[Job]):
    order = list(in_turn(jobs))
    for workspace in "abc":
        for priority in Priority:
            mine = [j for j in order if (j.workspace_id, j.priority) == (workspace, priority)]

            assert mine == sorted(mine, key=lambda job: (job.due_at, job.id))


@given(batches)
def test_no_workspace_is_ahead_by_more_than_one_turn_while_another_waits(jobs: list[Job]):
    for priority in Priority:
        order = [job.workspace_id for job in in_turn(jobs) if job.priority is priority]
        left, served = Counter(order), Counter[str]()
        for workspace in order:
            served[workspace] += 1
            left[workspace] -= 1

            assert all(served[workspace] <= served[other] + 1 for other in left if left[other])


@given(batches, st.randoms(use_true_random=False))
def test_the_order_in_which_they_came_does_not_matter(jobs: list[Job], random: Random):
    shuffled = random.sample(jobs, len(jobs))

    assert [j.id for j in in_turn(shuffled)] == [j.id for j in in_turn(jobs)]
