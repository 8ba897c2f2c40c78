"""The bench of faults in small: a worker dies while DynamoDB and SQS fail; no promise breaks."""

from contextlib import closing
from random import Random

import pytest

from tests.rig.client import QueueClient
from tests.rig.cloud.service import running_service
from tests.rig.cloud.stage import Stage
from tests.rig.faults.kills import kill_workers
from tests.rig.faults.load import Load
from tests.rig.faults.scenarios import play
from tests.rig.faults.scene import Scene
from tests.rig.faults.storms import a_fault, storm
from tests.rig.faults.weather import Weather

pytestmark = pytest.mark.nightly

COUNT = 100
FAULTS = [
    a_fault(service, kind, percent=10)
    for service in ("dynamodb", "sqs")
    for kind in ("throttled", "lost", "partial")
]


def strike(scene: Scene) -> str:
    return storm(scene, FAULTS, meanwhile=lambda: kill_workers(scene, times=1))


def test_no_promise_is_broken_where_a_worker_dies_while_aws_fails():
    with running_service(AWS_FAULTS="true") as service:
        url, token = service.cloud.url, service.cloud.token
        chance = Random(1)
        load = Load(url, token, name="faults", chance=chance)
        with closing(load), closing(QueueClient(url, token)) as client:
            stage = Stage(service.sink, service.cloud, client)
            scene = Scene(stage, load, Weather(url), chance, COUNT)

            _, verdict = play(scene, strike, by_timer=False)
        hits = scene.weather.hits()

    assert verdict.broken() == []
    assert verdict.accepted > 2 * COUNT
    assert {"dynamodb throttled", "dynamodb lost", "dynamodb partial"} <= hits.keys()
