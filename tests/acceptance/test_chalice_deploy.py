"""`chalice deploy` onto a stack of tables and queues, as far as the emulator goes.

It makes an empty API of what Chalice imports, so the API function is invoked as API Gateway would.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.chalice_deploy import APP_NAME, chalice_deploy
from infra.deploy import Target
from tests.rig.cloud.bare import BareCloud
from tests.rig.cloud.service import running_sink, waited_for
from tests.rig.messages import a_message
from tests.rig.sink.process import SinkProcess

pytestmark = pytest.mark.nightly

STAGE = "dev"
PATH = "/api/schedule-sms"
PATIENCE_S = 60


@dataclass(frozen=True)
class Deployed:
    """What Chalice has deployed."""

    cloud: BareCloud
    sink: SinkProcess

    def functions(self) -> set[str]:
        """The functions' names, without the application's and the stage's."""
        found = self.cloud.clients("lambda").list_functions()["Functions"]
        return {each["FunctionName"].removeprefix(f"{APP_NAME}-{STAGE}") for each in found}

    def mappings(self) -> list[dict[str, Any]]:
        """All event-source mappings."""
        return self.cloud.clients("lambda").list_event_source_mappings()["EventSourceMappings"]

    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """What the API function answers to a POST of API Gateway's."""
        headers = {"authorization": f"Bearer {self.cloud.token}"}
        headers["content-type"] = "application/json"
        context = {"identity": {"sourceIp": "127.0.0.1"}, "requestId": "r1", "path": PATH}
        event = {
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "multiValueQueryStringParameters": None,
            "pathParameters": None,
            "stageVariables": None,
            "body": json.dumps(body),
            "isBase64Encoded": False,
            "requestContext": {**context, "resourcePath": PATH, "httpMethod": "POST"},
        }
        answer = self.cloud.clients("lambda").invoke(
            FunctionName=f"{APP_NAME}-{STAGE}", Payload=json.dumps(event).encode()
        )
        return json.loads(answer["Payload"].read())


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("chalice")
    with running_sink() as sink, BareCloud(folder / "cloud") as cloud:
        cloud.clients("s3").create_bucket(Bucket="packages")
        cloud.put_secrets(f"{APP_NAME}-{STAGE}")
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("AWS_ENDPOINT_URL", cloud.url)
            environment.setenv("AWS_ACCESS_KEY_ID", "test")  # the emulator's own root
            environment.delenv("AWS_SESSION_TOKEN")
            _deploy(cloud, sink, folder=folder)
        yield Deployed(cloud, sink)


def _deploy(cloud: BareCloud, sink: SinkProcess, *, folder: Path) -> None:
    chalice_deploy(
        STAGE,
        Target(cloud.clients, "", "packages", poll_interval_s=0.05),
        parameters=cloud.production(sink.url),
        native=True,
        deployed=folder / "deployed",
    )


def test_all_functions_are_there(deployed: Deployed):
    workers = {"-send_sms", "-scheduled_sms", "-send_email", "-scheduled_email", "-my_queue"}

    assert deployed.functions() == {
        "",
        *workers,
        *("-release", "-rescue", "-tally", "-notify", "-post_notice", "-recount"),
    }


def test_mappings_are_completed(deployed: Deployed):
    mappings = deployed.mappings()

    assert len(mappings) == 8
    assert all(each["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for each in mappings)
    queues = [each for each in mappings if ":sqs:" in each["EventSourceArn"]]
    assert [each["ScalingConfig"]["MaximumConcurrency"] for each in queues] == [5] * 6
    streams = [each for each in mappings if ":dynamodb:" in each["EventSourceArn"]]
    assert all(each["FilterCriteria"]["Filters"] for each in streams)


def test_a_job_is_called_back(deployed: Deployed):
    answer = deployed.post({**a_message("sms", 1), "workspaceId": "w-chalice"})

    assert answer["statusCode"] == 200, answer
    job_id = json.loads(answer["body"])["jobId"]
    arrivals = waited_for(deployed.sink.arrivals, bool, PATIENCE_S)
    assert [arrival.job_id for arrival in arrivals] == [job_id]
