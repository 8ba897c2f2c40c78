"""Who is woken finds a page to look at, and a section that says what to do."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib.model.figure import Name
from chalicelib.observe import NAMESPACE
from infra.layer import ROOT
from infra.package import TEMPLATE_NAME
from tests.acceptance.template import Template, target

RUNBOOK = "infra/README.md"
SECTION = re.compile(rf"{re.escape(RUNBOOK)}#([a-z0-9-]+)$")
Alarms = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def prod(packed: Path) -> Template:
    return Template.read(packed / TEMPLATE_NAME, Stage="prod")


@pytest.fixture(scope="module")
def alarms(prod: Template) -> Alarms:
    return prod.of_type("AWS::CloudWatch::Alarm")


def anchors(markdown: str) -> set[str]:
    """What a link may name: headings as GitHub writes them."""
    headings = re.findall(r"^#+ (.+)$", markdown, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def watched(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The metrics that an alarm looks at."""
    if "Metrics" not in alarm:
        return [alarm]
    return [each["MetricStat"]["Metric"] for each in alarm["Metrics"] if "MetricStat" in each]


def looked_at(alarms: Alarms, metric: str, dimension: str) -> set[str]:
    """The resources whose metric some alarm looks at."""
    return {
        target(each["Value"])
        for alarm in alarms.values()
        for watching in watched(alarm)
        if watching["MetricName"] == metric
        for each in watching["Dimensions"]
        if each["Name"] == dimension
    }


def test_every_alarm_names_its_section_of_the_runbook(alarms: Alarms):
    known = anchors((ROOT / RUNBOOK).read_text(encoding="utf-8"))

    named = {name: SECTION.search(each["AlarmDescription"]) for name, each in alarms.items()}
    assert named
    assert {name for name, found in named.items() if not found or found[1] not in known} == set()


def test_every_alarm_tells_somebody_when_it_starts_and_when_it_ends(alarms: Alarms):
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}]


def test_a_topic_that_is_given_takes_the_place_of_the_stacks_own(packed: Path):
    given = Template.read(
        packed / TEMPLATE_NAME, Stage="prod", AlarmTopicArn="arn:x", AlarmEmail="a@b.test"
    )

    told = [each["AlarmActions"] for each in given.of_type("AWS::CloudWatch::Alarm").values()]
    assert all(each == [{"Ref": "AlarmTopicArn"}] for each in told)
    assert given.of_type("AWS::SNS::Topic") == given.of_type("AWS::SNS::Subscription") == {}


def test_an_address_is_written_to_by_the_stacks_own_topic(packed: Path):
    mailed = Template.read(packed / TEMPLATE_NAME, Stage="prod", AlarmEmail="a@b.test")

    [subscription] = mailed.of_type("AWS::SNS::Subscription").values()
    assert target(subscription["TopicArn"]) in mailed.of_type("AWS::SNS::Topic")


def test_every_dead_letter_queue_has_an_alarm(prod: Template, alarms: Alarms):
    ends = {name for name in prod.of_type("AWS::SQS::Queue") if "DeadLetters" in name}

    assert looked_at(alarms, "ApproximateNumberOfMessagesVisible", "QueueName") == ends


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_has_an_alarm(prod: Template, alarms: Alarms, metric: str):
    functions = prod.of_type("AWS::Serverless::Function").keys()

    assert looked_at(alarms, metric, "FunctionName") == functions


@pytest.mark.parametrize("metric", ["ReadThrottleEvents", "WriteThrottleEvents"])
def test_every_table_and_index_has_an_alarm(prod: Template, alarms: Alarms, metric: str):
    tables = prod.of_type("AWS::DynamoDB::Table")
    indexes = {
        each["IndexName"]
        for table in tables.values()
        for each in table.get("GlobalSecondaryIndexes", [])
    }

    named = {
        dimension["Value"]
        for alarm in alarms.values()
        for watching in watched(alarm)
        if watching["MetricName"] == metric
        for dimension in watching["Dimensions"]
        if dimension["Name"] == "GlobalSecondaryIndexName"
    }
    assert looked_at(alarms, metric, "TableName") == tables.keys()
    assert named == indexes


def test_no_alarm_waits_for_a_metric_that_nobody_tells(alarms: Alarms):
    metrics = [each for alarm in alarms.values() for each in watched(alarm)]
    own = {each["MetricName"] for each in metrics if each["Namespace"] == NAMESPACE}

    assert own
    assert own <= {each.value for each in Name}


def test_no_alarm_looks_at_more_metrics_than_cloudwatch_takes(alarms: Alarms):
    assert max(len(watched(alarm)) for alarm in alarms.values()) <= 10


def test_the_dashboard_shows_every_alarm(prod: Template, alarms: Alarms):
    [dashboard] = prod.of_type("AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(dashboard["DashboardBody"]["Fn::Sub"])["widgets"]

    [shown] = [each["properties"]["alarms"] for each in widgets if each["type"] == "alarm"]
    assert sorted(shown) == sorted(f"${{{name}.Arn}}" for name in alarms)


def test_the_dashboard_s_widgets_do_not_overlap(prod: Template):
    [dashboard] = prod.of_type("AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(dashboard["DashboardBody"]["Fn::Sub"])["widgets"]

    places = [
        (x, y)
        for each in widgets
        for x in range(each["x"], each["x"] + each["width"])
        for y in range(each["y"], each["y"] + each["height"])
    ]
    assert len(places) == len(set(places))
    assert {x for x, _ in places} == set(range(24))
