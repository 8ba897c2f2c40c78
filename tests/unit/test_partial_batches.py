"""Batches that the emulated AWS does in part: each entry is either done or said to be left."""

import asyncio
import json
import random
from collections.abc import Callable
from typing import Any

from infra.local.mended.partial_batches import served

Json = dict[str, Any]
KEYS = [{"pk": {"S": f"job-{n}"}} for n in range(5)]


def a_call(
    action: str, asked: Json, *, answered: Json | Callable[[Json], Json], seed: int = 1
) -> tuple[list[Json], Json]:
    """What was asked of the emulator, and what the caller was answered."""
    passed_on: list[Json] = []

    async def serve(*request: Any) -> tuple[int, Json, bytes]:  # noqa: ANN401 - as MiniStack calls it
        passed_on.append(json.loads(request[3]))
        said = answered(passed_on[-1]) if callable(answered) else answered
        return 200, {"x-amz-crc32": "of another body"}, json.dumps(said).encode()

    headers = {"x-amz-target": f"Some_20120810.{action}"}
    request = ("POST", "/", headers, json.dumps(asked).encode(), {})
    _, kept, body = asyncio.run(served(request, serve=serve, chance=random.Random(seed)))
    assert "x-amz-crc32" not in kept
    return passed_on, json.loads(body)


def test_half_of_a_batch_to_sqs_is_sent_and_the_others_are_named():
    entries = [{"Id": str(n)} for n in range(6)]

    [passed_on], answer = a_call(
        "SendMessageBatch", {"QueueUrl": "q", "Entries": entries}, answered={"Successful": []}
    )

    sent = {each["Id"] for each in passed_on["Entries"]}
    assert len(sent) == 3
    assert {each["Id"] for each in answer["Failed"]} == {each["Id"] for each in entries} - sent


def test_a_batch_of_one_is_not_sent_at_all():
    passed_on, answer = a_call("SendMessageBatch", {"Entries": [{"Id": "0"}]}, answered={})

    assert passed_on == []
    assert [each["Id"] for each in answer["Failed"]] == ["0"]


def test_items_that_are_not_written_come_back_unprocessed():
    puts = [{"PutRequest": {"Item": key}} for key in KEYS]

    [passed_on], answer = a_call(
        "BatchWriteItem", {"RequestItems": {"jobs": puts}}, answered={"UnprocessedItems": {}}
    )

    done, left = passed_on["RequestItems"]["jobs"], answer["UnprocessedItems"]["jobs"]
    assert len(done) == 2
    assert sorted(map(str, done + left)) == sorted(map(str, puts))


def test_keys_that_are_not_read_come_back_with_what_the_read_asked_for():
    asked = {"RequestItems": {"jobs": {"Keys": KEYS, "ConsistentRead": True}}}

    [passed_on], answer = a_call("BatchGetItem", asked, answered={"Responses": {"jobs": KEYS[:2]}})

    left = answer["UnprocessedKeys"]["jobs"]
    assert left["ConsistentRead"]
    assert len(passed_on["RequestItems"]["jobs"]["Keys"]) + len(left["Keys"]) == len(KEYS)
    assert answer["Responses"] == {"jobs": KEYS[:2]}


def test_a_read_of_one_key_answers_no_item():
    passed_on, answer = a_call(
        "BatchGetItem", {"RequestItems": {"jobs": {"Keys": KEYS[:1]}}}, answered={}
    )

    assert passed_on == []
    assert answer["Responses"] == {}
    assert answer["UnprocessedKeys"]["jobs"]["Keys"] == KEYS[:1]


def test_each_statement_answers_by_itself_and_some_of_them_fail():
    statements = [{"Statement": f"UPDATE {n}"} for n in range(6)]
    codes: set[str] = set()
    for seed in range(20):
        passed_on, answer = a_call(
            "BatchExecuteStatement",
            {"Statements": statements},
            answered=lambda asked: {"Responses": [{"of": each} for each in asked["Statements"]]},
            seed=seed,
        )

        errors = [each.get("Error") for each in answer["Responses"]]
        unheard = {n for n, error in enumerate(errors) if error}
        assert len(unheard) == 3
        codes |= {error["Code"] for error in errors if error}
        for n in {*range(6)} - unheard:
            assert answer["Responses"][n] == {"of": statements[n]}
        done = [each for call in passed_on for each in call["Statements"]]
        throttled = [n for n in unheard if errors[n]["Code"] == "ThrottlingError"]
        assert not [n for n in throttled if statements[n] in done]
    assert codes == {"ThrottlingError", "InternalServerError"}
