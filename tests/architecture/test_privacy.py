"""The repository builds anywhere: it names no package registry and no folder of one machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import REPOSITORY, files

#: Registry hosts in pieces, since this file is searched as well.
REGISTRIES = tuple(
    ".".join(pieces)
    for pieces in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("proxy", "golang", "org"),
    )
)
#: Folders of a person's or a machine's own, in pieces for the same reason.
HOMES = tuple(f"/{name}/" for name in ("home", "Users", "root"))


def faults(path: Path, *, forbidden: tuple[str, ...]) -> Iterator[str]:
    """Each forbidden word that a file contains; files that are no text contain none."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        return
    yield from (f"{path} names {word}" for word in forbidden if word in text)


def test_no_file_names_a_registry():
    found = [f for path in files("") for f in faults(path, forbidden=REGISTRIES)]

    assert found == []


def test_no_file_names_a_folder_of_one_machine():
    forbidden = (*HOMES, f"{REPOSITORY}/", f"{Path.home()}/")

    assert [f for path in files("") for f in faults(path, forbidden=forbidden)] == []


@pytest.mark.parametrize("word", [*REGISTRIES, *HOMES])
def test_a_sample_that_names_one_is_found(word: str, tmp_path: Path):
    sample = tmp_path / "requirements.txt"
    sample.write_text(f"--index-url https://{word}/simple\n")

    assert len(list(faults(sample, forbidden=(word,)))) == 1


def test_a_file_that_is_no_text_is_passed_over(tmp_path: Path):
    sample = tmp_path / "plot.png"
    sample.write_bytes(b"\x89PNG\xff\xfe")

    assert list(faults(sample, forbidden=REGISTRIES)) == []
