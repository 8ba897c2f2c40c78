"""The service over moto: the stack's resources, and the environment that its template gives."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from chalice.test import Client, HTTPResponse

import app
from chalicelib import triggers, wiring
from chalicelib.adapters.aws_clients import client
from chalicelib.model.channel import Queue
from chalicelib.settings import settings
from tests.architecture.sources import REPOSITORY
from tests.contract.stack import make_queue, make_table, resources, template
from tests.integration.backend import Backend

Json = dict[str, Any]

SECRET = "a secret of the tests that is long enough for HS256"
#: The newest first.
SIGNING_SECRETS = ("whsec_" + "bmV3" * 8, "whsec_" + "b2xk" * 8)
EVENTS = Path(__file__).parents[1] / "events"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:anything"
FUNCTIONS = {
    Queue.SEND_SMS: "send_sms",
    Queue.SCHEDULED_SMS: "scheduled_sms",
    Queue.SEND_EMAIL: "send_email",
    Queue.SCHEDULED_EMAIL: "scheduled_email",
    Queue.MY_QUEUE: "my_queue",
}
#: What the local stage chooses, and secrets of our own.
CHOSEN = {
    "STAGE": "local",
    "JWT_SECRET": SECRET,
    "ALLOW_PRIVATE_CALLBACKS": "true",
    "SIGNING_SECRETS": ",".join(SIGNING_SECRETS),
    "BULL_BOARD_USERNAME": "operator",
    "BULL_BOARD_PASSWORD": "a pass: with words",
    "TIMER_TARGET_ARN": ARN,
    "TIMER_ROLE_ARN": ARN,
    "TIMER_DEAD_LETTER_ARN": ARN,
}


@dataclass(frozen=True)
class Context:
    """What a worker asks Lambda's context."""

    remaining_ms: int = 30_000
    aws_request_id: str = "1f5e3c1a-0000-4000-8000-00000000c0de"

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


def a_token(**claims: object) -> str:
    """A token of a user of workspace w1, for longer than any test run; None leaves a claim out."""
    usual: Json = {
        "sub": "crm",
        "role": "user",
        "workspaces": ["w1"],
        "exp": datetime.now(UTC) + timedelta(days=1),
    }
    said = {name: value for name, value in (usual | claims).items() if value is not None}
    return jwt.encode(said, SECRET, algorithm="HS256")


@dataclass(frozen=True)
class Service:
    """The app behind its HTTP interface, its Lambdas, and what they keep."""

    client: Client
    backend: Backend

    def post(
        self, path: str, body: object, *, token: str | None = "", **headers: str
    ) -> HTTPResponse:
        """A request with JSON, or with the bytes as they are; token None sends none."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **_authorization(token)}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.http.post(path, headers=sent, body=raw)

    def get(self, path: str, *, token: str | None = "") -> HTTPResponse:
        """A request without a body."""
        return self.client.http.get(path, headers=_authorization(token))

    def items(self) -> Sequence[Json]:
        """Everything in the jobs table."""
        return client("dynamodb").scan(TableName="JobsTable")["Items"]

    def messages(self, queue: Queue) -> list[Json]:
        """What the mapping of a queue would bring now."""
        url = settings().queue_url(queue)
        answer = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return list(answer.get("Messages", []))

    def place(self, job_id: str, at: datetime, *, handed_over: bool) -> None:
        """Let a job stand in the agenda at that instant, as if time had passed."""
        job = wiring.store().get_jobs([job_id])[job_id]
        wiring.store().touch(job.with_attention(at, handed_over=handed_over))

    def delayed_count(self, queue: Queue) -> int:
        """How many envelopes are not visible yet."""
        name = "ApproximateNumberOfMessagesDelayed"
        answer = client("sqs").get_queue_attributes(
            QueueUrl=settings().queue_url(queue), AttributeNames=[name]
        )
        return int(answer["Attributes"][name])

    def invoke(self, function: str, event: Json, *, context: object = None) -> Any:  # noqa: ANN401
        """Run a Lambda as AWS would."""
        return app.app.handler_map[function](event, context or Context())

    def work(self, queue: Queue = Queue.SEND_SMS) -> Json:
        """Bring the visible envelopes of a queue to its worker."""
        return self.invoke(FUNCTIONS[queue], sqs_event(self.messages(queue)))


def _authorization(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token or a_token()}"}


def recorded(name: str) -> Json:
    """An event as AWS sent it."""
    event: Json = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    return event


def sqs_event(messages: Sequence[Json]) -> Json:
    """The recorded batch, with these messages in it."""
    record = recorded("sqs_batch")["Records"][0]
    return {
        "Records": [
            record
            | {
                "messageId": message["MessageId"],
                "receiptHandle": message.get("ReceiptHandle", "handle"),
                "body": message["Body"],
            }
            for message in messages
        ]
    }


def stream_event(*records: Json) -> Json:
    """What the stream's mappings bring."""
    return {"Records": list(records)}


def stack_environment(backend: Backend) -> Iterator[tuple[str, str]]:
    """Make the stack's tables, queues and timer group; answers what its variables hold."""
    made = {
        name: make_table(name) for name, _ in resources("tables.yaml", kind="AWS::DynamoDB::Table")
    }
    made |= {name: make_queue(name) for name, _ in resources("queues.yaml", kind="AWS::SQS::Queue")}
    for name, _ in resources("timers.yaml", kind="AWS::Scheduler::ScheduleGroup"):
        client("scheduler").create_schedule_group(Name=name)
        made[name] = name
    made |= {"SmsApiUrl": backend.url, "EmailApiUrl": backend.url}
    made |= _defaults(template("parameters.yaml")["Parameters"])
    variables = template("functions.yaml")["Globals"]["Function"]["Environment"]["Variables"]
    for variable, said in variables.items():
        if isinstance(said, str):
            yield variable, made.get(said, said)
    yield from CHOSEN.items()


def _defaults(parameters: Mapping[str, Json]) -> dict[str, str]:
    return {name: str(each["Default"]) for name, each in parameters.items() if "Default" in each}


def forget() -> None:
    """Close what the process keeps, and let it be made anew."""
    opened: list[Any] = []
    if wiring.deliver.cache_info().currsize:
        opened.append(wiring.deliver().attempts.callbacks)
    if wiring.post_notices.cache_info().currsize:
        opened.append(wiring.post_notices().callbacks)
    for callbacks in opened:
        if callbacks._client is not None:
            triggers._loop().run_until_complete(callbacks._client.aclose())
    for made in (settings, *(getattr(wiring, name) for name in wiring.__all__)):
        if hasattr(made, "cache_clear"):
            made.cache_clear()


def open_client() -> Client:
    """The app as its tests see it."""
    return Client(app.app, project_dir=str(REPOSITORY))
