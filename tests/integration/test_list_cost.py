"""What lists and the board cost does not grow with the backlog: requests, and rows looked at."""

from datetime import timedelta

import pytest

from chalicelib.model.job import Job
from tests.integration.board import SMS, delayed, keep_and_count, look
from tests.integration.operators import PAST, a_failed_job, ask, keep
from tests.integration.service import Service
from tests.rig.builders import a_job
from tests.rig.measuring.reads import metered

SECOND = timedelta(seconds=1)
LISTS = [
    "/stats",
    "/pending",
    "/failed",
    "/jobs",
    "/jobs?status=failed&limit=20",
    "/jobs?status=failed&error=no+such+number&limit=20",
    "/by-communication/c1",
    "/failed.csv?limit=20",
]
TABS = [
    {},
    {"activeQueue": SMS, "status": "failed"},
    {"activeQueue": SMS, "status": "failed", "page": 3},
    {"activeQueue": SMS, "status": "delayed"},
    {"activeQueue": SMS, "status": "latest"},
]


def costs(service: Service) -> dict[str, tuple[int, int]]:
    """What each list costs now: requests, and rows."""
    found: dict[str, tuple[int, int]] = {}
    for path in LISTS:
        with metered() as reads:
            assert ask(service, path).status_code == 200
        found[path] = (reads.requests, reads.rows)
    return found


def requests_of_tabs(service: Service) -> list[int]:
    """What each tab of the board costs now, in requests: it looks at up to 1,000 keys a queue."""
    found: list[int] = []
    for tab in TABS:
        look(service, **tab)  # what is read once a process is no tab's cost
        with metered() as reads:
            look(service, **tab)
        found.append(reads.requests)
    return found


def some_of_each(first: int, last: int) -> list[Job]:
    """Jobs with numbers from the first to before the last: failed, and pending."""
    at = [PAST + number * SECOND for number in range(first, last)]
    failed = [a_failed_job(at=each) for each in at]
    pending = [a_job(due_at=each) for each in at]
    return [*failed, *pending]


def test_lists_cost_the_same_for_any_backlog(service: Service):
    keep(*some_of_each(0, 60), *(a_job(communication_id="c1") for _ in range(10)))
    before = costs(service)

    keep(*some_of_each(60, 300))

    assert costs(service) == before
    # The index row, the job to know that it is not under way, and once more with its payload.
    assert before["/pending"] == (3, 4 * 10)
    assert before["/jobs?status=failed&limit=20"] == (2, 3 * 20)


@pytest.mark.parametrize("limit", [50, 500])
def test_a_filter_that_matches_nothing_looks_at_a_bounded_number_of_rows(
    service: Service, limit: int
):
    keep(*some_of_each(0, 300))

    with metered() as reads:
        ask(service, f"/jobs?status=failed&error=unheard+of&limit={limit}")

    assert reads.requests <= 10
    assert reads.rows == 300


def test_the_board_s_tabs_cost_the_same_for_any_backlog(service: Service):
    keep_and_count(*(a_failed_job(at=PAST + i * SECOND) for i in range(30)))
    keep_and_count(*(delayed() for _ in range(30)))
    before = requests_of_tabs(service)

    keep_and_count(*(a_failed_job(at=PAST + i * SECOND) for i in range(30, 90)))
    keep_and_count(*(delayed() for _ in range(60)))

    assert requests_of_tabs(service) == before
    assert max(before) <= 15
