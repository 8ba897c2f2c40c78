"""What a list costs does not grow with the backlog: requests, and rows that they look at."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.aws_clients import client
from chalicelib.model.job import Job
from tests.builders import a_job
from tests.integration.operators import PAST, a_failed_job, ask, keep
from tests.integration.service import Service

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


@contextmanager
def metered() -> Generator[Counter[str]]:
    """Counts requests to DynamoDB, and the rows that queries look at."""
    meter: Counter[str] = Counter()

    def after_call(parsed: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - as botocore calls it
        meter["requests"] += 1
        meter["rows"] += parsed.get("ScannedCount", 0)

    events = client("dynamodb").meta.events
    events.register("after-call.dynamodb", after_call)
    try:
        yield meter
    finally:
        events.unregister("after-call.dynamodb", after_call)


def costs(service: Service) -> dict[str, Counter[str]]:
    """What each list costs now."""
    found: dict[str, Counter[str]] = {}
    for path in LISTS:
        with metered() as found[path]:
            assert ask(service, path).status_code == 200
    return found


def some_of_each(first: int, last: int) -> list[Job]:
    """Jobs with numbers from the first to before the last: failed, and pending."""
    at = [PAST + number * SECOND for number in range(first, last)]
    failed = [a_failed_job(at=each) for each in at]
    pending = [a_job(due_at=each) for each in at]
    return [*failed, *pending]


def test_lists_cost_the_same_for_any_backlog(service: Service):
    keep(*some_of_each(0, 100), *(a_job(communication_id="c1") for _ in range(10)))
    before = costs(service)

    keep(*some_of_each(100, 700))

    assert costs(service) == before
    assert before["/pending"] == {"requests": 2, "rows": 10}
    assert before["/jobs?status=failed&limit=20"] == {"requests": 2, "rows": 20}


@pytest.mark.parametrize("limit", [50, 500])
def test_a_filter_that_matches_nothing_looks_at_a_bounded_number_of_rows(
    service: Service, limit: int
):
    keep(*some_of_each(0, 700))

    with metered() as meter:
        ask(service, f"/jobs?status=failed&error=unheard+of&limit={limit}")

    assert meter["requests"] <= 10
    assert meter["rows"] == 700
