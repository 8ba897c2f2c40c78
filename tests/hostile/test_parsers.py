"""Whatever a parser is given, it answers a valid value or its own error, and nothing else."""

import base64
import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import TypeVar

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from yarl import URL

from chalicelib.adapters.dynamodb_stream import read_stream
from chalicelib.adapters.pyjwt_tokens import PyJwtTokens
from chalicelib.errors import InvalidRequest, Misconfigured, Unauthenticated
from chalicelib.model import endpoint, webhook
from chalicelib.model.address import is_forbidden
from chalicelib.model.channel import Channel
from chalicelib.model.cursor import is_place, seal_place, unseal_place
from chalicelib.model.due import FURTHEST
from chalicelib.model.envelope import Envelope
from chalicelib.model.identity import is_id
from chalicelib.model.job import Job
from chalicelib.model.listing import Cursor, Query
from chalicelib.model.notice import Notice
from chalicelib.model.outcome import LONGEST_RETRY_AFTER_S, retry_after_s
from chalicelib.model.signing import secrets_of
from chalicelib.model.status import Status
from chalicelib.model.trace import Trace, trace_in
from chalicelib.model.workspace import WorkspaceSettings
from chalicelib.settings import Settings
from chalicelib.web.bulk_request import BulkRequest
from chalicelib.web.drafts import Drafting
from chalicelib.web.faults import validated
from chalicelib.web.query_params import Params
from chalicelib.web.workspace_body import SettingsBody
from tests.hostile.mutations import odd, spoilt_objects, spoilt_texts
from tests.hostile.paths import REFUSED as PATHS
from tests.hostile.tokens import GOOD
from tests.hostile.urls import REFUSED as URLS
from tests.integration.service import Json
from tests.integration.test_scheduling import A_JOB, AN_EMAIL, AN_SMS
from tests.rig.builders import NOON, a_claimed_job, a_notice, an_envelope
from tests.rig.stream_records import a_record

T = TypeVar("T")

#: The same examples each time: what is found once is a case of its own in the corpora.
fuzzed = settings(max_examples=200, derandomize=True)
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
WHSEC = "whsec_" + base64.b64encode(bytes(range(32))).decode()
PLACE = "2026-12-01T12:00:00.000Z#job-1"
QUERY = Query("w1", (Status.FAILED,))
SETTINGS = {
    "timezone": "America/New_York",
    "webhookUrl": "https://good.example/hook",
    "webhookEvents": ["failed", "completed"],
    "limits": {"sms": {"perSecond": 10}, "email": {"perSecond": 20}},
}
WHEN = {"sendAt": "2031-12-02T09:00:00+11:00", "timezone": "Europe/Berlin"}
ON_DAY = {"dayNumber": 2, "sendTime": "09:30:00", "timezone": "Australia/Lord_Howe"}
FILTER = {"filter": {"channel": "sms", "from": "2026-01-01", "error": "x"}, "dryRun": True}


def read(parse: Callable[[], T], refusal: type[Exception]) -> T | None:
    """What is read, None where it is refused; any other error fails the test."""
    try:
        return parse()
    except refusal:
        return None


@fuzzed
@given(spoilt_texts(an_envelope().to_json(), "{}"))
def test_an_envelope(text: str):
    envelope = read(lambda: Envelope.from_json(text), ValueError)

    if envelope is not None:
        assert Envelope.from_json(envelope.to_json()) == envelope
        assert is_id(envelope.job_id)
        assert envelope.due_at.utcoffset() == timedelta(0)


@fuzzed
@given(spoilt_objects(json.loads(a_notice().to_json())))
def test_a_notice(said: dict[str, object]):
    notice = read(lambda: Notice.from_json(json.dumps(said)), ValueError)

    if notice is not None:
        assert Notice.from_json(notice.to_json()) == notice
        assert notice.happened_at.utcoffset() == notice.not_before.utcoffset() == timedelta(0)


@fuzzed
@given(spoilt_objects(a_record(a_claimed_job(), a_claimed_job())))
def test_a_stream_record(record: dict[str, object]):
    changes, poison = read_stream([record], now=NOON)

    assert len(changes) + len(poison) == 1
    for each in changes:
        jobs = [job for job in (each.before, each.after) if job is not None]
        assert all(job.due_at.utcoffset() == timedelta(0) for job in jobs if isinstance(job, Job))
    for each in poison:
        assert each.record.encode()
        assert each.reason.encode()


