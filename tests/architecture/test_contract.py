"""docs/contract.md is what the code cites, and names each route that the app has."""

import re
from collections.abc import Iterable, Iterator

import pytest

import app
from tests.architecture.sources import REPOSITORY, Source, sources

CONTRACT = (REPOSITORY / "docs" / "contract.md").read_text("utf-8")
ANNOUNCED_FROM = 8
CITATION = re.compile(r"\bcontract(?:'s)?,\s+sections?\s+(\d+(?:(?:,| and|–)\s*\d+)*)")
#: A path in the contract, or the end of one that its section's base begins.
PATH = re.compile(r"/[\w.{}/-]*")
BASE = "/api/businesses/{}/communication-queue"
#: Routes that belong to a page, which the contract names with all below it.
BELOW = ("/admin/queues/",)


def section_numbers(contract: str) -> list[int]:
    """The sections that the contract has, in its order."""
    return [int(number) for number in re.findall(r"^## (\d+)\. ", contract, re.MULTILINE)]


def cited(source: Source) -> Iterator[int]:
    """The sections that a file cites."""
    for numbers in CITATION.findall(source.text):
        yield from (int(number) for number in re.findall(r"\d+", numbers))


def named(contract: str) -> set[str]:
    """The paths that the contract names, parameters without their names."""
    paths = {_bare(path) for path in PATH.findall(contract)}
    return paths | {BASE + path for path in paths}


def unnamed(routes: Iterable[str], contract: str) -> list[str]:
    """The routes that the contract does not name."""
    known = named(contract)
    return [route for route in routes if _bare(route) not in known and not route.startswith(BELOW)]


def _bare(path: str) -> str:
    return re.sub(r"\{\w*\}", "{}", path).rstrip("/.")


def test_each_section_that_is_cited_exists():
    found = {
        (n, source.path)
        for source in sources("app.py", "chalicelib", "infra", "tests")
        for n in cited(source)
    }

    assert found
    assert [each for each in found if each[0] not in section_numbers(CONTRACT)] == []


def test_sections_are_numbered_without_a_gap():
    assert section_numbers(CONTRACT) == list(range(1, 16))


@pytest.mark.parametrize("number", range(ANNOUNCED_FROM, 16))
def test_what_is_announced_says_how_much_of_it_is_there(number: int):
    first_line = re.split(rf"^## {number}\. .*\n+", CONTRACT, flags=re.MULTILINE)[1]

    assert first_line.startswith("*Announced: ")


def test_each_route_is_named():
    assert unnamed(app.app.routes, CONTRACT) == []


def test_a_route_that_is_not_named_is_found():
    assert unnamed(["/api/jobs", "/api/surprise"], CONTRACT) == ["/api/surprise"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("(contract, section 4)", [4]),
        ("(contract, sections 1 and 3)", [1, 3]),
        ("the contract's, section 2.", [2]),
        ("section 2 of the RFC", []),
    ],
)
def test_a_citation_is_read(text: str, numbers: list[int]):
    assert list(cited(Source("sample.py", text))) == numbers
