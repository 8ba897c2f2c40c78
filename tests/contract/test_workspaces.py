"""`ports.Workspaces`: what was put is what is read, in memory and on DynamoDB."""

import pytest

from chalicelib.adapters.dynamodb_workspaces import DynamoWorkspaces
from chalicelib.model.channel import Channel, Rate
from chalicelib.model.workspace import Event, WorkspaceSettings
from chalicelib.ports.access import Workspaces
from tests.contract.stack import make_table
from tests.rig.memory.workspaces import MemoryWorkspaces

ALL = WorkspaceSettings(
    timezone="America/New_York",
    webhook_url="https://example.com/hooks",
    webhook_events=(Event.RETRIED, Event.FAILED),
    limits={Channel.SMS: Rate(10), Channel.EMAIL: Rate(20)},
)


@pytest.fixture
def workspaces(world: str) -> Workspaces:
    if world == "memory":
        return MemoryWorkspaces()
    return DynamoWorkspaces(make_table("ControlTable"))


def test_a_workspace_that_has_chosen_nothing_has_the_defaults(workspaces: Workspaces):
    assert workspaces.get("w1") == WorkspaceSettings(
        timezone="UTC", webhook_url=None, webhook_events=(Event.FAILED,), limits={}
    )


@pytest.mark.parametrize(
    "chosen",
    [
        ALL,
        WorkspaceSettings(),
        WorkspaceSettings(webhook_events=(), limits={Channel.EMAIL: Rate(1)}),
    ],
)
def test_what_was_put_is_read(workspaces: Workspaces, chosen: WorkspaceSettings):
    workspaces.put("w1", chosen)

    assert workspaces.get("w1") == chosen


def test_a_put_replaces_all_of_it(workspaces: Workspaces):
    workspaces.put("w1", ALL)
    workspaces.put("w1", WorkspaceSettings(timezone="Asia/Tokyo"))

    assert workspaces.get("w1") == WorkspaceSettings(timezone="Asia/Tokyo")


def test_workspaces_do_not_mix(workspaces: Workspaces):
    workspaces.put("w1", ALL)

    assert workspaces.get("w2") == WorkspaceSettings()
