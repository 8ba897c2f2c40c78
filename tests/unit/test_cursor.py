"""Cursors: opaque, bound to one list, and read with suspicion."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.cursor import is_place, place, seal, seal_place, unseal, unseal_place
from chalicelib.model.identity import is_id
from tests.rig.builders import NOON

PLACE = place(NOON, "job-1")


@given(binding=st.text(), parts=st.lists(st.none() | st.text(max_size=8), max_size=3))
def test_what_was_sealed_is_unsealed(binding: str, parts: list[str | None]):
    text = seal(binding, *parts)

    assert unseal(binding, text) == parts
    assert text.isascii()
    assert not set(text) & set("+/=& ")


@pytest.mark.parametrize("part", ["???>>>~~~", "x" * 350, '"\\'])
def test_so_is_one_that_needs_all_characters_or_is_long(part: str):
    assert unseal("b", seal("b", part)) == [part]


def test_a_cursor_is_short():
    raw = base64.urlsafe_b64decode(seal("b", PLACE, None) + "==").decode()

    assert " " not in raw
    assert len(mark("b")) == 16


def test_a_cursor_says_nothing_to_another_list():
    with pytest.raises(ValueError, match="another list"):
        unseal("audit#w2", seal("audit#w1", PLACE))


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_text_is_read_or_refused(text: str):
    with pytest.raises(ValueError, match=r"cursor|another"):
        unseal("audit#w1", text)


def forged(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def mark(binding: str) -> str:
    raw = json.loads(base64.urlsafe_b64decode(seal(binding) + "=="))
    return raw[0]


@pytest.mark.parametrize("value", [{}, [], "x", 1, None, ["x"], [1, 2]])
def test_json_that_is_no_cursor_is_refused(value: object):
    with pytest.raises(ValueError, match="another list"):
        unseal("b", forged(value))


@pytest.mark.parametrize("part", [1, ["x"], {}, True])
def test_parts_that_are_no_texts_are_refused(part: object):
    with pytest.raises(ValueError, match="no cursor"):
        unseal("b", forged([mark("b"), part]))


@pytest.mark.parametrize("text", ["*", "****", "++++", "////", "    "])
def test_a_cursor_with_foreign_characters_in_it_is_refused(text: str):
    sealed = seal("b", "???>>>~~~")

    with pytest.raises(ValueError, match="no cursor"):
        unseal("b", f"{sealed[:4]}{text}{sealed[4:]}")


def test_the_longest_cursor_is_read():
    longest = seal("b", "x" * 352)

    assert (len(longest), unseal("b", longest)) == (500, ["x" * 352])
    with pytest.raises(ValueError, match="too long"):
        unseal("b", seal("b", "x" * 353))


@pytest.mark.parametrize("text", ["x" * 501, forged([[[[]]]] * 200), "[" * 400])
def test_what_is_too_long_or_too_deep_is_refused(text: str):
    with pytest.raises(ValueError, match="cursor"):
        unseal("b", text)


def test_deep_nesting_is_refused():
    with pytest.raises(ValueError, match="no cursor"):
        unseal("b", base64.urlsafe_b64encode(b"[" * 370).decode())


def test_a_place_is_sealed_and_unsealed():
    assert unseal_place("b", seal_place("b", PLACE)) == PLACE


@pytest.mark.parametrize(
    "parts", [[], [None], [PLACE, PLACE], ["2026"], [""], [f"{PLACE}#x"], [f"{PLACE}\n"]]
)
def test_what_is_no_single_place_is_refused(parts: list[str | None]):
    with pytest.raises(ValueError, match="no cursor"):
        unseal_place("b", seal("b", *parts))


def test_places_sort_by_their_instants():
    assert is_place(PLACE)
    assert PLACE == "2026-12-01T12:00:00.000Z#job-1"


@pytest.mark.parametrize("text", ["a", "A-1", "w1", "x" * 128, "a.b_c:d@e-f"])
def test_these_are_ids(text: str):
    assert is_id(text)


@pytest.mark.parametrize("text", ["", "*", "-a", "a#b", "a/b", "x" * 129, "a\n", "é", "a b"])
def test_these_are_no_ids(text: str):
    assert not is_id(text)
