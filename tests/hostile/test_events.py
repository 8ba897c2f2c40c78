"""Poison among good records: the good ones are served, and the poison alone fails."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.adapters.aws_clients import client
from chalicelib.model.channel import Queue
from tests.hostile.events import CLOCKS, ENVELOPES, IMAGES, NOTICES, UNPOSTABLE
from tests.integration.operators import ask
from tests.integration.service import Json, Service, sqs_event, stream_event
from tests.integration.test_scheduling import AN_SMS
from tests.integration.test_workspace_settings import put
from tests.rig.builders import a_claimed_job, a_notice
from tests.rig.stream_records import a_record


def messages(bodies: dict[str, str]) -> list[Json]:
    """A message for each body, whose id is the body's name."""
    return [{"MessageId": name, "Body": body} for name, body in bodies.items()]


def failures(answer: Json) -> set[str]:
    """What SQS is asked to deliver again."""
    return {each["itemIdentifier"] for each in answer["batchItemFailures"]}


def test_poisonous_envelopes_fail_alone(service: Service):
    service.post("/api/schedule-sms", AN_SMS | {"delay": 0})
    good = service.messages(Queue.SEND_SMS)
    answer = service.invoke("send_sms", sqs_event([*messages(ENVELOPES), *good]))

    assert failures(answer) == set(ENVELOPES)
    assert len(service.backend.received) == 1


def subscribed(service: Service) -> None:
    """Let workspace w1 be told of failures."""
    url = f"{service.backend.url}/hook"
    assert put(service, {"webhookUrl": url}).status_code == 200


def a_good_notice() -> Json:
    """A message of a notice that is due."""
    now = datetime.now(UTC)
    return {"MessageId": "good", "Body": a_notice(happened_at=now, not_before=now).to_json()}


def test_poisonous_notices_fail_alone(service: Service):
    subscribed(service)
    answer = service.invoke("post_notice", sqs_event([*messages(NOTICES), a_good_notice()]))

    assert failures(answer) == set(NOTICES)
    assert len(service.backend.received) == 1


@pytest.mark.parametrize("name", UNPOSTABLE)
def test_a_notice_that_cannot_be_posted_is_not_lost(service: Service, name: str):
    subscribed(service)
    service.backend.answers += [500, 500]
    poison = messages({name: UNPOSTABLE[name]})
    answer = service.invoke("post_notice", sqs_event([*poison, a_good_notice()]))

    assert failures(answer) == {name}


def poisonous_records() -> list[Json]:
    """A record for each way of being wrong."""
    job = a_claimed_job()
    usual = a_record(job, replace(job, last_error="x"))["dynamodb"]
    spoilt: list[Json] = [
        usual | {"NewImage": usual["NewImage"] | {name: value}}
        for name, values in IMAGES.items()
        for value in values
        if value is not None
    ]
    spoilt += [usual | {"ApproximateCreationDateTime": at} for at in CLOCKS]
    spoilt += [usual | {"NewImage": image} for image in ([], "x", 7, {})]
    spoilt += [{"Keys": usual["Keys"]}, {"NewImage": usual["NewImage"]}]
    records: list[Json] = [
        {"eventID": f"poison-{i}", "dynamodb": each} for i, each in enumerate(spoilt)
    ]
    bare: list[Any] = [None, [], "x", 7]
    return [*records, *({"eventID": "poison-bare", "dynamodb": each} for each in bare)]


def set_aside() -> set[str]:
    """The records that wait for a person."""
    items = client("dynamodb").scan(TableName="TalliesTable")["Items"]
    return {item["sk"]["S"] for item in items if "record" in item}


def test_poisonous_stream_records_are_set_aside_and_the_good_one_counts(service: Service):
    poison, good = poisonous_records(), a_record(None, a_claimed_job())
    answer = service.invoke("tally", stream_event(*poison, good))

    assert answer == {"batchItemFailures": []}
    assert len(set_aside()) == len({record["eventID"] for record in poison})
    assert ask(service, "/stats").json_body["total"] == 1


def test_poisonous_stream_records_keep_nobody_from_being_told(service: Service):
    subscribed(service)
    job = replace(a_claimed_job(), updated_at=datetime.now(UTC))
    good = a_record(job, job.cancel(at=datetime.now(UTC)))
    put(service, {"webhookUrl": f"{service.backend.url}/hook", "webhookEvents": ["cancelled"]})
    service.invoke("notify", stream_event(*poisonous_records(), good))
    url = client("sqs").get_queue_url(QueueName="NoticesQueue")["QueueUrl"]

    assert len(client("sqs").receive_message(QueueUrl=url)["Messages"]) == 1
