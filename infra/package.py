"""Packs the service for CloudFormation: a template, the code's zip and the dependencies' layer."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

from infra.layer import BUILD, ROOT, compile_tree, lambda_layer, native_layer
from infra.merge import Template, stack_template
from infra.zips import write_zip

TEMPLATE_NAME = "sam.json"
CODE_NAME = "deployment.zip"
LAYER_NAME = "layer.zip"

#: What must go along with the code (Apache License 2.0, section 4; the MIT License).
LICENCES = ("LICENSE", "NOTICE")

_PROJECT = ("app.py", "chalicelib", ".chalice")
_IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc", "deployments", "deployed")


def package(stage: str, out: Path, *, native: bool = False, project: Path = ROOT) -> Path:
    """Pack ``project`` for ``stage`` into the folder ``out``; answer the template's path.

    ``native``: the layer suits this machine (the local cloud) instead of Lambda.
    """
    layer = native_layer() if native else lambda_layer()
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="package-", dir=BUILD) as scratch:
        staged = stage_project(project, Path(scratch) / "project", stage=stage)
        _run_chalice(staged, stage, out=out)
        _check_template(out / TEMPLATE_NAME)
        _complete_code(out / CODE_NAME, Path(scratch) / "code")
    shutil.copyfile(layer, out / LAYER_NAME)
    return out / TEMPLATE_NAME


def template_of(stage: str, project: Path = ROOT) -> Template:
    """What CloudFormation would get of ``project``; nothing is packed for it."""
    with tempfile.TemporaryDirectory(prefix="template-") as scratch:
        out = Path(scratch) / "out"
        staged = stage_project(project, Path(scratch) / "project", stage=stage)
        _run_chalice(staged, stage, out=out)
        return json.loads((out / TEMPLATE_NAME).read_text(encoding="utf-8"))


def stage_project(project: Path, staged: Path, *, stage: str) -> Path:
    """A copy without requirements: the layer has them, and Chalice would fetch them each time."""
    staged.mkdir()
    for name in _PROJECT:
        source = project / name
        if source.is_dir():
            shutil.copytree(source, staged / name, ignore=_IGNORED)
        else:
            shutil.copyfile(source, staged / name)
    (staged / "requirements.txt").write_text("", encoding="utf-8")
    template = stack_template(is_local=stage == "local")
    (staged / "merge.json").write_text(json.dumps(template), encoding="utf-8")
    return staged


def _run_chalice(staged: Path, stage: str, *, out: Path) -> None:
    command = [str(Path(sys.executable).with_name("chalice")), "package", "--stage", stage]
    command += ["--template-format", "json", "--merge-template", "merge.json", str(out.resolve())]
    environment = {
        "AWS_DEFAULT_REGION": "us-east-1",
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        command, cwd=staged, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"chalice could not package the app:\n{done.stdout}{done.stderr}")


def _check_template(template: Path) -> None:
    """What the stack's files add to must be there: they tell no function's type or handler."""
    resources = json.loads(template.read_text(encoding="utf-8"))["Resources"]
    if missing := [name for name, resource in resources.items() if "Type" not in resource]:
        raise SystemExit(f"infra/stack speaks of what app.py does not have: {', '.join(missing)}")


def _complete_code(archive: Path, unpacked: Path) -> None:
    """Add to the code's zip what Chalice leaves out: compiled modules, and the licences' texts."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(unpacked)
    compile_tree(unpacked)
    for name in LICENCES:
        shutil.copyfile(ROOT / name, unpacked / name)
    for file in distribution("chalice").files or ():
        if file.name in LICENCES:  # of the runtime that Chalice puts beside app.py
            shutil.copyfile(file.locate(), unpacked / "chalice" / file.name)
    write_zip(archive, {"": unpacked})


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: ``python -m infra.package --stage prod --out build/prod``."""
    parser = argparse.ArgumentParser(prog="python -m infra.package", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--native", action="store_true", help="a layer for this machine")
    chosen = parser.parse_args(arguments)
    print(package(chosen.stage, chosen.out, native=chosen.native))


if __name__ == "__main__":
    main()
