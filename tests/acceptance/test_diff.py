"""What a deployment would change is told, and nothing is changed by asking."""

import json
import shutil
from pathlib import Path

import pytest

from infra.deploy import Target, stack_named
from infra.diff import changes, report
from infra.layer import BUILD
from infra.local.emulator import client_for
from infra.local.stack import STACK_NAME
from infra.package import TEMPLATE_NAME
from tests.rig.cloud.service import Service


@pytest.fixture
def deployed(service: Service) -> Target:
    return Target(client_for(service.cloud.emulator_url()), STACK_NAME, "packages", 0.05)


@pytest.fixture
def package(service: Service, tmp_path: Path) -> Path:
    """A copy of what is deployed."""
    source = BUILD / "local" / str(service.http.base_url.port) / "package"
    return Path(shutil.copytree(source, tmp_path / "package"))


def test_what_is_deployed_already_would_change_nothing(deployed: Target, package: Path):
    found = changes(package, deployed, parameters={})

    assert [*report(found)] == ["Nothing would change."]


def test_a_queue_that_would_be_made_anew_is_marked(deployed: Target, package: Path):
    template = json.loads((package / TEMPLATE_NAME).read_text())
    template["Resources"]["NoticesQueue"]["Properties"]["QueueName"] = "another-name"
    (package / TEMPLATE_NAME).write_text(json.dumps(template))

    [line] = [
        line
        for line in report(changes(package, deployed, parameters={}))
        if "NoticesQueue (" in line
    ]
    assert line == "! ANEW Modify  NoticesQueue (AWS::SQS::Queue): QueueName"


def test_asking_changes_nothing(deployed: Target, package: Path):
    cloudformation = deployed.client_for("cloudformation")
    before = stack_named(STACK_NAME, cloudformation)

    found = changes(package, deployed, parameters={"LogRetentionDays": "7"})

    assert found
    assert stack_named(STACK_NAME, cloudformation) == before
    assert cloudformation.list_change_sets(StackName=STACK_NAME)["Summaries"] == []


def test_a_stack_that_is_not_there_would_be_added_and_is_not_left(deployed: Target, package: Path):
    absent = Target(deployed.client_for, "absent", deployed.bucket, deployed.poll_interval_s)
    parameters = {"Stage": "dev", "SmsApiUrl": "http://a.test", "EmailApiUrl": "http://b.test"}

    found = changes(package, absent, parameters=parameters)

    assert {change["Action"] for change in found} == {"Add"}
    left = stack_named("absent", deployed.client_for("cloudformation"))
    assert left is None
