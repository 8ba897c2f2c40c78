"""What of the template is left where Chalice makes the functions."""

from typing import Any

import pytest

from infra.chalice_stack import without_functions

FUNCTION = "AWS::Serverless::Function"
SOURCES = ("SendSms", "ScheduledSms", "SendEmail", "ScheduledEmail", "MyQueue", "PostNotice")


def a_template(**more: dict[str, Any]) -> dict[str, Any]:
    """The functions, and whatever else."""
    functions = {
        name: {
            "Type": FUNCTION,
            "Properties": {
                "Handler": f"app.{name.lower()}",
                "Role": {"Fn::GetAtt": [f"{name}Role", "Arn"]},
                "Events": {"Source": {"Properties": {"Queue": {"Fn::GetAtt": ["Jobs", "Arn"]}}}},
            },
        }
        for name in (*SOURCES, "Tally")
    }
    variables = {"STAGE": {"Ref": "Stage"}, "JOBS_TABLE": {"Ref": "Jobs"}, "FIXED": "true"}
    return {
        "Resources": {"Jobs": {"Type": "AWS::DynamoDB::Table"}, **functions, **more},
        "Parameters": {"Stage": {"Type": "String"}},
        "Globals": {"Function": {"Environment": {"Variables": variables}}},
        "Outputs": {"SendSmsName": {"Value": {"Ref": "SendSms"}}},
    }


def test_functions_go_and_tables_stay():
    assert [*without_functions(a_template())["Resources"]] == ["Jobs"]


@pytest.mark.parametrize(
    "about",
    [
        {"Ref": "SendSms"},
        {"Fn::GetAtt": ["SendSms", "Arn"]},
        {"Fn::Sub": "/aws/lambda/${SendSms}"},
        {"Fn::Sub": ["${SendSms.Arn}:*", {}]},
        [{"Value": {"Ref": "SendSms"}}],
    ],
)
def test_what_is_about_a_function_goes_with_it(about: object):
    alarm = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Dimensions": about}}
    all_alarms = {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"Of": {"Ref": "Alarm"}}}

    left = without_functions(a_template(Alarm=alarm, AllAlarms=all_alarms))["Resources"]
    assert [*left] == ["Jobs"]


def test_parameters_are_shown_by_no_output():
    told = [each["Value"] for each in without_functions(a_template())["Outputs"].values()]

    assert {"Ref": "Jobs"} in told
    assert {"Ref": "Stage"} not in told
