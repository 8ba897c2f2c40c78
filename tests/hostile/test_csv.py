"""`failed.csv` holds no formula, however a spreadsheet splits it into cells."""

import csv
import io
import re
from dataclasses import replace

import pytest

from tests.hostile.texts import FORMULAS
from tests.integration.operators import a_failed_job, ask, keep, rows_of
from tests.integration.service import Service

_SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
_UNSEEN = re.compile("[\\s\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u202a-\u202e\u2060\ufeff]*")


def is_formula(cell: str) -> bool:
    """Whether the first thing that is seen of it is the sign of a formula."""
    return _UNSEEN.sub("", cell, count=1).startswith(tuple(_SIGNS))


def exported(service: Service, *errors: str) -> str:
    """The file of jobs that failed with these errors."""
    keep(*(replace(a_failed_job(), last_error=error) for error in errors))
    return ask(service, "/failed.csv", limit=500).body.decode()


def cells(text: str, separator: str) -> list[str]:
    """The cells of a file as a machine reads it whose locale separates so."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return [cell for row in rows for cell in row]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_no_cell_is_a_formula(service: Service, separator: str):
    found = cells(exported(service, *FORMULAS), separator)

    assert [cell for cell in found if is_formula(cell)] == []
    assert len(found) > len(FORMULAS)


def test_every_error_stays_in_its_cell(service: Service):
    rows = rows_of(exported(service, *FORMULAS))

    assert {len(row) for row in rows} == {14}
    assert len(rows) == len(FORMULAS) + 1
    shown = {row[-1].replace("'", "") for row in rows[1:]}
    assert shown == {error.replace("'", "") for error in FORMULAS}


@pytest.mark.parametrize(
    "error", ["no such number", "a, b; c", "a-b=c", "it's + fine", "5 > 3", "x;y=z", "\N{SNOWMAN}"]
)
def test_plain_words_are_left_as_they_are(service: Service, error: str):
    assert rows_of(exported(service, error))[1][-1] == error


def test_a_formula_would_be_seen():
    assert all(map(is_formula, ("=1", " \u200b\uff1d1", "\n@x")))
    assert not any(map(is_formula, ("'=1", "a=1", "", "' =1")))
