"""The parts of the wiring are imported when first asked for: names must lead to their makers."""

import pytest

from chalicelib import wiring


@pytest.mark.parametrize("name", wiring.__all__)
def test_a_name_leads_to_its_maker(name: str):
    maker = getattr(wiring, name)

    assert maker.__name__ == name


def test_every_maker_of_the_parts_is_exported():
    makers = [name for names in wiring._PARTS.values() for name in names]

    assert sorted(makers) == sorted(wiring.__all__)


def test_an_unknown_name_says_where_to_add_it():
    with pytest.raises(AttributeError, match="_PARTS"):
        _ = wiring.nothing
