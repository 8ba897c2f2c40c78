"""The replaced service's programs: its npm packages by its lock file, and Debian's Redis."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from infra.layer import BUILD, ROOT
from infra.pins import pins

HOME = Path(__file__).parent / "incumbent"
#: Node looks for packages beside the code, so both are here.
WORK = BUILD / "peers"
_EMULATOR_LOCK = ROOT / "infra" / "local" / "requirements.txt"
_SHOWN = ("bullmq", "express", "ioredis", "undici")


def install() -> None:
    """Bring code and packages to `WORK`; what the lock file names is fetched when it changed.

    Raises:
        SystemExit: a program is absent; the sentence says what to do.
    """
    _demand("node", "Node 20.18 or newer, and npm")
    _demand("npm", "npm, which comes with Node")
    _demand("redis-server", "apt-get install -y --no-install-recommends redis-server")
    WORK.mkdir(parents=True, exist_ok=True)
    locked = (HOME / "package-lock.json").read_bytes()
    is_fresh = (WORK / "installed").exists() and (WORK / "installed").read_bytes() == locked
    shutil.copytree(HOME, WORK, dirs_exist_ok=True)
    if not is_fresh:
        _npm_ci()
        (WORK / "installed").write_bytes(locked)


def versions() -> Mapping[str, str]:
    """Return which versions were installed, by name."""
    locked = json.loads((HOME / "package-lock.json").read_text())["packages"]
    packages = {name: locked[f"node_modules/{name}"]["version"] for name in _SHOWN}
    redis = _output("redis-server", "--version").split("v=")[1].split()[0]
    node = _output("node", "--version").lstrip("v")
    return {
        "Node": node,
        **packages,
        "Redis": redis,
        "MiniStack (ours)": pins(_EMULATOR_LOCK)["ministack"].version,
    }


def _npm_ci() -> None:
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts"], cwd=WORK, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"npm could not fetch the replaced service's packages:\n{done.stderr}")


def _demand(program: str, remedy: str) -> None:
    if shutil.which(program) is None:
        raise SystemExit(f"The bench of peers needs {program}: {remedy}")


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
