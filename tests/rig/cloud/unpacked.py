"""Functions as Lambda starts them: in a bare process, with the packed code and its layer alone."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.package import CODE_NAME, LAYER_NAME, TEMPLATE_NAME

#: Nothing is ever asked of AWS: clients are made, and no more.
_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "bare",
    "AWS_SECRET_ACCESS_KEY": "bare",
}
_PATHS = """
import site, sys
sys.path.insert(0, {code!r})
for folder in {layer!r}:
    site.addsitedir(folder)
"""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What `infra.package` has made, unpacked as Lambda does."""

    code: Path
    layer: Path
    template: Mapping[str, Any]

    @classmethod
    def of(cls, package: Path, *, into: Path) -> Unpacked:
        """Unpack the folder of a package."""
        for name in (CODE_NAME, LAYER_NAME):
            zipfile.ZipFile(package / name).extractall(into / name)
        template = json.loads((package / TEMPLATE_NAME).read_text(encoding="utf-8"))
        return cls(into / CODE_NAME, into / LAYER_NAME, template)

    @property
    def handlers(self) -> list[str]:
        """The functions of app.py that the template's Lambdas run, by name."""
        functions = (
            resource["Properties"]
            for resource in self.template["Resources"].values()
            if resource["Type"] == "AWS::Serverless::Function"
        )
        return sorted(each["Handler"].removeprefix("app.") for each in functions)

    def run(self, script: str, *, handler: str) -> str:
        """What a script prints in a process that Lambda has told which handler it runs.

        RuntimeError with what it wrote where it fails.
        """
        layer = [str(path) for path in self.layer.glob("python/lib/*/site-packages")]
        paths = _PATHS.format(code=str(self.code), layer=layer)
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", paths + script],
            env={**_ENVIRONMENT, "_HANDLER": f"app.{handler}"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"the packed code does not start on its layer alone:\n{done.stderr}")
        return done.stdout
