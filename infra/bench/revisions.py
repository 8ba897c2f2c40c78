"""The service as it was at a revision, packed by that revision's own code."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from infra.layer import BUILD, ROOT
from infra.package import package

#: Fetched for the pages and not in git; another revision's would do as well here.
_FETCHED = ("board.zip", "uPlot.*")
_ASSETS = Path("chalicelib", "web", "assets")


def previous_revision() -> str:
    """The newest release before this revision by its tag, or else the revision before."""
    tag = _git("describe", "--tags", "--abbrev=0", "HEAD^")
    return tag or _git("rev-parse", "--short", "HEAD^") or _no_history()


def pack_this(out: Path) -> Path:
    """Pack the code as it lies here, for the stage prod."""
    package("prod", out, native=True)
    return out


def pack_revision(revision: str, out: Path) -> Path:
    """Pack a revision for the stage prod, from a copy beside `out`; SystemExit if it cannot be."""
    tree = out.with_name(f"{out.name}-tree")
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    archive = tree / "tree.tar"
    done = subprocess.run(["git", "archive", "--output", archive, revision], cwd=ROOT, check=False)
    if done.returncode != 0:
        raise SystemExit(f"git has no revision {revision} here.")
    shutil.unpack_archive(archive, tree, filter="data")
    (tree / "build").symlink_to(BUILD)  # layers are built once
    _add_fetched(tree)
    subprocess.run(
        [sys.executable, "-m", "infra.package", "--stage=prod", "--native", f"--out={out}"],
        cwd=tree,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return out


def _add_fetched(tree: Path) -> None:
    if (tree / _ASSETS).exists():
        for pattern in _FETCHED:
            for fetched in (ROOT / _ASSETS).glob(pattern):
                shutil.copyfile(fetched, tree / _ASSETS / fetched.name)


def _git(*asked: str) -> str:
    answer = subprocess.run(["git", *asked], cwd=ROOT, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else ""


def _no_history() -> str:
    raise SystemExit("There is no revision before this one here: name one with --from.")
