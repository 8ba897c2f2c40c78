"""Which pages of other origins may read the answers."""

import pytest

from chalicelib.settings import settings
from tests.integration.service import Service, a_token

CRM = "https://crm.example.com"
STATS = "/api/businesses/w1/communication-queue/stats"


@pytest.fixture
def open_to_crm(service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setenv("CORS_ORIGINS", f"{CRM}, https://other.example.com")
    settings.cache_clear()
    return service


def headers_of(
    service: Service, method: str, origin: str | None, *, token: str = ""
) -> dict[str, str]:
    sent = {"Authorization": f"Bearer {token or a_token(role='admin')}"}
    if origin is not None:
        sent["Origin"] = origin
    return dict(service.client.http.request(method, STATS, headers=sent).headers)


def test_a_page_of_an_allowed_origin_may_read_an_answer(open_to_crm: Service):
    headers = headers_of(open_to_crm, "GET", origin=CRM)

    assert headers["Access-Control-Allow-Origin"] == CRM
    assert headers["Vary"] == "Origin"
    assert "X-Request-Id" in headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in headers


def test_a_page_of_an_allowed_origin_may_read_a_refusal(open_to_crm: Service):
    headers = headers_of(open_to_crm, "GET", origin=CRM, token="no token")

    assert headers["Access-Control-Allow-Origin"] == CRM


@pytest.mark.parametrize("origin", ["https://evil.example", f"{CRM}.evil.example", "null", None])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_no_other_page_may(open_to_crm: Service, method: str, origin: str | None):
    headers = headers_of(open_to_crm, method, origin=origin)

    assert "Access-Control-Allow-Origin" not in headers
    assert headers["Vary"] == "Origin"


def test_a_preflight_says_what_may_be_sent(open_to_crm: Service):
    headers = headers_of(open_to_crm, "OPTIONS", origin=CRM)

    assert headers["Access-Control-Allow-Origin"] == CRM
    assert {"GET", "PUT", "DELETE"} <= set(headers["Access-Control-Allow-Methods"].split(", "))
    assert "Authorization" in headers["Access-Control-Allow-Headers"]
    assert int(headers["Access-Control-Max-Age"]) > 0


def test_without_the_setting_no_page_may(service: Service):
    assert not [
        name for name in headers_of(service, "GET", origin=CRM) if name.startswith("Access")
    ]


def test_a_star_lets_every_page_read(service: Service, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CORS_ORIGINS", "*")
    settings.cache_clear()

    headers = headers_of(service, "GET", origin="https://anything.example")

    assert headers["Access-Control-Allow-Origin"] == "*"
