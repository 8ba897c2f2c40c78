"""What is installed is locked by hash, and each lock holds what is declared and what that needs."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from infra.pins import Pin, normal, pins
from tests.architecture.sources import REPOSITORY

SHIPS = "requirements.txt"
#: Each lock and what declares it. Those that are installed into one environment agree.
SOURCES = {
    SHIPS: "pyproject.toml",
    "infra/requirements.txt": "infra/requirements.in",
    "requirements-dev.txt": "requirements-dev.in",
    "infra/local/requirements.txt": "infra/local/requirements.in",
    "infra/lint/requirements.txt": "infra/lint/requirements.in",
    "infra/ui/requirements.txt": "infra/ui/requirements.in",
}
ONE_ENVIRONMENT = (SHIPS, "infra/requirements.txt", "requirements-dev.txt")


def declared(source: Path) -> list[Requirement]:
    """What a source of a lock asks for."""
    text = source.read_text("utf-8")
    if source.suffix == ".toml":
        lines = tomllib.loads(text)["project"]["dependencies"]
    else:
        lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def locked(lock: str) -> dict[str, Pin]:
    return dict(pins(REPOSITORY / lock))


def asked_by_source(lock: Path) -> set[str]:
    """The packages of which the lock says that its source asks for them."""
    text = lock.read_text("utf-8")
    blocks = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    asks = re.compile(r"# +(?:via )?(?:-r .*\.in|message-queue \(pyproject\.toml\))$", re.MULTILINE)
    return {normal(block.partition("==")[0]) for block in blocks if asks.search(block)}


def faults(requirements: list[Requirement], found: dict[str, Pin]) -> Iterator[str]:
    """What is asked for, and not locked so."""
    for each in requirements:
        pin = found.get(normal(each.name))
        if pin is None or not each.specifier.contains(pin.version, prereleases=True):
            yield str(each)


@pytest.mark.parametrize("lock", SOURCES)
def test_a_lock_holds_what_its_source_asks_for(lock: str):
    assert list(faults(declared(REPOSITORY / SOURCES[lock]), locked(lock))) == []


@pytest.mark.parametrize("lock", SOURCES)
def test_a_lock_is_made_of_nothing_that_its_source_does_not_ask_for(lock: str):
    names = {normal(each.name) for each in declared(REPOSITORY / SOURCES[lock])}

    assert asked_by_source(REPOSITORY / lock) == names


@pytest.mark.parametrize("lock", SOURCES)
def test_each_package_is_locked_by_hash(lock: str):
    found = locked(lock)

    assert found
    assert [pin.name for pin in found.values() if not pin.hashes] == []


def test_what_shares_an_environment_agrees():
    versions: dict[str, set[str]] = {}
    for lock in ONE_ENVIRONMENT:
        for name, pin in locked(lock).items():
            versions.setdefault(name, set()).add(pin.version)

    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_each_lock_is_kept_up_to_date():
    updates = yaml.safe_load((REPOSITORY / ".github" / "dependabot.yml").read_text())["updates"]
    pip = [each["directories"] for each in updates if each["package-ecosystem"] == "pip"]
    folders = [REPOSITORY / folder.lstrip("/") for each in pip for folder in each]

    assert sorted(folders) == sorted({(REPOSITORY / lock).parent for lock in SOURCES})


def test_a_sample_that_is_not_locked_so_is_found():
    found = {"six": Pin("six", "1.17.0", ("sha256:" + "0" * 64,))}
    asked = [Requirement("six>=1.17"), Requirement("six>=2"), Requirement("attrs")]

    assert list(faults(asked, found)) == ["six>=2", "attrs"]


def test_a_lock_is_read(tmp_path: Path):
    digest = "sha256:" + "0a" * 32
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"""\
# made by a command
a_b.c==1.0 ; sys_platform != "win32" \\
    --hash={digest} \\
    --hash={digest}
    # via -r x.in
d==2.0
""")

    assert pins(lock) == {
        "a-b-c": Pin("a-b-c", "1.0", (digest, digest)),
        "d": Pin("d", "2.0", ()),
    }
    assert asked_by_source(lock) == {"a-b-c"}
