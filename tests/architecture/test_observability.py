"""What is told of the service is documented, and X-Ray costs nobody a cold start."""

import subprocess
import sys

import pytest

from chalicelib.model.figure import Name
from infra.merge import stack_template
from tests.architecture.sources import REPOSITORY

DOCUMENT = (REPOSITORY / "docs" / "observability.md").read_text("utf-8")


@pytest.mark.parametrize("name", Name)
def test_every_metric_is_documented(name: Name):
    assert f"`{name.value}`" in DOCUMENT


@pytest.mark.parametrize("events_only", ["true", "false"])
def test_no_function_imports_x_ray_s_sdk(events_only: str):
    script = "import app, sys; print([name for name in sys.modules if 'xray' in name])"
    imported = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        env={"EVENTS_ONLY": events_only, "AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert imported.stdout.strip() == "[]"


def test_tracing_is_off_unless_a_deployment_asks_for_it():
    template = stack_template()

    assert template["Globals"]["Function"]["Tracing"] == {"Ref": "Tracing"}
    assert template["Parameters"]["Tracing"]["Default"] == "PassThrough"


def test_every_function_that_is_traced_may_write_segments():
    roles = {
        name: each["Properties"]
        for name, each in stack_template()["Resources"].items()
        if "ManagedPolicyArns" in each.get("Properties", {})
        or any(
            "writes-logs" in str(policy)
            for policy in each.get("Properties", {}).get("Policies", [])
        )
    }

    assert len(roles) >= 12
    assert [name for name, each in roles.items() if "ManagedPolicyArns" not in each] == []
    assert all("Policies" in each for each in roles.values())
