"""Markup in a job's values is seen as text in a real browser, and makes nothing of the page.

The browser talks to the app in this process: its requests are answered by Chalice's test client.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from chalicelib.model.channel import Queue
from tests.acceptance.browser import running_browser
from tests.hostile.texts import MARKUP
from tests.integration.board import MOUNT, basic, keep_and_count
from tests.integration.operators import a_failed_job, keep
from tests.integration.service import Service, a_token
from tests.rig.builders import a_payload

ORIGIN = "http://queue.example"
#: What the markup would make of the page, whether or not a policy lets it run.
MADE = "img[src=x], iframe[srcdoc], svg[onload], a[href^=javascript], script:not([src]):not([type])"


def answered(service: Service, route: Route) -> None:
    """Let the app answer a request of the page."""
    asked = route.request
    url = urlsplit(asked.url)
    path = url.path + (f"?{url.query}" if url.query else "")
    headers = asked.headers | ({"authorization": basic()} if path.startswith(MOUNT) else {})
    answer = service.client.http.request(
        asked.method, path, headers=headers, body=asked.post_data_buffer or b""
    )
    route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.body)


@contextmanager
def looking_at(service: Service, path: str) -> Iterator[Page]:
    """A page of the service."""
    with running_browser() as browser:
        page = browser.new_page()
        page.route("**/*", lambda route: answered(service, route))
        page.goto(ORIGIN + path)
        yield page


def failed_in_markup() -> None:
    """A failed SMS for each piece of markup, which stands wherever a caller's words may."""
    for text in MARKUP:
        job = replace(a_failed_job(queue=Queue.SEND_SMS), last_error=text)
        attempt = replace(job.history[-1], error=text, answer=text)
        job = job.with_history((attempt,))
        payload = a_payload(message=text, metadata={text: text, "name": text})
        keep_and_count(job)
        keep(job, payload=payload)  # the same again, with its payload


def is_untouched(page: Page) -> bool:
    """Whether no script ran, and no element came to be."""
    return page.evaluate("window.evil") is None and page.locator(MADE).count() == 0


def test_the_operators_page_shows_markup_as_text(service: Service):
    failed_in_markup()
    with looking_at(service, "/ops") as page:
        page.get_by_label("Token").fill(a_token(role="support"))
        page.get_by_label("Workspace").fill("w1")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Search").click()
        details = page.get_by_role("button", name=re.compile("Detail of"))
        expect(details).to_have_count(len(MARKUP))
        for i in range(len(MARKUP)):
            details.nth(i).click()
            expect(page.locator("#detail")).to_be_visible()
            expect(page.locator("#detail-payload")).to_contain_text("recipientContact")

            assert is_untouched(page)
            page.keyboard.press("Escape")
            expect(page.locator("#detail")).to_be_hidden()
        assert MARKUP[0] in page.locator("body").inner_text()


def test_the_board_shows_markup_as_text(service: Service):
    failed_in_markup()
    with looking_at(service, f"{MOUNT}/queue/send-sms-queue?status=failed") as page:
        expect(page.get_by_text(MARKUP[0]).first).to_be_visible()

        assert is_untouched(page)


@pytest.mark.parametrize("text", MARKUP[:2])
def test_a_form_shows_markup_as_text(service: Service, text: str):
    with looking_at(service, "/test-sms") as page:
        page.get_by_label("Token").fill(a_token())
        page.get_by_label("Workspace id").fill("w1")
        page.get_by_label("Message").fill(text)
        page.get_by_text("More", exact=True).click()
        page.get_by_label("Callback path").fill(text)
        page.get_by_role("button", name="Schedule").click()
        expect(page.locator("#answer")).to_contain_text("callbackEndpoint")

        assert is_untouched(page)


def test_markup_that_came_to_life_would_be_seen(service: Service):
    with looking_at(service, "/test-sms") as page:
        page.evaluate("(text) => document.body.insertAdjacentHTML('beforeend', text)", MARKUP[1])

        assert not is_untouched(page)
