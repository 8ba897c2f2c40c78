"""The operations page in a browser: what a workspace's people see, and what they do there."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.browser import PATIENCE_S, axe, photograph
from tests.rig.client import mint_token
from tests.rig.cloud.service import Service, waited_for
from tests.rig.sink.answers import Answers

ERROR = "The backend answered 400"


def sign_in(page: Page, token: str, workspace_id: str) -> None:
    page.goto("/ops")
    page.get_by_label("Token").fill(token)
    page.get_by_label("Workspace").fill(workspace_id)
    page.get_by_role("button", name="Sign in").click()


def signed_in(page: Page, service: Service, workspace_id: str) -> None:
    sign_in(page, service.cloud.token, workspace_id)
    expect(page.locator("#updated")).to_contain_text("updated")


def role_token(service: Service, role: str, *workspaces: str) -> str:
    return mint_token(service.cloud._environment["JWT_SECRET"], role=role, workspaces=workspaces)


def scheduled(service: Service, workspace_id: str, *, count: int = 1, **more: object) -> list[str]:
    body = {"phoneNumber": "+12025550123", "message": "hi", "contactId": "c1", **more}
    bulk = {"workspaceId": workspace_id, "defaults": body, "messages": [{}] * count}
    return service.post("/api/schedule-sms/bulk", bulk)["jobIds"]


def counted(service: Service, workspace_id: str, **wanted: int) -> None:
    """Wait until the workspace's figures are these."""
    assert service.figures(workspace_id, **wanted) == wanted


def failed(service: Service, workspace_id: str, *, count: int, **more: object) -> list[str]:
    service.sink.answer_with(Answers(status=400))
    ids = scheduled(service, workspace_id, count=count, **more)
    counted(service, workspace_id, failed=count)
    service.sink.answer_with(Answers())
    return ids


def card(page: Page, name: str) -> str:
    """The figure of a card."""
    return page.locator("#cards div", has=page.get_by_text(name, exact=True)).inner_text()


def test_a_healthy_workspace_is_shown_with_its_charts(page: Page, service: Service):
    scheduled(service, "w-ops-well", count=3)
    counted(service, "w-ops-well", completed=3)

    signed_in(page, service, "w-ops-well")

    expect(page.locator("#alerts")).to_have_text("All is well.")
    assert "3" in card(page, "Completed")
    expect(page.locator(".plot canvas")).to_have_count(4)
    page.get_by_text("Throughput as a table").click()
    expect(page.get_by_role("region", name="Throughput")).to_contain_text("3")
    for name in ("Day", "Week"):
        page.get_by_role("button", name=name, exact=True).click()
        pressed = page.get_by_role("button", name=name, exact=True, pressed=True)
        expect(pressed).to_be_visible()
        expect(page.locator(".plot canvas")).to_have_count(4)
    photograph(page, "ops")


def test_what_is_unwell_is_said_in_words(page: Page, service: Service):
    failed(service, "w-ops-unwell", count=10)
    scheduled(service, "w-ops-unwell", count=100, delay=3_600_000)
    counted(service, "w-ops-unwell", pending=100)

    signed_in(page, service, "w-ops-unwell")

    expect(page.locator("#alerts li")).to_have_text(
        [
            re.compile("100 jobs are pending"),
            re.compile("10 jobs have failed"),
            re.compile("fail: 5"),
        ]
    )
    photograph(page, "ops-alerts")


def test_a_webhook_that_is_disabled_is_said_in_words(page: Page, service: Service):
    path = "/api/workspaces/w-ops-hook/settings"
    service.sink.answer_with(Answers(status=410))
    service.http.put(path, json={"webhookUrl": f"{service.sink.url}/hook"}).raise_for_status()
    scheduled(service, "w-ops-hook")

    def state() -> str:
        return service.http.get(path).json()["webhook"]["state"]

    assert waited_for(state, lambda seen: seen == "disabled", PATIENCE_S) == "disabled"
    signed_in(page, service, "w-ops-hook")
    expect(page.locator("#alerts")).to_contain_text("The webhook is disabled since")
    photograph(page, "ops-webhook")
    service.http.put(path, json=service.http.get(path).json()).raise_for_status()
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("#alerts")).not_to_contain_text("The webhook")


def test_all_failed_jobs_of_an_error_are_counted_and_then_retried(page: Page, service: Service):
    failed(service, "w-ops-retry", count=12)

    signed_in(page, service, "w-ops-retry")
    group = page.get_by_text(f"12 × {ERROR}")
    group.click()
    page.get_by_role("button", name="Retry all with this error").click()
    expect(page.get_by_role("dialog")).to_contain_text("12 failed jobs match")
    page.get_by_role("button", name="Yes").click()

    expect(page.locator("#said")).to_have_text("12 jobs are queued for retry.")
    counted(service, "w-ops-retry", completed=12, failed=0)
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("#failed-about")).to_have_text("No job has failed.")


def test_who_says_no_changes_nothing(page: Page, service: Service):
    failed(service, "w-ops-no", count=2)

    signed_in(page, service, "w-ops-no")
    page.get_by_role("button", name="Retry all failed").click()
    page.get_by_role("button", name="No", exact=True).click()

    counted(service, "w-ops-no", failed=2)


def test_one_job_is_retried_by_keyboard_alone(page: Page, service: Service):
    (job_id,) = failed(service, "w-ops-keys", count=1)
    signed_in(page, service, "w-ops-keys")
    page.locator("#groups summary").focus()
    page.keyboard.press("Enter")
    label = f"Retry {job_id}"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == label:
            break
    page.keyboard.press("Enter")

    counted(service, "w-ops-keys", completed=1)


