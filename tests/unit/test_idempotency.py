"""What a key stands for: the same body, the same jobs, one holder at a time."""

import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.idempotency import KEPT, LEASE, fingerprint_of
from chalicelib.model.instant import to_ms
from tests.rig.builders import NOON, a_record

SECOND = timedelta(seconds=1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
BODIES = st.dictionaries(st.text(max_size=3), JSON, max_size=4)


def reversed_keys(value: object) -> object:
    """The same JSON, its objects' keys the other way round."""
    match value:
        case dict():
            return {key: reversed_keys(each) for key, each in reversed(value.items())}
        case list():
            return [reversed_keys(each) for each in value]
        case _:
            return value


@given(BODIES)
def test_the_order_of_keys_and_whitespace_do_not_matter(body: dict[str, object]):
    again = json.loads(json.dumps(reversed_keys(body), indent=3))

    assert fingerprint_of(again) == fingerprint_of(body)


@given(one=BODIES, other=BODIES)
def test_bodies_that_differ_have_other_fingerprints(
    one: dict[str, object], other: dict[str, object]
):
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)

    assert (fingerprint_of(one) == fingerprint_of(other)) is same


def test_a_fingerprint_outlives_the_version_that_made_it():
    body = {"to": ["a", "b"], "n": 1}

    assert (
        fingerprint_of(body) == "1aa5073158eb40e40618868d0b0895ee216d80defe137222201fd7b7d5b2eb16"
    )


def test_the_order_of_messages_and_the_kind_of_a_value_matter():
    bodies = [{"a": [1, 2]}, {"a": [2, 1]}, {"a": ["1", 2]}, {"a": [True, 2]}, {"a": [1.0, 2]}]

    assert len({fingerprint_of(body) for body in bodies}) == len(bodies)


def test_its_ids_outlive_the_version_that_made_them():
    assert a_record(count=2).job_ids() == [
        "01M8RQKQG00F2JZ5K8ZWDJE2Q5",
        "01M8RQKQG0C588764AM6TFPBY6",
    ]


def test_a_record_makes_the_same_ids_whoever_asks():
    record = a_record(count=5_000)

    assert record.taken_over("another", at=NOON).job_ids() == record.job_ids()
    assert len(set(record.job_ids())) == 5_000
    assert record.job_ids()[17] == record.job_id(17)


def test_another_seed_makes_other_ids():
    ids = a_record(count=100).job_ids()

    assert not set(ids) & set(a_record(count=100, seed="another").job_ids())


def test_ids_are_ulids_of_the_instant_at_which_the_request_was_accepted():
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    early, late = a_record(), a_record(accepted_at=NOON + timedelta(milliseconds=1))
    number = 0
    for letter in early.job_id(0):
        number = number * 32 + alphabet.index(letter)

    assert len(early.job_id(0)) == 26
    assert number >> 80 == to_ms(NOON)
    assert max(early.job_ids()) < min(late.job_ids())


def test_a_record_is_held_until_its_lease_ends():
    record = a_record()

    assert record.is_held(at=NOON + LEASE - timedelta(microseconds=1))
    assert not record.is_held(at=NOON + LEASE)
    assert not record.released().is_held(at=NOON)
    assert not record.done().is_held(at=NOON)


def test_what_is_left_of_a_lease_is_told_in_whole_seconds_and_at_least_one():
    record = a_record()

    assert record.left_s(at=NOON) == LEASE // SECOND
    assert record.left_s(at=NOON + timedelta(milliseconds=1)) == LEASE // SECOND
    assert record.left_s(at=NOON + LEASE) == 1
    assert record.released().left_s(at=NOON) == 1


def test_a_takeover_starts_a_lease_and_leaves_the_instant_and_the_progress():
    record = a_record().preparing(250)
    after = record.taken_over("another", at=NOON + LEASE)

    assert (after.holder, after.lease_until) == ("another", NOON + 2 * LEASE)
    assert (after.accepted_at, after.added, after.prepared) == (NOON, 0, 250)
    assert after.version == record.version + 1
    assert after.expires_at == NOON + KEPT


def test_progress_goes_chunk_by_chunk_to_the_end():
    record = a_record(count=600).preparing(250).preparing(500)

    assert (record.added, record.prepared, record.is_done) == (250, 500, False)
    done = record.preparing(600).done()
    assert (done.added, done.prepared, done.is_done) == (600, 600, True)


def test_a_record_that_is_done_is_held_by_nobody_and_has_all_of_it():
    done = a_record(count=3).done()

    assert (done.added, done.prepared, done.is_done, done.lease_until) == (3, 3, True, None)
