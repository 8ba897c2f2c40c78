"""Bull Board in a browser, on the deployed stack: what an operator sees and does there."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.acceptance.browser import BOARD_USER, PATIENCE_S, photograph
from tests.rig.cloud.service import Service, waited_for
from tests.rig.measuring.arrivals import Arrival
from tests.rig.sink.answers import Answers

BOARD = "/admin/queues"


@pytest.fixture
def api(service: Service) -> Iterator[httpx.Client]:
    """The board's API without its page."""
    with httpx.Client(
        base_url=f"{service.cloud.url}{BOARD}/api/",
        auth=(BOARD_USER["username"], BOARD_USER["password"]),
        timeout=60,
    ) as client:
        yield client


def scheduled(service: Service, workspace_id: str, *, count: int = 1, **more: object) -> list[str]:
    """Jobs of the general queue."""
    body = {"workspaceId": workspace_id, "data": {"hello": "board"}, **more}
    return [service.post("/api/jobs", body)["jobId"] for _ in range(count)]


def has_ended(service: Service, job_id: str, status: str) -> None:
    assert service.status(job_id, status) == status


def failed(service: Service, workspace_id: str, *, count: int = 1) -> list[str]:
    service.sink.answer_with(Answers(status=400))
    ids = scheduled(service, workspace_id, count=count)
    for job_id in ids:
        has_ended(service, job_id, "FAILED")
    service.sink.answer_with(Answers())
    return ids


def called_at_rest(service: Service, queue: str, ids: list[str]) -> list[Arrival]:
    """The callbacks of jobs, once no worker has any in hand, nor is about to."""
    assert waited_for(lambda: service.clockwork.is_at_rest(queue), bool, PATIENCE_S)
    return service.callbacks(ids)


def card(page: Page, job_id: str) -> Locator:
    """The card of a job: the smallest box that holds its id and its buttons."""
    boxes = page.locator("li, article, section, div").filter(has=page.get_by_role("button"))
    return boxes.filter(has=page.get_by_text(job_id, exact=True)).last


def press(page: Page, job_id: str, *, nth: int) -> None:
    """One of a card's buttons, which have pictures only; and yes, we are sure."""
    card(page, job_id).get_by_role("button").nth(nth).click()
    page.get_by_role("button", name="Confirm").click()


def test_a_failed_job_is_found_retried_and_seen_completed(page: Page, service: Service):
    (job_id,) = failed(service, "w-board-retry")

    page.goto(BOARD)
    expect(page.get_by_text("scheduled-email-queue").first).to_be_visible()
    photograph(page, "board-overview")
    page.get_by_role("link", name="my-queue").first.click()
    page.get_by_role("link", name=re.compile("^failed", re.IGNORECASE)).click()
    expect(page.get_by_text(job_id)).to_be_visible()
    photograph(page, "board-failed")
    press(page, job_id, nth=0)
    has_ended(service, job_id, "COMPLETED")
    expect(page.get_by_text(job_id)).to_have_count(0)
    page.get_by_role("link", name=re.compile("^completed", re.IGNORECASE)).click()

    expect(page.get_by_text(job_id)).to_be_visible()
    photograph(page, "board-completed")


def test_a_job_has_a_page_of_its_own_with_its_attempts(page: Page, service: Service):
    (job_id,) = failed(service, "w-board-detail")

    page.goto(f"{BOARD}/queue/my-queue/{job_id}?status=failed")
    expect(page.get_by_text(job_id).first).to_be_visible()
    photograph(page, "board-job")
    page.get_by_text("Logs", exact=True).click()

    expect(page.get_by_text("attempt 1 started")).to_be_visible()


def test_the_logo_leads_home_and_home_can_be_loaded_anew(page: Page):
    page.goto(f"{BOARD}/queue/my-queue")
    page.locator(f"a[href='{BOARD}/']").first.click()
    page.wait_for_url(re.compile(f"{BOARD}/$"))
    page.reload()

    expect(page.get_by_text("scheduled-email-queue").first).to_be_visible()


def test_a_delayed_job_is_promoted(page: Page, service: Service):
    (job_id,) = scheduled(service, "w-board-promote", delay=3_600_000)

    page.goto(f"{BOARD}/queue/my-queue?status=delayed")
    press(page, job_id, nth=0)

    has_ended(service, job_id, "COMPLETED")


def test_a_queue_is_paused_and_resumed_by_its_menu(page: Page, service: Service):
    page.goto(f"{BOARD}/queue/my-queue")
    page.get_by_role("main").get_by_role("button").last.scroll_into_view_if_needed()
    menu = page.locator("button[aria-haspopup=menu]").last
    menu.click()
    page.get_by_role("menuitem", name="Pause").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("paused", exact=False).first).to_be_visible()
    (job_id,) = scheduled(service, "w-board-pause")
    while_paused = called_at_rest(service, "my-queue", [job_id])
    menu.click()
    page.get_by_role("menuitem", name="Resume").click()
    page.get_by_role("button", name="Confirm").click()

    has_ended(service, job_id, "COMPLETED")
    assert while_paused == []


def test_a_paused_broadcast_comes_to_rest_whatever_the_rescue_does_and_loses_nothing(
    service: Service, api: httpx.Client
):
    body = {"phoneNumber": "+12025550123", "message": "hi", "contactId": "c1"}
    bulk = {"workspaceId": "w-board-broadcast", "defaults": body, "messages": [{}] * 250}
    ids = service.post("/api/schedule-sms/bulk", bulk)["jobIds"]
    service.callbacks_within(PATIENCE_S, ids, count=20)

    api.put("queues/send-sms-queue/pause").raise_for_status()
    before = called_at_rest(service, "send-sms-queue", ids)
    service.clockwork.tick()
    after = called_at_rest(service, "send-sms-queue", ids)
    api.put("queues/send-sms-queue/resume").raise_for_status()
    called = service.callbacks_within(PATIENCE_S, ids, count=len(ids))

    assert len(before) == len(after) < len(ids)
    assert sorted(arrival.job_id for arrival in called) == sorted(ids)


def test_the_first_load_is_small_and_kept(page: Page):
    loaded: dict[str, tuple[int, str]] = {}

    def note(request: object) -> None:
        answer = request.response()
        kept = answer.headers.get("cache-control", "")
        loaded[request.url] = (request.sizes()["responseBodySize"], kept)

    page.on("requestfinished", note)
    page.goto(f"{BOARD}/queue/send-sms-queue?status=failed")
    page.wait_for_load_state("networkidle")

    assert sum(size for size, _ in loaded.values()) <= 400 * 1024
    hashed = [kept for url, (_, kept) in loaded.items() if re.search(r"\.[0-9a-f]{10}\.", url)]
    assert set(hashed) == {"public, max-age=31536000, immutable"}
    (kept_page,) = [kept for url, (_, kept) in loaded.items() if url.endswith("?status=failed")]
    assert kept_page == "no-store"
