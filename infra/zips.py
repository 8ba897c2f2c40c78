"""Writes zip archives whose bytes depend on the content alone."""

import os
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can hold
_READABLE = 0o644 << 16


def write_zip(archive: Path, content: Mapping[str, Path]) -> None:
    """Write ``archive`` with each file or folder of ``content`` under its name ("" is the root)."""
    partial = archive.with_name(f"{archive.name}.{os.getpid()}")
    partial.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as opened:
        for name, path in _files(content):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _READABLE
            opened.writestr(entry, path.read_bytes())
    partial.replace(archive)


def _files(content: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    for name, path in sorted(content.items()):
        if path.is_file():
            yield name, path
            continue
        for file in sorted(path.rglob("*")):
            if file.is_file():
                yield f"{name}/{file.relative_to(path)}".lstrip("/"), file
