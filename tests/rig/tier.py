"""Which tests run now: the fast tier, or the nightly one that leaves nothing out.

`NIGHTLY=true` in the environment chooses the second (`make nightly` sets it). The fast tier plays
a part of each long list, another one with each commit, so that some days of commits play it all.
"""

import os
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

Each = TypeVar("Each")

#: Whether everything is to be played, at length.
IS_NIGHTLY = os.environ.get("NIGHTLY") == "true"


def part_of(things: Sequence[Each], *, parts: int) -> list[Each]:
    """Every `parts`-th of them, from where the commit says; all of them at night."""
    return list(things) if IS_NIGHTLY else list(things[commit_number() % parts :: parts])


@cache
def commit_number() -> int:
    """The commit that is checked out, as a number; 0 where there is no git to ask."""
    command = ["git", "rev-parse", "HEAD"]
    try:
        answer = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return 0
    return int(answer.stdout.strip()[:12], 16)
