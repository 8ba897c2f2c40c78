"""What a broadcast costs in DynamoDB, from its acceptance to its last outcome: no unit more."""

from dataclasses import replace

import pytest

from chalicelib.adapters.dynamodb_backlogs import DynamoBacklogs
from chalicelib.adapters.dynamodb_batch_log import DynamoBatchLog
from chalicelib.adapters.dynamodb_breakers import DynamoBreakers
from chalicelib.adapters.dynamodb_pace import DynamoPace
from chalicelib.adapters.dynamodb_pauses import DynamoPauses
from chalicelib.adapters.dynamodb_queue_lists import DynamoQueueLists
from chalicelib.adapters.dynamodb_restraints import DynamoRestraints
from chalicelib.flow.schedule import Draft
from chalicelib.model.channel import Channel, Queue
from tests.contract.stack import a_job_store, make_table
from tests.contract.unit_meter import metered
from tests.rig.builders import NOON, a_payload
from tests.rig.world import SECOND, World

COUNT = 60


@pytest.fixture
def world(aws: None) -> World:
    """The whole queue over DynamoDB's tables, in a time that passes only while everybody sleeps."""
    del aws
    control = make_table("ControlTable")
    made = World(
        store=a_job_store(),
        pace=DynamoPace(control),
        backlogs=DynamoBacklogs(control),
        restraints=DynamoRestraints(control),
        pauses=DynamoPauses(control),
        breakers=DynamoBreakers(control),
        batch_log=DynamoBatchLog(make_table("TalliesTable")),
    )
    held = replace(made.feed.held, lists=DynamoQueueLists("JobsTable"))
    made.feed = replace(made.feed, held=held)
    return made


def test_a_broadcast_uses_so_many_units_a_job(world: World):
    with metered() as units:

        async def story() -> None:
            for workspace_id in ("w1", "w2"):
                world.schedule([Draft(Channel.SMS, workspace_id, a_payload())] * (COUNT // 2))
            await world.live(Queue.SEND_SMS, until=NOON + 6 * SECOND)

        world.run(story())

    assert len(world.called) == COUNT
    a_job = {name: count / COUNT for name, count in units.written.items()}
    assert a_job["JobsTable payload"] == 1
    assert a_job["JobsTable job"] == 3  # accepted, claimed, completed
    assert a_job["agenda"] == 1 + 1 + 1  # accepted, claimed, gone
    assert a_job["by_workspace"] == 1 + 2
    assert a_job["ControlTable"] + a_job["TalliesTable"] < 1.5
    assert units.read["JobsTable"] < 2.5 * COUNT
