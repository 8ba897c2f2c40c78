"""JobStore: a job comes back as it was added, whatever it holds and however many there are."""

from dataclasses import fields
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.model.channel import Queue
from chalicelib.model.job import Attempt, Job, Payload, Priority
from chalicelib.model.outcome import Kind
from chalicelib.model.status import Status
from chalicelib.ports.jobs import JobStore
from tests.rig.builders import NOON, a_job, a_payload, stored

SECOND = timedelta(seconds=1)

#: Everything that JSON can say; text without lone surrogates, which UTF-8 cannot carry.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)

FULL = Job(
    id="full",
    workspace_id="w2",
    contact_id=None,
    communication_id="spring sale",
    queue=Queue.SCHEDULED_EMAIL,
    priority=Priority.HIGH,
    status=Status.PENDING,
    version=7,
    due_at=NOON + timedelta(milliseconds=123),
    created_at=NOON,
    updated_at=NOON + SECOND,
    max_attempts=10,
    attempts=2,
    starts=3,
    started_at=NOON + SECOND,
    completed_at=None,
    lease_until=None,
    attention_at=NOON + 2 * SECOND,
    last_error="The backend answered 503: später 📨",
    history=(
        Attempt(1, NOON, NOON + SECOND, Kind.RATE_LIMITED, 429, "slow down", '{"a": 1}'),
        Attempt(2, NOON, NOON + SECOND, Kind.UNKNOWN, error="lost"),
        Attempt(3, NOON + SECOND),
    ),
)


def test_a_job_comes_back_as_it_was_added(store: JobStore):
    store.add([stored(FULL, a_payload(subject="Hello"))])

    assert store.get("full") == stored(FULL, a_payload(subject="Hello"))


def test_what_has_no_value_comes_back_as_none(store: JobStore):
    job = a_job(attention_at=None, contact_id=None)
    store.add([stored(job)])

    found = store.get(job.id)

    assert found is not None
    assert found.job == job


def test_an_unknown_job_is_none(store: JobStore):
    assert store.get("unknown") is None


@given(body=st.dictionaries(TEXT, JSON, max_size=4))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_comes_back_as_it_was_added(store: JobStore, body: dict[str, object]):
    job = a_job()
    payload = Payload(body=body, endpoint="/send-sms?a=%20b")
    store.add([stored(job, payload)])

    found = store.get(job.id)

    assert found is not None
    assert found.payload == payload
    assert repr(found.payload.body) == repr(body)  # 1 is not 1.0, and keys keep their order


def test_a_payload_of_200_kilobytes_is_kept(store: JobStore):
    job = a_job()
    payload = a_payload(html="<p>ä</p>" * 25_000)
    store.add([stored(job, payload)])

    assert store.get(job.id) == stored(job, payload)


def test_more_jobs_than_the_platform_takes_at_once_are_added_and_read(store: JobStore):
    batch = [stored() for _ in range(230)]
    store.add(batch)

    found = store.get_many([one.job.id for one in batch])

    assert dict(found) == {one.job.id: one for one in batch}


def test_many_large_jobs_are_added_and_read(store: JobStore):
    batch = [stored(payload=a_payload(html="x" * 200_000)) for _ in range(90)]
    store.add(batch)

    found = store.get_many([one.job.id for one in batch])

    assert dict(found) == {one.job.id: one for one in batch}


def test_adding_nothing_is_fine(store: JobStore):
    store.add([])

    assert dict(store.get_many([])) == {}


def test_those_that_do_not_exist_are_left_out(store: JobStore):
    one = stored()
    store.add([one])

    for read in (store.get_many, store.recent_many):
        assert dict(read(["unknown", one.job.id, "gone"])) == {one.job.id: one}


def test_an_id_may_be_asked_for_twice(store: JobStore):
    one = stored()
    store.add([one])

    assert dict(store.get_many([one.job.id, one.job.id])) == {one.job.id: one}


def test_the_full_job_of_these_tests_leaves_no_field_untried():
    unset = {field.name for field in fields(Job) if getattr(FULL, field.name) is None}

    assert unset == {"contact_id", "completed_at", "lease_until"}
