"""No connection leaves to an address inside, whatever a caller, a name or a receiver says.

The sockets of the process are watched: what counts is what was tried to be connected to.
"""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from chalicelib.adapters.httpx_callbacks import HttpxCallbacks
from chalicelib.errors import Misconfigured
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.outcome import Answer
from chalicelib.ports.delivery import Call
from chalicelib.settings import Settings
from tests.contract.raw_backend import raw_backend, reply, saying
from tests.contract.test_callbacks import calling
from tests.hostile.addresses import NAMES, OCTAL, PUBLIC, V4, V6
from tests.hostile.urls import REFUSED, SLASHES, SPELLINGS, TAKEN, USERS
from tests.integration.service import Service, forget, sqs_event
from tests.integration.test_scheduling import AN_SMS
from tests.integration.test_workspace_settings import put
from tests.network import Watch, watching
from tests.rig.builders import a_notice

V4_PUBLIC, V6_PUBLIC = PUBLIC
#: What look-ups find: of the hostile names an address inside, of the others one of the internet.
WORLD = {name: [[address]] for name, address in NAMES.items()} | {
    "good.example": [[V4_PUBLIC, V6_PUBLIC]],
    "a_b.good.example": [[V4_PUBLIC]],
    "evil.example": [["10.0.0.1"]],
    "localhost": [["127.0.0.1", "::1"]],
    "turning.example": [[V4_PUBLIC], ["127.0.0.1"]],
    "crowd.example": [["10.0.0.1", V4_PUBLIC, "127.0.0.1", "::1", "169.254.169.254", V6_PUBLIC]],
    "hidden.example": [["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "fd00:ec2::254"]],
}


def post_all(*urls: str, allow_private: bool = False) -> tuple[Watch, list[Answer]]:
    """Call each of them as the adapter does, one after the other."""

    async def story() -> list[Answer]:
        async with calling(allow_private=allow_private, timeout_s=2.0) as callbacks:
            return [await _post(callbacks, url) for url in urls]

    with watching(WORLD) as watch:
        return watch, asyncio.run(story())


async def _post(callbacks: HttpxCallbacks, url: str) -> Answer:
    return await callbacks.post(Call(url, {"Content-Type": "application/json"}, b"{}"))


def went_to(watch: Watch) -> set[str]:
    """The addresses that were connected to."""
    return {address for address, _ in watch.connections}


def test_the_corpus_is_large():
    assert len(set(REFUSED)) == len(REFUSED) >= 250
    assert len(NAMES) == len({*V4, *V6}) >= 80


@pytest.mark.parametrize("url", ["https://good.example/", f"https://{V4_PUBLIC}/"])
def test_a_host_of_the_internet_is_connected_to(url: str):
    watch, _ = post_all(url)

    assert V4_PUBLIC in went_to(watch) <= set(PUBLIC)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "[::1]", "169.254.169.254"])
def test_the_local_stage_connects_to_what_is_forbidden_elsewhere(address: str):
    watch, _ = post_all(f"http://{address}:9/", allow_private=True)

    assert watch.connections == [(address.strip("[]"), 9)]


def test_no_url_of_the_corpus_leads_inside():
    watch, answers = post_all(*REFUSED)

    assert went_to(watch) <= {*PUBLIC, OCTAL}
    assert all(answer.status is None and answer.error for answer in answers)


def test_no_name_leads_inside():
    watch, answers = post_all(*(f"https://{name}/" for name in NAMES))

    assert went_to(watch) == set()
    assert set(watch.lookups) == set(NAMES)
    assert all(answer.error for answer in answers)


def test_no_spelling_of_an_address_leads_inside():
    watch, _ = post_all(*(f"http://{host}:8080/" for host in SPELLINGS))

    assert went_to(watch) == {OCTAL}
    assert "0x7f.1" in watch.lookups


def test_of_many_addresses_only_those_of_the_internet_are_tried():
    watch, _ = post_all("https://crowd.example/", "https://hidden.example/")

    assert V4_PUBLIC in went_to(watch) <= set(PUBLIC)


def test_a_name_that_turns_inside_is_not_followed():
    watch, _ = post_all("https://turning.example/")
    with watching(WORLD | {"turning.example": [["127.0.0.1"]]}) as later:
        asyncio.run(_once("https://turning.example/"))

    assert went_to(watch) == {V4_PUBLIC}
    assert later.lookups == ["turning.example"]
    assert went_to(later) == set()


