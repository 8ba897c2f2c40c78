"""Each port as its adapters keep it: in memory, and on AWS as moto plays it."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from chalicelib.adapters.dynamodb_pace import DynamoPace
from chalicelib.adapters.system_chance import SystemChance
from chalicelib.ports.delivery import Pace
from chalicelib.ports.jobs import JobStore
from chalicelib.ports.world import Chance
from tests.contract.aws_probes import EventBridgeAlarm, SqsPost
from tests.contract.memory_probes import MemoryAlarm, MemoryPost
from tests.contract.stack import a_job_store, make_table
from tests.contract.test_queues import Post
from tests.contract.test_timers import Alarm
from tests.rig.memory.jobs import MemoryChance, MemoryJobStore, MemoryPace


@pytest.fixture
def aws() -> Iterator[None]:
    """An empty AWS; clients that were made after moto's import are at home in each."""
    with mock_aws():
        yield


@pytest.fixture(params=["memory", "aws"])
def world(request: pytest.FixtureRequest) -> str:
    """Which adapters a test is about."""
    if request.param == "aws":
        request.getfixturevalue("aws")
    return request.param


@pytest.fixture
def store(world: str) -> JobStore:
    """An empty job store."""
    return MemoryJobStore() if world == "memory" else a_job_store()


@pytest.fixture
def pace(world: str) -> Pace:
    """A pace that nobody has reserved from."""
    return MemoryPace() if world == "memory" else DynamoPace(make_table("ControlTable"))


@pytest.fixture
def post(world: str) -> Post:
    """Empty queues."""
    return MemoryPost() if world == "memory" else SqsPost.open()


@pytest.fixture
def alarm(world: str) -> Alarm:
    """No timers."""
    return MemoryAlarm() if world == "memory" else EventBridgeAlarm.open()


@pytest.fixture(params=[MemoryChance, SystemChance])
def chance(request: pytest.FixtureRequest) -> Chance:
    """A source of randomness."""
    return request.param()