@fuzzed
@given(spoilt_texts(seal_place("b", PLACE), Cursor(Status.FAILED, PLACE).to_text(QUERY)))
@example(base64.urlsafe_b64encode(b"[" * 370).decode())
def test_a_cursor(text: str):
    where = read(lambda: unseal_place("b", text), ValueError)
    cursor = read(lambda: Cursor.from_text(text, QUERY), ValueError)

    assert where is None or is_place(where)
    if cursor is not None:
        assert Cursor.from_text(cursor.to_text(QUERY), QUERY) == cursor


@fuzzed
@given(
    spoilt_texts("120", "1.5", "Tue, 01 Dec 2026 12:00:00 GMT", "Tue Dec  1 12:00:00 2026 +0100")
)
def test_a_retry_after(text: str):
    wait_s = retry_after_s(text, now=NOON)

    assert wait_s is None or 0 <= wait_s <= LONGEST_RETRY_AFTER_S


@fuzzed
@given(spoilt_texts(WHSEC, f"{WHSEC},{WHSEC}"))
def test_signing_secrets(text: str):
    found = read(lambda: secrets_of(text), ValueError)

    if found is not None:
        assert secrets_of(",".join(found)) == found


@fuzzed
@given(spoilt_texts(TRACE, f"{TRACE}-more"))
def test_a_traceparent(text: str):
    trace = trace_in(text)

    if trace is not None:
        assert re.fullmatch("[0-9a-f]{32}", trace.id)
        assert trace_in(trace.header("span")) == Trace.from_kept(trace.kept()) == trace


@fuzzed
@given(spoilt_texts("job-1", "w1", "a.b_c:d@e-f", "01M8AVGSB5QP2T69VG9TF8VGZ7"))
def test_an_id(text: str):
    if is_id(text):
        assert text.isascii()
        assert text.isprintable()
        assert not set(text) & set("#/ *%\\")


@fuzzed
@given(spoilt_texts("/send-sms", "/a/b?c=d", *(path for path in PATHS if len(path) < 100)))
def test_an_endpoint_that_is_taken_is_read_alike_by_every_parser(text: str):
    if endpoint.fault_of(text) is None:
        url = f"https://good.example/base{text}"
        first, second = httpx.URL(url), URL(str(httpx.URL(url)))

        assert first.host == second.host == "good.example"
        assert not first.userinfo
        assert not first.fragment
        assert second.path.startswith("/base/")
        assert not {".", ".."} & set(second.path.split("/"))


@fuzzed
@given(spoilt_texts("https://good.example:8443/a?b=c", *(url for url in URLS if len(url) < 100)))
def test_a_webhook_url_that_is_taken_is_read_alike_by_every_parser(text: str):
    if webhook.fault_of(text, allow_private=False) is None:
        try:
            first = httpx.URL(text)
        except httpx.InvalidURL:  # names that begin like IDNA's and are none; nobody is called
            assert "xn--" in text.lower()
            return
        second = URL(str(first))

        assert first.host == second.host
        assert first.scheme == second.scheme == "https"
        assert not first.userinfo
        with suppress(ValueError):  # a name: it is judged where it leads, when it is connected to
            assert not is_forbidden(first.host)


@fuzzed
@given(st.ip_addresses(v=4))
def test_an_address_is_as_forbidden_as_what_carries_it(v4: IPv4Address):
    high, low = int(v4) >> 16, int(v4) & 0xFFFF
    carriers = (
        *(f"::ffff:{v4}", f"64:ff9b::{v4}", f"2002:{high:x}:{low:x}::1"),
        *(f"2001:4860::5efe:{high:x}:{low:x}", f"2001:0:1::{high ^ 0xFFFF:x}:{low ^ 0xFFFF:x}"),
    )

    assert {is_forbidden(each) for each in carriers} == {is_forbidden(str(v4))}


@fuzzed
@given(st.ip_addresses(v=6))
def test_no_address_outside_of_the_unicast_internet_is_allowed(v6: IPv6Address):
    number = int(v6)
    if not is_forbidden(str(v6)):
        assert number >> 125 == 0b001 or number >> 32 in {0xFFFF, 0x64FF9B << 64}


def drafting(channel: Channel) -> Drafting:
    return Drafting(channel, NOON, "/send", home_zone=lambda _: "UTC")


def timeless(body: Json) -> Json:
    return {name: value for name, value in body.items() if name != "delay"}


