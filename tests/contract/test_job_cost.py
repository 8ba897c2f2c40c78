"""What a job costs in DynamoDB's write units, by the sizes of its items: each step of its way."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.aws_clients import client
from chalicelib.adapters.dynamodb_items import PAYLOAD_RETENTION, key
from chalicelib.adapters.dynamodb_jobs import DynamoJobStore
from chalicelib.model.job import Job
from chalicelib.ports.jobs import Stored
from infra.local.units import index_units, item_bytes, write_units
from tests.contract.stack import a_job_store, resources
from tests.contract.unit_meter import metered
from tests.rig.builders import LEASE, NOON, a_job, a_payload, an_outcome, stored

TABLE = "JobsTable"
SECOND = timedelta(seconds=1)
#: As ids, contacts and answers are in earnest.
SMS = a_payload(message="Hi Robin, your order 4711 is on its way. Reply STOP to opt out.")
ANSWER = '{"success":true,"messageId":"SM0123456789abcdef0123456789abcdef"}'
SENTENCE = '<td style="padding:12px">Order {} arrives on day {} at door {}</td>'

Items = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture
def dynamo(aws: None) -> DynamoJobStore:
    """An empty store."""
    del aws
    return a_job_store()


def items() -> Items:
    """Everything in the table."""
    found = client("dynamodb").scan(TableName=TABLE, ConsistentRead=True)["Items"]
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in found}


def indexes() -> Iterator[dict[str, Any]]:
    """The table's indexes, as the template has them."""
    yield from dict(resources("tables.yaml", kind="AWS::DynamoDB::Table"))[TABLE][
        "GlobalSecondaryIndexes"
    ]


def units(step: Callable[[], object]) -> dict[str, int]:
    """What a step costs: by the kind of item, and by index."""
    before = items()
    step()
    after = items()
    found: dict[str, int] = {}
    for place in before.keys() | after.keys():
        old, new = before.get(place), after.get(place)
        if old != new:
            size = max(item_bytes(old), item_bytes(new))
            found[place[1]] = found.get(place[1], 0) + write_units(size)
            for index in indexes():
                name, cost = index["IndexName"], index_units(index, ["pk", "sk"], old=old, new=new)
                found[name] = found.get(name, 0) + cost
    return {name: cost for name, cost in found.items() if cost}


def an_sms() -> Job:
    """A job with an id as long as they are, of a workspace with a name that says something."""
    return a_job(
        id="01M8ZQ3J5K7N9P0R2T4V6W8X0Y",
        communication_id="01M8ZQ3J5K7N9P0R2T4V6W8X0Y",
        workspace_id="acme-marketing-eu",
        contact_id="contact-0123456789",
    )


def an_email(sentences: int) -> Stored:
    """Of about 60 bytes a sentence, no two alike."""
    html = "".join(SENTENCE.format(n * 7919 % 10007, n % 31, n * 31 % 97) for n in range(sentences))
    return stored(a_job(), a_payload(html=html))


def test_accepting_a_job_costs_a_unit_an_item_and_an_index(dynamo: DynamoJobStore):
    found = units(lambda: dynamo.add([stored(an_sms(), SMS)]))

    assert found == {"payload": 1, "job": 1, "agenda": 1, "by_workspace": 1}


def test_claiming_a_job_moves_it_in_no_index(dynamo: DynamoJobStore):
    job = an_sms()
    dynamo.add([stored(job, SMS)])

    found = units(lambda: dynamo.move(job, job.claim(at=NOON, lease=LEASE)))

    assert found == {"job": 1, "agenda": 1}


def test_a_job_leaves_the_agenda_as_it_is_completed(dynamo: DynamoJobStore):
    claimed = an_sms().claim(at=NOON, lease=LEASE)
    dynamo.add([stored(claimed, SMS)])
    outcome = an_outcome(text=ANSWER)

    found = units(
        lambda: dynamo.move(claimed, claimed.record(outcome, at=NOON + SECOND, wait=SECOND))
    )

    assert found == {"job": 1, "agenda": 1, "by_workspace": 2}


def test_an_email_of_20_kb_is_stored_in_a_fraction_of_it(dynamo: DynamoJobStore):
    email = an_email(300)

    found = units(lambda: dynamo.add([email]))

    assert len(email.payload.body["html"]) > 18_000
    assert found["payload"] <= 5
    assert dynamo.get(email.job.id) == email


def test_an_email_that_was_stored_as_text_is_read(dynamo: DynamoJobStore):
    job = a_job()
    dynamo.add_jobs([job])
    item = key(job.id, "payload") | {
        "body": {"S": '{"html":"' + "x" * 2_000 + '"}'},
        "endpoint": {"S": "/send"},
        "expires_at": {"N": str(int((NOON + PAYLOAD_RETENTION).timestamp()))},
    }
    client("dynamodb").put_item(TableName=TABLE, Item=item)

    found = dynamo.get(job.id)

    assert found is not None
    assert found.payload.body == {"html": "x" * 2_000}


def test_what_was_so_a_moment_ago_is_read_at_half_the_price(dynamo: DynamoJobStore):
    job = an_sms()
    dynamo.add([stored(job, SMS)])

    costs: list[float] = []
    for read in (dynamo.get_jobs, dynamo.recent_jobs, dynamo.get_many, dynamo.recent_many):
        with metered() as used:
            read([job.id])
        costs.append(used.read[TABLE])

    assert costs == [1, 0.5, 2, 1]
