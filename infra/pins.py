"""Reads the locks: what pip-compile wrote into a requirements.txt, package by package."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PIN = re.compile(r"^([\w.-]+)==([^\s;\\]+)((?:.*\\\n)*.*)", re.MULTILINE)
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


@dataclass(frozen=True)
class Pin:
    """One version of a package."""

    name: str
    version: str
    #: Of each of its files, for all platforms: `sha256:` and 64 hex digits.
    hashes: tuple[str, ...]

    def requirement(self) -> str:
        """Return what pip reads it from."""
        return " ".join([f"{self.name}=={self.version}", *(f"--hash={h}" for h in self.hashes)])


def normal(name: str) -> str:
    """Return a package's name as a lock has it: PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: Path) -> Mapping[str, Pin]:
    """Return what ``lock`` pins, by normal name, in its order."""
    found = _PIN.findall(lock.read_text(encoding="utf-8"))
    return {
        normal(name): Pin(normal(name), version, tuple(_HASH.findall(rest)))
        for name, version, rest in found
    }
