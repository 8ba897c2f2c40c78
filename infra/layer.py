"""Builds the dependencies' Lambda layer, once for each content of requirements.txt."""

import compileall
import hashlib
import py_compile
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import distribution
from pathlib import Path

from infra.install import LOCKED, pip
from infra.pins import Pin, pins
from infra.zips import write_zip

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build"

#: The services whose descriptions stay in botocore's data; the others are 26 of its 29 MB.
SERVICES = frozenset({"dynamodb", "scheduler", "sqs", "ssm"})

#: Python 3.11 on Lambda runs on Amazon Linux 2 (glibc 2.26); the functions are arm64
#: (.chalice/config.json: lambda_architecture).
LAMBDA_PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_17_aarch64")

_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def lambda_layer(requirements: Path = ROOT / "requirements.txt") -> Path:
    """The layer that production gets, zipped: wheels for its platform, trimmed, with .pyc.

    pip's report of what it installed lies beside it (`report_of`).
    """
    archive = BUILD / f"layer-lambda-{_digest(requirements, LAMBDA_PLATFORMS)}.zip"
    if not archive.exists():
        with _scratch() as packages:
            _install(packages, requirements, report=report_of(archive))
            write_zip(archive, {"python": packages})
    return archive


def report_of(archive: Path) -> Path:
    """Where pip's report of a layer for Lambda is: the file and the hash of each package."""
    return archive.with_suffix(".json")


def native_layer(requirements: Path = ROOT / "requirements.txt") -> Path:
    """A layer for this machine: its zip only points to an unpacked copy.

    The emulator unpacks code and layers anew for every worker process; 30 MB would cost each
    cold start a second. The packages are copies of what is installed here, which pip held to the
    same hashes: to install them again took ten seconds.
    """
    folder = BUILD / f"layer-native-{_digest(requirements, ())}"
    archive = folder.with_suffix(".zip")
    if not archive.exists():
        with _scratch() as packages, suppress(OSError):  # another run's may be there by now
            for pin in pins(requirements).values():
                _copy(pin, packages)
            _finish(packages)
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


def _digest(requirements: Path, platforms: Iterable[str]) -> str:
    texts = [requirements.read_text(encoding="utf-8"), Path(__file__).read_text(encoding="utf-8")]
    return hashlib.sha256("\n".join([_PYTHON, *platforms, *texts]).encode()).hexdigest()[:16]


def _install(folder: Path, requirements: Path, *, report: Path) -> None:
    options = ["--only-binary=:all:", f"--python-version={_PYTHON}", "--implementation=cp"]
    options += [option for name in LAMBDA_PLATFORMS for option in ("--platform", name)]
    options += ["--no-compile", "--target", str(folder), "--report", str(report)]
    pip(["install", *LOCKED, *options, "--requirement", str(requirements)], what="layer")
    _finish(folder)


def _copy(pin: Pin, folder: Path) -> None:
    """Copy an installed package's modules and metadata; its commands stay.

    Raises:
        SystemExit: another version is installed than is locked.
    """
    installed = distribution(pin.name)
    if installed.version != pin.version:
        raise SystemExit(f"{pin.name} {pin.version} is not installed here: run make setup.")
    for file in installed.files or ():
        if ".." not in file.parts and file.suffix != ".pyc":
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.locate(), target)


def _finish(packages: Path) -> None:
    _trim(packages)
    compile_tree(packages)


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
