"""Installs locked packages, each held to its hash, into a virtual environment.

Runs before there is any package: the standard library alone. pip's own output goes to a log, and is
shown where pip fails.
"""

import importlib.util
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.pins import pins

ROOT = Path(__file__).parent.parent
LOGS = ROOT / "build"
#: The environment whose pip installs into all of them: a new one takes seconds to give a pip.
HOME = ROOT / ".venv"
PIP_LOCK = ROOT / "infra" / "requirements.txt"
#: What pip is told everywhere. Locks are complete: there is nothing to resolve.
LOCKED = ("--no-deps", "--require-hashes", "--disable-pip-version-check")
_SHOWN_LINES = 30
_ADVICE = """\
{what} could not be installed: above is the end of {log}.
pip takes packages from the index that `pip config list` and the PIP_… variables name. Is it reached
from here (proxy, certificates), and does it have these versions? Then run the same command again.
"""


def install(what: str, environment: Path, *, locks: Sequence[Path]) -> None:
    """Bring ``environment`` to what ``locks`` say, saying ``what`` it is, before and after.

    Raises:
        SystemExit: pip failed; what it said is shown, and what to do.
    """
    with step(what, "installing"):
        make_environment(environment)
        requirements = [option for lock in locks for option in ("--requirement", str(lock))]
        python = str(environment / "bin" / "python")
        pip(["--python", python, "install", *LOCKED, "--no-compile", *requirements], what=what)


@contextmanager
def step(what: str, doing: str) -> Iterator[None]:
    """Print a line before and one after, each at once: those of two processes do not mix."""
    began_s = time.monotonic()
    sys.stdout.write(f"{what:9} {doing} …\n")
    sys.stdout.flush()
    yield
    sys.stdout.write(f"{what:9} ready after {time.monotonic() - began_s:.0f} s\n")
    sys.stdout.flush()


def make_environment(environment: Path) -> None:
    """Make a virtual environment where there is none; only `HOME` gets a pip, the locked one."""
    if not (environment / "bin" / "python").exists():
        venv.create(environment, symlinks=True)
    if environment == HOME and not _has_locked_pip():
        _give_pip()


def pip(arguments: Sequence[str], *, what: str) -> None:
    """Run the pip of `HOME`, its output going to a log; SystemExit as `install` says."""
    _run([str(HOME / "bin" / "python"), "-m", "pip", *arguments], what=what)


def _has_locked_pip() -> bool:
    version = pins(PIP_LOCK)["pip"].version
    return any(HOME.glob(f"lib/*/site-packages/pip-{version}.dist-info"))


def _give_pip() -> None:
    """By this interpreter's pip, where it has one: the one that comes with venv takes 4 s."""
    python = str(HOME / "bin" / "python")
    if importlib.util.find_spec("pip"):
        command = [sys.executable, "-m", "pip", "--python", python, "install"]
    else:
        _run([python, "-m", "ensurepip"], what="pip")
        command = [python, "-m", "pip", "install"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirement:
        requirement.write(pins(PIP_LOCK)["pip"].requirement())
        requirement.flush()
        _run([*command, *LOCKED, "--requirement", requirement.name], what="pip")


def _run(command: Sequence[str], *, what: str) -> None:
    LOGS.mkdir(exist_ok=True)
    log = LOGS / f"install-{what}.log"
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        end = log.read_text("utf-8", errors="replace").splitlines()[-_SHOWN_LINES:]
        raise SystemExit("\n".join([*end, "", _ADVICE.format(what=what, log=log)]))


def main(arguments: Sequence[str]) -> None:
    """Read what it is, the environment and its locks; without a lock, only a pip is wanted."""
    what, environment, *locks = arguments
    if locks:
        install(what, ROOT / environment, locks=[ROOT / lock for lock in locks])
    else:
        make_environment(ROOT / environment)


if __name__ == "__main__":
    main(sys.argv[1:])
