"""Every module says in its first sentence what lives there, and chalicelib's is a map."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import EVERYTHING, REPOSITORY, Source, sources

#: A full stop, and a capital after it: the start of a second sentence.
SECOND_SENTENCE = re.compile(r"[.!?]\s+[A-Z]")


def faults(source: Source) -> Iterator[str]:
    """One sentence for a module that has no docstring, or whose first paragraph is no sentence."""
    if not source.tree.body and source.path.endswith("__init__.py"):
        return  # a mark that this folder is a package, no module
    summary = (ast.get_docstring(source.tree) or "").split("\n\n")[0].strip()
    if not summary:
        yield f"{source.path} does not say what lives there"
    elif not summary.endswith((".", ":")) or SECOND_SENTENCE.search(summary):
        yield f"{source.path} does not open with one sentence: {summary!r}"


def unnamed(package: Source, *, rooms: list[str]) -> Iterator[str]:
    """The rooms that a package's docstring does not name."""
    words = set(re.findall(r"\w+", ast.get_docstring(package.tree) or ""))
    return (f"{package.path} does not name {room}" for room in rooms if room not in words)


def rooms_of(package: Source) -> list[str]:
    """What lies directly in a package's folder: modules, and packages."""
    folder = (REPOSITORY / package.path).parent
    return sorted(
        path.stem
        for path in folder.iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()
    )


def test_every_module_opens_with_one_sentence():
    assert [fault for source in sources(*EVERYTHING) for fault in faults(source)] == []


def test_the_map_of_chalicelib_names_every_room():
    (package,) = sources("chalicelib/__init__.py")

    assert list(unnamed(package, rooms=rooms_of(package))) == []


@pytest.mark.parametrize(
    "text",
    ["x = 1\n", '"""no full stop"""\n', '"""One sentence. And a second."""\n', '""" """\n'],
)
def test_a_sample_without_its_sentence_is_found(text: str):
    assert len(list(faults(Source("sample.py", text)))) == 1


@pytest.mark.parametrize("text", ['"""One sentence, e.g. this."""\n', '"""One.\n\nTwo. Three."""'])
def test_a_sample_with_its_sentence_passes(text: str):
    assert list(faults(Source("sample.py", text))) == []


def test_a_map_with_a_missing_room_is_found():
    package = Source("room/__init__.py", '"""The rooms: model, flow."""\n')

    assert list(unnamed(package, rooms=["flow", "model"])) == []
    assert list(unnamed(package, rooms=["flow", "web"])) == ["room/__init__.py does not name web"]