def test_a_job_is_shown_in_detail_and_cancelled(page: Page, service: Service):
    (job_id,) = scheduled(service, "w-ops-cancel", delay=3_600_000)

    signed_in(page, service, "w-ops-cancel")
    page.get_by_label("Job id").fill(job_id)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name=f"Detail of {job_id}").click()
    expect(page.locator("#detail-payload")).to_contain_text("+12025550123")
    photograph(page, "ops-detail")
    page.locator("#detail").get_by_role("button", name=f"Cancel {job_id}").click()
    page.get_by_role("button", name="Yes").click()

    counted(service, "w-ops-cancel", cancelled=1)
    expect(page.locator("#found")).to_contain_text("cancelled")


@pytest.mark.parametrize(
    ("field", "text"), [("Contact id", "c-wanted"), ("Communication id", "comm-wanted")]
)
def test_jobs_are_found(page: Page, service: Service, field: str, text: str):
    workspace_id = f"w-ops-{text}"
    scheduled(service, workspace_id, count=2, delay=3_600_000)
    wanted = scheduled(
        service,
        workspace_id,
        delay=3_600_000,
        contactId="c-wanted",
        communicationId="comm-wanted",
    )

    signed_in(page, service, workspace_id)
    page.get_by_label(field).fill(text)
    page.get_by_label("Status").select_option("pending")
    page.get_by_role("button", name="Search").click()

    expect(page.locator("#found-about")).to_have_text("1 jobs found.")
    expect(page.locator("#found tbody tr")).to_contain_text(wanted)


def test_more_is_found_by_the_cursor(page: Page, service: Service):
    scheduled(service, "w-ops-more", count=60, delay=3_600_000)

    signed_in(page, service, "w-ops-more")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#found tbody tr")).to_have_count(50)
    page.get_by_role("button", name="More").click()

    expect(page.locator("#found tbody tr")).to_have_count(60)


def test_failed_jobs_are_downloaded_as_csv(page: Page, service: Service):
    (job_id,) = failed(service, "w-ops-csv", count=1)

    signed_in(page, service, "w-ops-csv")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()

    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert download.value.suggested_filename == "failed-w-ops-csv.csv"
    assert job_id in text


@pytest.mark.parametrize(
    ("role", "retries", "cancels"),
    [("admin", True, True), ("manager", True, True), ("support", True, False)],
)
def test_the_role_decides_what_is_shown(
    page: Page, service: Service, role: str, *, retries: bool, cancels: bool
):
    workspace_id = f"w-ops-{role}"
    failed(service, workspace_id, count=1)
    (pending,) = scheduled(service, workspace_id, delay=3_600_000)
    sign_in(page, role_token(service, role, workspace_id), workspace_id)
    expect(page.locator("#updated")).to_contain_text("updated")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("button", name=f"Detail of {pending}")).to_be_visible()

    assert page.get_by_role("button", name="Retry all failed").is_visible() is retries
    assert page.get_by_role("button", name=f"Cancel {pending}").is_visible() is cancels
    assert page.get_by_role("button", name="Process now").is_visible() is (role == "admin")


@pytest.mark.parametrize(
    ("token", "says"),
    [
        (lambda service: role_token(service, "user", "w-ops-out"), "may not see the page"),
        (lambda service: role_token(service, "admin", "elsewhere"), "no business with this id"),
        (lambda _: "nonsense", "Signed out"),
    ],
    ids=["user", "foreign", "nonsense"],
)
def test_who_may_not_see_it_is_told_why(
    browser: Browser, service: Service, token: object, says: str
):
    context = browser.new_context(base_url=service.cloud.url)
    page = context.new_page()
    sign_in(page, token(service), "w-ops-out")

    expect(page.get_by_role("alert")).to_contain_text(says)
    expect(page.locator("#desk")).to_be_hidden()
    context.close()


def test_a_token_offers_its_workspaces(page: Page, service: Service):
    page.goto("/ops")
    page.get_by_label("Token").fill(role_token(service, "support", "w-first", "w-second"))

    expect(page.get_by_label("Workspace")).to_have_value("w-first")


def test_data_of_others_is_text_and_nothing_else(page: Page, service: Service):
    script = "<img src=x onerror=alert(1)>"
    scheduled(service, "w-ops-text", delay=3_600_000, message=script)

    signed_in(page, service, "w-ops-text")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name=re.compile("Detail of")).click()

    expect(page.locator("#detail-payload")).to_contain_text(script)


def test_a_hidden_tab_asks_for_nothing(page: Page, service: Service):
    hidden = "Object.defineProperty(document, 'hidden', {get: () => %s, configurable: true})"
    page.clock.install()
    signed_in(page, service, "w-ops-hidden")
    page.wait_for_load_state("networkidle")
    page.evaluate(hidden % "true")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for("01:00:00")
    while_hidden = list(asked)
    page.evaluate(hidden % "false")
    with page.expect_request("**/stats"):
        page.clock.run_for("01:00")

    assert while_hidden == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [380, 1280])
def test_everybody_can_read_it(browser: Browser, service: Service, scheme: str, width: int):
    workspace_id = f"w-ops-axe-{scheme}-{width}"
    failed(service, workspace_id, count=2)
    context = browser.new_context(
        base_url=service.cloud.url,
        bypass_csp=True,  # for the inspector's script alone
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
    )
    page = context.new_page()
    page.goto("/ops")
    faults = axe(page)
    signed_in(page, service, workspace_id)
    page.locator("#groups summary").click()
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#found tbody tr")).to_have_count(2)
    faults += axe(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    photograph(page, f"ops-{scheme}-{width}")
    page.get_by_role("button", name=re.compile("Detail of")).first.click()
    faults += axe(page)
    context.close()

    assert faults == []
    assert wide <= width
