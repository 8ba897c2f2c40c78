"""The test forms in a browser: a message is sent for real, and followed to its end."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.browser import axe, photograph
from tests.rig.cloud.service import Service
from tests.rig.sink.answers import Answers

PATHS = ["/test-sms", "/test-email"]


def sign(page: Page, service: Service) -> None:
    page.get_by_label("Token").fill(service.cloud.token)


@pytest.mark.parametrize("path", PATHS)
def test_a_message_is_followed_until_it_is_completed(page: Page, service: Service, path: str):
    page.goto(path)
    sign(page, service)
    page.get_by_label("Workspace id").fill("w-form-done")
    page.get_by_role("button", name="Schedule").click()

    expect(page.locator("#status")).to_have_text("COMPLETED")
    expect(page.locator("#answer")).to_contain_text('"jobId"')
    expect(page.locator("#attempts tr")).to_have_count(1)
    photograph(page, f"form{path.replace('/', '-')}")


def test_a_message_is_followed_until_it_has_failed(page: Page, service: Service):
    service.sink.answer_with(Answers(status=400))
    page.goto("/test-sms")
    sign(page, service)
    page.get_by_label("Workspace id").fill("w-form-failed")
    page.get_by_label("Delay").fill("1500")
    page.get_by_role("button", name="Schedule").click()

    expect(page.locator("#status")).to_have_text("SCHEDULED")
    expect(page.locator("#status")).to_have_text("FAILED")
    expect(page.locator("#attempts")).to_contain_text("400")


def test_everything_behind_more_is_sent(page: Page, service: Service):
    page.goto("/test-sms")
    sign(page, service)
    page.get_by_label("Workspace id").fill("w-form-more")
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Priority").select_option("high")
    page.get_by_label("Attempts at most").fill("7")
    page.get_by_label("Communication id").fill("comm-7")
    page.get_by_label("Callback path").fill("/elsewhere")
    page.get_by_label("Metadata").fill('{"source": "form"}')
    page.get_by_role("button", name="Schedule").click()
    expect(page.locator("#status")).to_have_text("COMPLETED")

    queue = "/api/businesses/w-form-more/communication-queue/by-communication/comm-7"
    (job,) = service.http.get(queue).json()
    (arrival,) = service.callbacks([job["id"]])
    assert (job["priority"], job["maxAttempts"]) == ("high", 7)
    assert job["metadata"] == {"source": "form", "callbackEndpoint": "/elsewhere"}
    assert arrival.job_id == job["id"]


def test_what_is_wrong_stands_at_its_field(page: Page, service: Service):
    page.goto("/test-sms")
    sign(page, service)
    page.get_by_label("Phone number").fill("12")
    page.get_by_role("button", name="Schedule").click()

    expect(page.locator("#phoneNumber-fault")).to_contain_text("E.164")
    expect(page.get_by_label("Phone number")).to_be_focused()
    expect(page.locator("#answer")).to_contain_text("invalid_request")


def test_what_cannot_be_read_is_not_sent(page: Page):
    page.goto("/test-email")
    page.get_by_label("Delay").fill("soon")
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Metadata").fill("[1]")
    page.get_by_role("button", name="Schedule").click()

    expect(page.locator("#delay-fault")).to_have_text("must be a whole number")
    expect(page.locator("#metadata-fault")).to_have_text("must be a JSON object")
    expect(page.locator("#answer")).to_have_text("Nothing was sent yet.")


def test_the_form_works_by_keyboard_alone(page: Page, service: Service):
    page.goto("/test-sms")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.id") != "token":
        page.keyboard.press("Tab")
    page.keyboard.type(service.cloud.token)
    page.keyboard.press("Enter")

    expect(page.locator("#status")).to_have_text("COMPLETED")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_everybody_can_read_it_also_on_a_phone(
    browser: Browser, service: Service, path: str, scheme: str
):
    context = browser.new_context(
        base_url=service.cloud.url,
        bypass_csp=True,  # for the inspector's script alone
        color_scheme=scheme,
        viewport={"width": 380, "height": 800},
    )
    page = context.new_page()
    page.goto(path)
    page.get_by_text("More", exact=True).click()

    faults = axe(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    photograph(page, f"form{path.replace('/', '-')}-{scheme}-380")
    context.close()

    assert faults == []
    assert wide <= 380
