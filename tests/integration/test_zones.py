"""The zones that a request may name: those of the pinned tzdata, whatever the machine has."""

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from chalicelib.web.zones import is_zone, zone, zone_names

JULY = datetime(2027, 7, 1, tzinfo=UTC)


@pytest.fixture
def _misled(tmp_path: Path) -> Iterator[None]:
    """A machine whose own files say that Berlin keeps UTC, and that know a zone of their own."""
    (tmp_path / "Europe").mkdir()
    rules = files("tzdata").joinpath("zoneinfo", "UTC").read_bytes()
    for name in ("Europe/Berlin", "localtime"):
        (tmp_path / name).write_bytes(rules)
    _look_in([str(tmp_path)])
    yield
    _look_in(None)


def _look_in(path: list[str] | None) -> None:
    zoneinfo.reset_tzpath(to=path)
    zoneinfo.ZoneInfo.clear_cache()
    zone.cache_clear()
    zone_names.cache_clear()


@pytest.mark.usefixtures("_misled")
def test_the_machine_s_own_rules_do_not_matter():
    assert JULY.astimezone(zoneinfo.ZoneInfo("Europe/Berlin")).utcoffset() == timedelta()
    assert JULY.astimezone(zone("Europe/Berlin")).utcoffset() == timedelta(hours=2)


@pytest.mark.usefixtures("_misled")
def test_a_zone_that_only_the_machine_knows_is_none():
    assert "localtime" in zoneinfo.available_timezones()
    assert not is_zone("localtime")


def test_every_name_has_its_rules():
    assert all(JULY.astimezone(zone(name)).utcoffset() is not None for name in zone_names())
    assert {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"} <= zone_names()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Factory",
        "posixrules",
        "right/UTC",
        "posix/UTC",
        "zones",
        "europe/berlin",
        "Europe",
        "Europe/../UTC",
        "../zones",
        "/etc/localtime",
        "Europe/Berlin\n",
        "UTC\x00",
    ],
)
def test_anything_else_is_no_zone(name: str):
    assert not is_zone(name)
