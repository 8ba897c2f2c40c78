"""Who may look at the board, from which pages, and what its files are served as."""

import json
import zipfile

import pytest

from chalicelib.web.board_page import _ARCHIVE
from tests.integration.board import MOUNT, basic, call, put
from tests.integration.service import Service, forget

PATHS = ["", "/queue/send-sms-queue", "/static/images/logo.svg", "/api/queues"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "authorization",
    ["", "Basic", "Basic !", "Basic b3BlcmF0b3I=", basic("operator", "wrong"), basic("x", "y")],
)
def test_without_the_right_password_there_is_only_the_question_for_it(
    service: Service, path: str, authorization: str
):
    answer = call(service, "GET", path, Authorization=authorization)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Basic realm="Queues"')
    assert not path.startswith("/api") or answer.json_body["error"]


@pytest.mark.parametrize("missing", ["BULL_BOARD_USERNAME", "BULL_BOARD_PASSWORD"])
def test_a_board_without_credentials_is_closed(
    service: Service, monkeypatch: pytest.MonkeyPatch, missing: str
):
    monkeypatch.setenv(missing, "")
    forget()

    answer = call(service, "GET", "")

    assert answer.status_code == 403
    assert missing in answer.body.decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "null"},
        {"Origin": "https://board.example", "X_Forwarded_Host": "evil.example"},
    ],
)
def test_another_sites_page_changes_nothing(service: Service, headers: dict[str, str]):
    answer = put(service, "send-sms-queue/pause", **headers)

    assert answer.status_code == 403
    assert answer.json_body["error"]
    paused = call(service, "GET", "/api/queues").json_body["queues"]
    assert not any(queue["isPaused"] for queue in paused)


def test_the_boards_own_page_may(service: Service):
    headers = {"Origin": "https://board.example", "Sec_Fetch_Site": "same-origin"}

    assert put(service, "my-queue/pause", Host="board.example", **headers).status_code == 200


@pytest.mark.parametrize(
    "path", ["", "/metrics-history", "/job-schedulers", "/queue/my-queue", "/queue/my-queue/job-1"]
)
def test_the_page_is_rendered_for_every_address_of_it(service: Service, path: str):
    answer = call(service, "GET", path)
    text = answer.body.decode()

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert "<%" not in text
    assert "https://" not in text
    assert f'<base href="{MOUNT}/"' in text
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    config = text.partition('type="application/json">')[2].partition("</script>")[0]
    assert json.loads(config)["hideRedisDetails"] is True


def test_a_proxy_that_hides_the_stage_says_what_the_browser_sees(service: Service):
    text = call(service, "GET", "", X_Forwarded_Prefix='/tools/"x').body.decode()

    assert '<base href="/tools/&quot;x/admin/queues/"' in text


def test_hashed_files_are_kept_for_ever(service: Service):
    names = [
        name for name in zipfile.ZipFile(_ARCHIVE).namelist() if name.endswith((".js", ".css"))
    ]

    for name in names:
        answer = call(service, "GET", f"/{name}")
        assert answer.status_code == 200, name
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert len(names) > 40


def test_other_files_are_asked_for_again(service: Service):
    answer = call(service, "GET", "/static/locales/en-US/messages.json")

    assert answer.headers["Content-Type"].startswith("application/json")
    assert "immutable" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/static/nope.js",
        "/static/favicon.ico",
        "/static/../index.ejs",
        "/static/..%2Findex.ejs",
        "/static/js/%2e%2e/%2e%2e/x.js",
        "/api/nope",
    ],
)
def test_there_is_nothing_else(service: Service, path: str):
    assert call(service, "GET", path).status_code in {403, 404}


def test_without_its_files_the_page_says_how_to_get_them(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    from chalicelib.web import board_page  # noqa: PLC0415 - only here is it looked into

    monkeypatch.setattr(board_page, "_ARCHIVE", _ARCHIVE.with_name("absent.zip"))
    board_page._archive.cache_clear()
    answer = call(service, "GET", "")
    board_page._archive.cache_clear()

    assert answer.status_code == 503
    assert "make ui" in answer.body.decode()
