"""A real Chromium, and pages whose every complaint fails the test."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    HttpCredentials,
    Page,
    Request,
    sync_playwright,
)

from infra.fetch_ui import MODULES
from infra.layer import BUILD

#: How long something on a page may take on a busy machine.
PATIENCE_S = 60.0
#: What `make run` sets where nobody says otherwise.
BOARD_USER: HttpCredentials = {"username": "admin", "password": "admin"}
SCREENSHOTS = BUILD / "screenshots"
#: Debian's name first; what CI installs.
_NAMES = ("chromium", "chromium-browser", "google-chrome")
#: What the browser itself says of a request that the API refuses with a reason.
_REFUSED = "(Bad Request)"
_ABSENT = "no Chromium is installed (Debian: apt-get install chromium): the pages were NOT tested"


def chromium_path() -> str:
    """The browser of this machine; where there is none, tests are skipped, and fail in CI."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None and os.environ.get("CI"):
        pytest.fail(_ABSENT)
    if found is None:
        pytest.skip(_ABSENT)
    return found


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A browser without a window."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Complaints:
    """What a page must not do: complain, fail, or ask others than its own origin."""

    origin: str
    found: list[str] = field(default_factory=list[str])

    def listen(self, page: Page) -> None:
        """Hear all of it from now on."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"error: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.endswith(_REFUSED):
            self.found.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in {"http", "https"} and f"{url.scheme}://{url.netloc}" != self.origin:
            self.found.append(f"request to others: {request.url}")


def photograph(page: Page, name: str) -> None:
    """Keep a picture of the page as build output."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def axe(page: Page) -> list[str]:
    """The serious and critical faults that axe-core finds in a page."""
    page.add_script_tag(path=MODULES / "axe-core" / "axe.min.js")
    found = page.evaluate("axe.run().then((run) => run.violations)")
    return [
        f"{each['id']}: {each['help']}: {node['html']}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]