bodies = st.one_of(
    *(
        st.tuples(st.just(channel), spoilt_objects(timeless(body) | more))
        for channel, body in (
            (Channel.SMS, AN_SMS),
            (Channel.EMAIL, AN_EMAIL),
            (Channel.GENERAL, A_JOB),
        )
        for more in ({"delay": 0}, WHEN, ON_DAY)
    )
)


@fuzzed
@given(bodies)
def test_a_message(asked: tuple[Channel, dict[str, object]]):
    channel, body = asked
    draft = read(lambda: drafting(channel).one(body), InvalidRequest)

    if draft is not None:
        assert draft.due_at is None or NOON < draft.due_at <= NOON + FURTHEST
        assert is_id(draft.workspace_id)
        assert endpoint.fault_of(draft.payload.endpoint) is None


@fuzzed
@given(
    spoilt_objects(
        {"workspaceId": "w1", "defaults": timeless(AN_SMS), "messages": [{}, WHEN, ON_DAY]}
    )
)
def test_a_bulk(body: dict[str, object]):
    drafts = read(lambda: drafting(Channel.SMS).many(body), InvalidRequest)

    if drafts is not None:
        assert drafts
        assert len({draft.workspace_id for draft in drafts}) == 1


@fuzzed
@given(spoilt_objects(SETTINGS))
def test_settings_of_a_workspace(body: dict[str, object]):
    wanted, faults = validated(SettingsBody, body)

    assert (wanted is None) == bool(faults)
    if wanted is not None:
        chosen = wanted.chosen()
        assert isinstance(chosen, WorkspaceSettings)
        again, none = validated(SettingsBody, json.loads(wanted.model_dump_json()))
        assert again is not None
        assert (none, again.chosen()) == ([], chosen)


@fuzzed
@given(spoilt_objects(FILTER))
def test_a_filter_of_a_bulk_act(body: dict[str, object]):
    wanted = read(lambda: BulkRequest.of(body).wanted(), InvalidRequest)

    if wanted is not None:
        assert not wanted.is_empty


@fuzzed
@given(
    st.dictionaries(
        st.sampled_from(
            ["from", "to", "channel", "priority", "status", "error", "contact", "limit"]
        ),
        spoilt_texts("2026-12-01T09:00:00Z", "2026-W01-1", "sms", "high", "failed", "10", "c1"),
    )
)
def test_a_query(values: dict[str, str]):
    params = Params(values)
    wanted, limit = params.filter(), params.limit(default=10, most=500)
    read(params.done, InvalidRequest)

    assert 1 <= limit <= 500
    for at in (wanted.since, wanted.until):
        assert at is None or (at.utcoffset() == timedelta(0) and at.year >= 1970)


@fuzzed
@given(spoilt_texts(GOOD))
def test_a_token(text: str):
    tokens = PyJwtTokens("HS256", lambda _: ("another secret " * 4,))

    with pytest.raises(Unauthenticated):
        tokens.claims(text)


@fuzzed
@given(spoilt_texts("900", "https://good.example", "HS256", "true"))
@example("9" * 5_000)
@example("\u0661")
def test_a_setting(text: str):
    names = (
        "JWT_ALGORITHM",
        "SMS_API_URL",
        "FAILURE_WEBHOOK_URL",
        "SQS_HORIZON_S",
        "WEBHOOK_WAITS_S",
    )
    made = Settings(dict.fromkeys(names, text))
    algorithm = read(lambda: made.jwt_algorithm, Misconfigured)
    base = read(lambda: made.base_url(Channel.SMS), Misconfigured)
    hook = read(lambda: made.failure_webhook_url, Misconfigured)
    waits_s = read(lambda: made.webhook_waits_s, Misconfigured)
    horizon = read(lambda: made.seconds("SQS_HORIZON_S", 900), Misconfigured)

    assert algorithm in {None, "HS256", "RS256", "ES256"}
    assert base is None or endpoint.fault_of_base(base) is None
    assert hook is None or webhook.fault_of(hook, allow_private=False) is None
    assert waits_s is None or 1 <= len(waits_s) <= 20
    assert horizon is None or horizon >= timedelta(0)


@fuzzed
@given(odd)
def test_any_json_as_any_body(body: object):
    for model in (SettingsBody, BulkRequest):
        wanted, faults = validated(model, body)

        assert (wanted is None) == bool(faults)
        assert all(fault.message for fault in faults)
