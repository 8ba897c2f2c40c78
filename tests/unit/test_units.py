"""What DynamoDB charges for an access: the rules of its documentation, which the meter applies."""

import pytest

from infra.local.units import index_units, item_bytes, read_units, write_units

INDEX = {
    "KeySchema": [{"AttributeName": "place"}, {"AttributeName": "at"}],
    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["status"]},
}
KEYS = ["pk"]


def an_item(**texts: str) -> dict[str, dict[str, str]]:
    """An item of the table that has a place in the index."""
    return {
        name: {"S": text} for name, text in ({"pk": "a", "place": "p", "at": "1"} | texts).items()
    }


@pytest.mark.parametrize(
    ("item", "size_bytes"),
    [
        ({"name": {"S": "Zoë"}}, 4 + 4),
        ({"n": {"N": "27"}}, 1 + 2),
        ({"n": {"N": "-27"}}, 1 + 3),
        ({"n": {"N": "1000"}}, 1 + 2),
        ({"on": {"BOOL": True}}, 2 + 1),
        ({"raw": {"B": "AAAA"}}, 3 + 3),
        ({"raw": {"B": b"abc"}}, 3 + 3),
        ({"list": {"L": [{"S": "ab"}, {"S": "c"}]}}, 4 + 3 + 2 + 3),
        ({"map": {"M": {"key": {"S": "ab"}}}}, 3 + 3 + 1 + 3 + 2),
        ({"set": {"SS": ["ab", "c"]}}, 3 + 3),
        (None, 0),
    ],
)
def test_an_items_size_is_that_of_its_names_and_values(item: dict | None, size_bytes: int):
    assert item_bytes(item) == size_bytes


@pytest.mark.parametrize(("size_bytes", "units"), [(0, 1), (1, 1), (1024, 1), (1025, 2)])
def test_a_write_is_charged_by_the_kilobyte_begun(size_bytes: int, units: int):
    assert write_units(size_bytes) == units


@pytest.mark.parametrize(("size_bytes", "units"), [(0, 1), (4096, 1), (4097, 2)])
def test_a_read_is_charged_by_four_kilobytes_begun_and_half_where_it_may_be_behind(
    size_bytes: int, units: int
):
    assert read_units(size_bytes, is_consistent=True) == units
    assert read_units(size_bytes, is_consistent=False) == units / 2


@pytest.mark.parametrize(
    ("old", "new", "units"),
    [
        (None, an_item(), 1),
        (an_item(), None, 1),
        (an_item(status="a"), an_item(status="b"), 1),
        (an_item(), an_item(at="2"), 2),
        (an_item(at="2", status="x" * 1024), an_item(), 3),
        (an_item(), an_item(other="b"), 0),
        ({"pk": {"S": "a"}}, {"pk": {"S": "a"}, "at": {"S": "1"}}, 0),
    ],
    ids=["comes", "goes", "changes in place", "moves", "moves, large", "elsewhere", "not in it"],
)
def test_an_index_is_charged_by_what_becomes_of_its_entry(old: dict, new: dict, units: int):
    assert index_units(INDEX, KEYS, old=old, new=new) == units


def test_an_index_of_everything_is_charged_for_every_change():
    index = INDEX | {"Projection": {"ProjectionType": "ALL"}}

    assert index_units(index, KEYS, old=an_item(), new=an_item(other="b")) == 1