async def _once(url: str) -> None:
    async with calling(allow_private=False) as callbacks:
        await _post(callbacks, url)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
def test_no_redirect_is_followed(status: int):
    async def story() -> tuple[int, Answer]:
        async with raw_backend(saying(reply())) as inside:
            moved = reply(
                f"{status} Moved",
                location=f"{inside.url}/x",
                refresh=f"0; url={inside.url}",
                alt_svc=f'h2="{inside.url}"',
                link=f"<{inside.url}>; rel=preload",
                proxy=inside.url,
            )
            async with raw_backend(saying(moved)) as backend, calling() as callbacks:
                answer = await _post(callbacks, f"{backend.url}/x")
            return inside.connection_count, answer

    connection_count, answer = asyncio.run(story())

    assert connection_count == 0
    assert answer.status == status


@pytest.mark.parametrize("variable", ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY"])
def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, variable: str):
    monkeypatch.setenv(variable, "http://127.0.0.1:3128")
    watch, _ = post_all("https://good.example/", "http://good.example/")

    assert went_to(watch) <= set(PUBLIC)


@pytest.fixture
def deployed(service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    """The service where private addresses are nobody's."""
    monkeypatch.setenv("ALLOW_PRIVATE_CALLBACKS", "false")
    monkeypatch.setenv("SMS_API_URL", "https://hidden.example")
    forget()
    return service


def test_settings_take_no_url_that_leads_inside(deployed: Service):
    for url in REFUSED:
        answer = put(deployed, {"webhookUrl": url})

        assert answer.status_code == 400, ascii(url)
        if "\ud800" not in url:  # the body itself is refused
            assert answer.json_body["errors"][0]["path"] == "webhookUrl", ascii(url)


def test_settings_take_strange_urls_of_the_internet(deployed: Service):
    for url in TAKEN:
        assert put(deployed, {"webhookUrl": url}).status_code == 200, url
    watch, _ = post_all(*TAKEN)

    assert went_to(watch) <= {*PUBLIC, "::ffff:5db8:d70e", "64:ff9b::5db8:d70e"}


def test_the_deployment_takes_no_failure_webhook_that_leads_inside():
    for url in REFUSED:
        if url != url.strip() or not url:
            continue  # an empty setting is none, and white space around one is no part of it
        with pytest.raises(Misconfigured, match=r"^FAILURE_WEBHOOK_URL must"):
            _ = Settings({"FAILURE_WEBHOOK_URL": url}).failure_webhook_url


#: What a base may not have, though a webhook may: an endpoint would become a part of it.
NO_BASES = [
    *("https://good.example?", "https://good.example/?x=", "https://good.example/a/../b"),
    *(
        "https://good.example//a",
        "https://good.example/%2e%2e",
        "https://good.example/@evil.example",
    ),
]


@pytest.mark.parametrize("variable", ["SMS_API_URL", "EMAIL_API_URL", "JOBS_API_URL"])
@pytest.mark.parametrize("url", [*NO_BASES, *USERS, *SLASHES])
def test_the_deployment_takes_no_base_that_endpoints_could_leave(variable: str, url: str):
    channel = {"SMS": Channel.SMS, "EMAIL": Channel.EMAIL}.get(variable[:-8], Channel.GENERAL)
    with pytest.raises(Misconfigured, match=rf"^{variable} (must|is not set)"):
        Settings({variable: url}).base_url(channel)


@pytest.mark.parametrize("name", ["hidden.example", next(iter(NAMES)), "turned.example"])
def test_a_webhook_whose_name_leads_inside_is_never_called(deployed: Service, name: str):
    assert put(deployed, {"webhookUrl": f"https://{name}/hook"}).status_code == 200
    now = datetime.now(UTC)
    notice = a_notice(happened_at=now, not_before=now).to_json()
    with watching(WORLD | {"turned.example": [["169.254.169.254"]]}) as watch:
        deployed.invoke("post_notice", sqs_event([{"MessageId": "m", "Body": notice}]))

    assert watch.lookups == [name]
    assert watch.connections == []


def test_a_backend_whose_name_leads_inside_is_never_called(deployed: Service):
    job_id = deployed.post("/api/schedule-sms", AN_SMS | {"delay": 0}).json_body["jobId"]
    with watching(WORLD) as watch:
        deployed.work(Queue.SEND_SMS)

    assert watch.lookups == ["hidden.example"]
    assert watch.connections == []
    assert "hidden.example" in json.dumps(deployed.get(f"/api/job-status/{job_id}").json_body)
