"""Writes what ships, with versions, hashes and licences, as CycloneDX: `make package` does.

The layer's packages as they lie in it, Chalice's runtime, which is packed beside app.py, and the
npm packages that the pages serve; what those bundle is in Bull Board's *.LICENSE.txt.
"""

import base64
import json
import sys
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from cyclonedx.contrib.hash.factories import HashTypeFactory
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

import chalicelib
from infra.layer import ROOT, lambda_layer, report_of
from infra.pins import normal

SBOM_NAME = "sbom.json"
NPM_LOCK = ROOT / "infra" / "ui" / "package-lock.json"
_HASHES, _LICENSES = HashTypeFactory(), LicenseFactory()
_CLASSIFIER = "License :: OSI Approved :: "


def write_sbom(out: Path, layer: Path) -> Path:
    """Write it into the folder ``out``, for a ``layer`` of `lambda_layer`'s; answer its path."""
    service = Component(
        type=ComponentType.APPLICATION,
        name="message-queue",
        version=chalicelib.__version__,
        licenses=[_license("MIT")],
    )
    bom = Bom(components=[*_layer(layer), _runtime(), *_pages()])
    bom.metadata.component = service
    bom.register_dependency(service, bom.components)
    path = out / SBOM_NAME
    outputter = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6)
    outputter.output_to_file(str(path), allow_overwrite=True, indent=2)
    return path


def _layer(layer: Path) -> Iterator[Component]:
    digests = _digests(report_of(layer))
    with zipfile.ZipFile(layer) as opened:
        for name in opened.namelist():
            if name.endswith(".dist-info/METADATA"):
                about = Parser().parsestr(opened.read(name).decode(), headersonly=True)
                yield _package(about, digests[normal(about["Name"])])


def _digests(report: Path) -> dict[str, HashType]:
    """The hash of each file that pip installed, by package."""
    installed = json.loads(report.read_text("utf-8"))["install"]
    return {
        normal(each["metadata"]["name"]): HashType(
            alg=HashAlgorithm.SHA_256,
            content=each["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for each in installed
    }


def _package(about: Message, *digests: HashType) -> Component:
    name, version = normal(about["Name"]), about["Version"]
    purl = PackageURL("pypi", name=name, version=version)
    licenses = [_license(text) for text in _license_texts(about)]
    return Component(
        name=name, version=version, purl=purl, bom_ref=str(purl), hashes=digests, licenses=licenses
    )


def _runtime() -> Component:
    return _package(distribution("chalice").metadata)


def _license_texts(about: Message) -> list[str]:
    """The licence's expression, else its name, else the classifiers': the newest way first."""
    said = about["License-Expression"] or about["License"]
    if said and "\n" not in said:
        return [said]
    classifiers = about.get_all("Classifier", [])
    return [each.removeprefix(_CLASSIFIER) for each in classifiers if each.startswith(_CLASSIFIER)]


def _license(text: str) -> License:
    return _LICENSES.make_from_string(text)


def _pages() -> Iterator[Component]:
    """What package.json names: the rest is bundled into it, or is not served."""
    locked: dict[str, Any] = json.loads(NPM_LOCK.read_text("utf-8"))["packages"]
    for name in locked[""]["dependencies"]:
        facts = locked[f"node_modules/{name}"]
        namespace, _, bare = name.rpartition("/")
        purl = PackageURL("npm", namespace or None, bare, facts["version"])
        algorithm, _, digest = facts["integrity"].partition("-")
        yield Component(
            group=namespace or None,
            name=bare,
            version=facts["version"],
            purl=purl,
            bom_ref=str(purl),
            hashes=[_HASHES.from_hashlib_alg(algorithm, base64.b64decode(digest).hex())],
            licenses=[_license(facts["license"])],
        )


if __name__ == "__main__":
    print(write_sbom(Path(sys.argv[1]), lambda_layer()))
