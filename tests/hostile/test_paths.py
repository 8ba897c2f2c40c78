"""A callback endpoint never leads off the configured host, nor out of the path under it."""

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

import pytest
from chalice.test import HTTPResponse

from chalicelib.errors import Misconfigured
from chalicelib.model.channel import Channel, Queue
from chalicelib.settings import Settings
from tests.hostile.paths import REFUSED, TAKEN
from tests.integration.backend import Received
from tests.integration.board import SMS, call
from tests.integration.service import Service, forget
from tests.integration.test_scheduling import AN_SMS
from tests.network import watching

BASE = "/base/v1"
NOW = {"delay": 0}

Way = Callable[[Service, str], HTTPResponse]


def by_metadata(service: Service, endpoint: str) -> HTTPResponse:
    body = AN_SMS | NOW | {"metadata": {"callbackEndpoint": endpoint}}
    return service.post("/api/schedule-sms", body)


def by_field(service: Service, endpoint: str) -> HTTPResponse:
    body = {"workspaceId": "w1", "data": 1, "callbackEndpoint": endpoint}
    return service.post("/api/jobs", body)


def by_bulk_defaults(service: Service, endpoint: str) -> HTTPResponse:
    defaults = AN_SMS | NOW | {"metadata": {"callbackEndpoint": endpoint}}
    body = {"workspaceId": "w1", "defaults": defaults, "messages": [{}]}
    return service.post("/api/schedule-sms/bulk", body)


def by_the_board(service: Service, endpoint: str) -> HTTPResponse:
    data = AN_SMS | NOW | {"metadata": {"callbackEndpoint": endpoint}}
    return call(service, "POST", f"/api/queues/{SMS}/add", {"name": "x", "data": data})


def test_the_corpus_is_large():
    assert len(set(REFUSED)) == len(REFUSED) >= 200
    assert not set(REFUSED) & set(TAKEN)


@pytest.mark.parametrize("way", [by_metadata, by_field, by_bulk_defaults, by_the_board])
def test_an_endpoint_that_could_lead_elsewhere_is_refused(service: Service, way: Way):
    for endpoint in REFUSED:
        answer = way(service, endpoint)

        assert answer.status_code == 400, ascii(endpoint)
        if "\ud800" not in endpoint:  # the body itself is refused
            assert "must" in answer.body.decode(), ascii(endpoint)
    assert service.items() == []


@pytest.mark.parametrize("variable", ["SMS_CALLBACK_ENDPOINT", "EMAIL_CALLBACK_ENDPOINT"])
def test_a_setting_that_could_lead_elsewhere_is_refused(variable: str):
    channel = Channel.SMS if variable.startswith("SMS") else Channel.EMAIL
    for endpoint in REFUSED:
        if endpoint != endpoint.strip() or not endpoint:
            continue  # an empty setting is none, and white space around one is no part of it
        with pytest.raises(Misconfigured, match=f"^{variable} must"):
            Settings({variable: endpoint}).callback_endpoint(channel)


def under_a_base(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the backend's callbacks have a path of their own."""
    monkeypatch.setenv("SMS_API_URL", service.backend.url + BASE)
    monkeypatch.setenv("JOBS_API_URL", service.backend.url + BASE)
    forget()


def is_below_the_base(received: Received) -> bool:
    """Whether the request stays where it was sent, however the backend reads its path."""
    path = received.path.partition("?")[0]
    decoded = unquote(unquote(path)).replace("\\", "/")
    dots = {segment.partition(";")[0] for segment in decoded.split("/")} & {".", ".."}
    return path.startswith(f"{BASE}/") and "//" not in decoded and not dots


def plain(path: str) -> str:
    """A path and query without percent-encodings: the HTTP client leaves out needless ones."""
    return unquote(path.removesuffix("?"))


@pytest.mark.parametrize(
    ("way", "queue"), [(by_metadata, Queue.SEND_SMS), (by_field, Queue.MY_QUEUE)]
)
def test_an_endpoint_that_is_taken_reaches_the_backend_below_its_base(
    service: Service, monkeypatch: pytest.MonkeyPatch, way: Way, queue: Queue
):
    under_a_base(service, monkeypatch)
    host = urlsplit(service.backend.url).netloc
    for endpoint in TAKEN:
        assert way(service, endpoint).status_code == 200, endpoint
    with watching() as watch:
        for _ in range(len(TAKEN)):
            service.work(queue)

    received = service.backend.received
    assert {plain(each.path) for each in received} == {plain(BASE + each) for each in TAKEN}
    assert {each.headers["host"] for each in received} == {host}
    assert all(map(is_below_the_base, received))
    assert {f"{address}:{port}" for address, port in watch.connections} == {host}


def test_a_path_that_leaves_the_base_would_be_noticed():
    hostile = [f"{BASE}/../x", f"{BASE}/%2e%2e/x", "/elsewhere", f"{BASE}//evil.example"]

    assert not any(is_below_the_base(Received(path, {}, {}, b"")) for path in hostile)
