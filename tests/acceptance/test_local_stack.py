"""The emulator gets the whole stack of production, and a stage beside it with its own choices."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.deploy import ClientFor, Target, deploy
from infra.local.emulator import client_for
from infra.local.stack import STACK_NAME
from infra.package import TEMPLATE_NAME
from tests.acceptance.template import Template
from tests.rig.cloud.service import Service

DEV = "dev-beside"


@pytest.fixture
def aws(service: Service) -> ClientFor:
    return client_for(service.cloud.emulator_url())


@pytest.fixture
def dev(aws: ClientFor, packed: Path) -> Iterator[dict[str, str]]:
    """The outputs of a stack of the stage dev."""
    parameters = {"Stage": "dev", "SmsApiUrl": "http://a.test", "EmailApiUrl": "http://b.test"}
    yield deploy(packed, Target(aws, DEV, "packages", 0.05), parameters=parameters)
    aws("cloudformation").delete_stack(StackName=DEV)


def _kinds(aws: ClientFor) -> dict[str, str]:
    pages = (
        aws("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK_NAME)
    )
    found: list[dict[str, Any]] = [
        each for page in pages for each in page["StackResourceSummaries"]
    ]
    return {each["LogicalResourceId"]: each["ResourceType"] for each in found}


def test_it_has_the_alarms_logs_and_dashboard_of_production(aws: ClientFor, packed: Path):
    template = Template.read(packed / TEMPLATE_NAME, Stage="prod")
    watching = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::Logs::LogGroup")
    wanted = {name for kind in watching for name in template.of_type(kind)}

    assert wanted
    assert wanted <= _kinds(aws).keys()


def test_a_function_writes_into_its_own_log_group(service: Service, aws: ClientFor):
    service.http.get("/health").raise_for_status()

    streams = aws("logs").describe_log_streams(logGroupName=f"/message-queue/{STACK_NAME}/api")
    assert streams["logStreams"]


def test_the_queues_have_the_policy_that_asks_for_tls(aws: ClientFor):
    sqs = aws("sqs")
    url = sqs.get_queue_url(QueueName=f"{STACK_NAME}-notices")["QueueUrl"]

    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    assert "aws:SecureTransport" in attributes["Policy"]


def test_dev_reserves_no_executions_and_protects_no_table(dev: dict[str, str], aws: ClientFor):
    reserved = aws("lambda").get_function_concurrency(FunctionName=dev["SendSmsName"])
    [mapping] = aws("lambda").list_event_source_mappings(FunctionName=dev["SendSmsName"])[
        "EventSourceMappings"
    ]
    table = aws("dynamodb").describe_table(TableName=dev["JobsTableName"])["Table"]

    assert "ReservedConcurrentExecutions" not in reserved
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 2}
    assert table["DeletionProtectionEnabled"] is False
