"""What ships is told: `make package`'s sbom.json against the layer and the locks themselves."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.layer import ROOT, lambda_layer
from infra.pins import normal, pins
from infra.sbom import NPM_LOCK, write_sbom

#: Its metadata names no licence; its text lies in the layer (MIT).
UNLICENSED = {"httpx-aiohttp"}


@pytest.fixture(scope="module")
def layer() -> Path:
    return lambda_layer()


@pytest.fixture(scope="module")
def components(layer: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    path = write_sbom(tmp_path_factory.mktemp("sbom"), layer)
    told = json.loads(path.read_text("utf-8"))
    assert told["bomFormat"] == "CycloneDX"
    return told["components"]


def of(kind: str, components: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The components from one registry, by name."""
    return {c["name"]: c for c in components if c["purl"].startswith(f"pkg:{kind}/")}


def test_each_package_of_the_layer_is_told_with_its_version(
    layer: Path, components: list[dict[str, Any]]
):
    names = zipfile.ZipFile(layer).namelist()
    folders = {name.split("/")[1] for name in names if ".dist-info/" in name}
    found = {tuple(each.removesuffix(".dist-info").rsplit("-", 1)) for each in folders}
    told = {(name, each["version"]) for name, each in of("pypi", components).items()}

    assert {(normal(name), version) for name, version in found} == told - {
        ("chalice", of("pypi", components)["chalice"]["version"])
    }


def test_each_package_is_told_by_a_hash_that_is_locked(components: list[dict[str, Any]]):
    locked = pins(ROOT / "requirements.txt")
    told = of("pypi", components)

    assert told.keys() - {"chalice"} == locked.keys()
    for name, pin in locked.items():
        [digest] = told[name]["hashes"]
        assert f"sha256:{digest['content']}" in pin.hashes


def test_the_layer_s_wheels_are_for_lambda(layer: Path):
    libraries = [name for name in zipfile.ZipFile(layer).namelist() if name.endswith(".so")]

    assert libraries
    assert [name for name in libraries if "x86_64" in name] == []


def test_what_the_pages_serve_is_told(components: list[dict[str, Any]]):
    wanted = json.loads(NPM_LOCK.read_text("utf-8"))["packages"][""]["dependencies"]
    told = of("npm", components).values()
    versions = {"/".join(filter(None, [c.get("group"), c["name"]])): c["version"] for c in told}

    assert versions == wanted
    assert all(each["hashes"] for each in told)


def test_each_component_is_told_with_its_licence(components: list[dict[str, Any]]):
    assert {c["name"] for c in components if not c.get("licenses")} <= UNLICENSED
