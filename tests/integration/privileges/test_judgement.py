"""What is said of a role that allows too little, too much, or more widely than is needed."""

import pytest

from tests.integration.privileges.judgement import faults
from tests.integration.privileges.needs import arn
from tests.integration.privileges.policies import Condition, Need, Permission
from tests.integration.privileges.pollers import needs_of_lambda
from tests.integration.privileges.roles import Function, Stack, stack

TABLE = arn("dynamodb", "table/T")
READS = Permission("dynamodb:GetItem", TABLE)
KEYS = "dynamodb:LeadingKeys"


def a_function(*permissions: Permission) -> Function:
    return Function("Release", [], permissions)


def a_read(*keys: str) -> Need:
    return Need("dynamodb:GetItem", TABLE, {KEYS: frozenset(keys)})


def test_what_is_enough_and_needed_is_no_fault():
    assert faults(a_function(READS), [a_read("a")]) == []


def test_what_is_missing_is_told_with_function_action_and_resource():
    (fault,) = faults(a_function(), [Need("dynamodb:GetItem", TABLE)])

    assert fault == (
        f"Release needs dynamodb:GetItem on {TABLE}, and its role does not allow it:"
        " add it to infra/stack/roles.yaml"
    )


def test_what_is_not_needed_is_told_with_function_action_and_resource():
    (fault,) = faults(a_function(READS), [])

    assert fault == (
        f"Release may dynamodb:GetItem on {TABLE}, and needs it for nothing:"
        " take it out of infra/stack/roles.yaml,"
        " or add what needs it to tests/integration/privileges"
    )


def test_a_key_that_is_missing_is_told_though_another_one_is_allowed():
    keys = Condition("ForAllValues:StringLike", KEYS, frozenset({"a#*"}))
    permission = Permission("dynamodb:GetItem", TABLE, (keys,))

    (fault,) = faults(a_function(permission), [a_read("a#1"), a_read("b#1"), a_read("a#2")])

    assert f"needs dynamodb:GetItem on {TABLE} ({KEYS}: b#1)" in fault


def test_a_key_that_is_not_needed_is_told():
    keys = Condition("ForAllValues:StringLike", KEYS, frozenset({"a#*", "b#*"}))
    permission = Permission("dynamodb:GetItem", TABLE, (keys,))

    assert faults(a_function(permission), [a_read("a#1")]) == [
        f"Release may dynamodb:GetItem on {TABLE} for {KEYS} b#*, and needs that for nothing"
    ]


@pytest.mark.parametrize("name", ["send_sms", "tally", "post_notice"])
def test_a_mapping_s_poller_needs_its_source(name: str):
    function = stack().functions()[name]
    blind = Function(function.name, function.events, [])

    found = faults(blind, list(needs_of_lambda(function)))
    assert any("sqs:ReceiveMessage" in each or "GetRecords" in each for each in found)
    assert all("its role does not allow it" in each for each in found)


def test_a_function_with_a_log_of_its_own_makes_none():
    own = Function("Release", [], [], log_group="/message-queue/release")
    streams = arn("logs", "log-group:/message-queue/release:*")

    needs = list(needs_of_lambda(own))
    assert [need.action for need in needs] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert all(Permission(need.action, streams).allows(need) for need in needs)


def test_a_log_group_is_known_by_its_name():
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Fn::Sub": "/q/${X}"}}}
    known = Stack({"ReleaseLogs": group}, {"X": {"Default": "release"}})

    assert known.resolved({"Ref": "ReleaseLogs"}) == "/q/release"
    assert known.resolved({"Fn::GetAtt": ["ReleaseLogs", "Arn"]}) == arn(
        "logs", "log-group:/q/release:*"
    )
