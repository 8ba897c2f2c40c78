"""Builds the dependencies' Lambda layer, once for each content of requirements.txt."""

import compileall
import hashlib
import py_compile
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from infra.zips import write_zip

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build"

#: Below this line requirements.txt lists what packs the service: it does not ship.
BUILD_TOOLS_LINE = "# Build tools, not in the layer"

#: The services whose descriptions stay in botocore's data; the others are 26 of its 29 MB.
SERVICES = frozenset({"dynamodb", "scheduler", "sqs", "ssm"})

#: Python 3.11 on Lambda runs on Amazon Linux 2 (glibc 2.26); the functions are arm64
#: (.chalice/config.json: lambda_architecture).
LAMBDA_PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_17_aarch64")

_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def lambda_layer(requirements: Path = ROOT / "requirements.txt") -> Path:
    """The layer that production gets, zipped: wheels for its platform, trimmed, with .pyc."""
    pins = shipped(requirements)
    archive = BUILD / f"layer-lambda-{_digest(pins, LAMBDA_PLATFORMS)}.zip"
    if not archive.exists():
        with _scratch() as packages:
            _install(packages, pins, options=_lambda_pip_options())
            write_zip(archive, {"python": packages})
    return archive


def native_layer(requirements: Path = ROOT / "requirements.txt") -> Path:
    """A layer for this machine: its zip only points to an unpacked copy.

    The emulator unpacks code and layers anew for every worker process; 30 MB would cost each
    cold start a second.
    """
    pins = shipped(requirements)
    folder = BUILD / f"layer-native-{_digest(pins, ())}"
    archive = folder.with_suffix(".zip")
    if not archive.exists():
        with _scratch() as packages, suppress(OSError):  # somebody else's may be there by now
            _install(packages, pins)
            packages.rename(folder)
        pointer = folder.with_suffix(".pth")
        pointer.write_text(f"import sys; sys.path.insert(0, {str(folder)!r})\n", encoding="utf-8")
        write_zip(archive, {f"python/lib/python{_PYTHON}/site-packages/dependencies.pth": pointer})
    return archive


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder in the making: two packagings at once do not meet in it."""
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix="layer-", dir=BUILD, ignore_cleanup_errors=True
    ) as scratch:
        yield Path(scratch) / "python"


def shipped(requirements: Path) -> tuple[str, ...]:
    """The pins of ``requirements`` that the layer holds: those above the build tools."""
    text = requirements.read_text(encoding="utf-8").partition(BUILD_TOOLS_LINE)[0]
    return tuple(line.strip() for line in text.splitlines() if line.strip() and line[0] != "#")


def _digest(pins: Iterable[str], platforms: Iterable[str]) -> str:
    facts = "\n".join([_PYTHON, *platforms, *pins, Path(__file__).read_text(encoding="utf-8")])
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def _lambda_pip_options() -> tuple[str, ...]:
    platforms = [option for name in LAMBDA_PLATFORMS for option in ("--platform", name)]
    return (
        "--only-binary=:all:",
        f"--python-version={_PYTHON}",
        "--implementation=cp",
        *platforms,
    )


def _install(folder: Path, pins: Iterable[str], *, options: Iterable[str] = ()) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--root-user-action=ignore", "--no-deps", "--no-compile", "--target", str(folder)]
    done = subprocess.run([*pip, *options, *pins], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"pip could not install the layer:\n{done.stderr}")
    _trim(folder)
    compile_tree(folder)


def _trim(packages: Path) -> None:
    for entry in (packages / "botocore" / "data").iterdir():
        if entry.is_dir() and entry.name not in SERVICES:
            shutil.rmtree(entry)
    shutil.rmtree(packages / "bin", ignore_errors=True)


def compile_tree(folder: Path) -> None:
    """Put .pyc beside every module; unchecked, as zips and Lambda change the sources' times."""
    compileall.compile_dir(
        folder,
        quiet=2,
        stripdir=str(folder),
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
