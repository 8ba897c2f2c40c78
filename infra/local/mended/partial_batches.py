"""Batches that are done in part, as AWS answers them: what was not done is named in the answer.

Of statements each answers by itself; one that is broken may have been done, as on AWS.
"""

import json
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

_Json = dict[str, Any]
_Answer = tuple[int, Mapping[str, str], bytes]

#: Of SQS by their entries, of DynamoDB by the table's part; where the answer names the others.
_OF_SQS = ("SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch")
_OF_DYNAMODB = {"BatchWriteItem": "UnprocessedItems", "BatchGetItem": "UnprocessedKeys"}
_STATEMENTS = "BatchExecuteStatement"
ACTIONS = frozenset({*_OF_SQS, *_OF_DYNAMODB, _STATEMENTS})
#: What a statement answers, and whether it was done.
_FAILURES = (
    ("ThrottlingError", False),
    ("InternalServerError", False),
    ("InternalServerError", True),
)


async def served(
    request: tuple[Any, ...],
    *,
    serve: Callable[..., Awaitable[_Answer]],
    chance: random.Random,
) -> _Answer:
    """Serve half of it, by chance; of one entry, none."""
    method, path, headers, body, query = request
    asked = json.loads(body)
    action = headers["x-amz-target"].rpartition(".")[2]
    if action == _STATEMENTS:
        return await _served_statements(request, asked, serve=serve, chance=chance)
    if action in _OF_SQS:
        done, left = _halves(asked["Entries"], chance)
        said = {"Failed": [_failed(each["Id"]) for each in left], "Successful": []}
        part = {**asked, "Entries": done}
    else:
        done_of, left_of = _parts(asked["RequestItems"], chance)
        done = bool(done_of)
        said = {_OF_DYNAMODB[action]: left_of, **({"Responses": {}} if "Get" in action else {})}
        part = {**asked, "RequestItems": done_of}
    if not done:
        return _told(said)
    status, kept, answer = await serve(method, path, headers, json.dumps(part).encode(), query)
    if status != 200:  # noqa: PLR2004 - it refuses for a reason of its own
        return status, kept, answer
    told = json.loads(answer)
    told |= {name: _joined(told.get(name), each) for name, each in said.items()}
    plain = {name: value for name, value in kept.items() if name.lower() != "x-amz-crc32"}
    return status, plain, json.dumps(told).encode()


async def _served_statements(
    request: tuple[Any, ...],
    asked: _Json,
    *,
    serve: Callable[..., Awaitable[_Answer]],
    chance: random.Random,
) -> _Answer:
    method, path, headers, _body, query = request
    statements = asked["Statements"]
    failed, _ = _halves([*range(len(statements))], chance)
    fates = {position: chance.choice(_FAILURES) for position in failed or [0]}
    done = [at for at in range(len(statements)) if at not in fates or fates[at][1]]
    answers: _Json = {}
    if done:
        part = {**asked, "Statements": [statements[at] for at in done]}
        status, kept, body = await serve(method, path, headers, json.dumps(part).encode(), query)
        if status != 200:  # noqa: PLR2004 - it refuses for a reason of its own
            return status, kept, body
        answers = dict(zip(done, json.loads(body)["Responses"], strict=True))
    for at, (code, _) in fates.items():
        answers[at] = {"Error": {"Code": code, "Message": "made up"}}
    return _told({"Responses": [answers[at] for at in range(len(statements))]})


def _told(said: _Json) -> _Answer:
    return 200, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(said).encode()


def _halves(entries: list[Any], chance: random.Random) -> tuple[list[Any], list[Any]]:
    shuffled = chance.sample(entries, len(entries))
    return shuffled[: len(entries) // 2], shuffled[len(entries) // 2 :]


def _parts(tables: Mapping[str, Any], chance: random.Random) -> tuple[_Json, _Json]:
    """Of each table's entries, half; a read's are below `Keys`, with what else it says."""
    done: _Json = {}
    left: _Json = {}
    for table, part in tables.items():
        entries = part["Keys"] if isinstance(part, dict) else part
        for into, some in zip((done, left), _halves(entries, chance), strict=True):
            if some:
                into[table] = {**part, "Keys": some} if isinstance(part, dict) else some
    return done, left


def _failed(entry_id: str) -> _Json:
    return {"Id": entry_id, "Code": "InternalError", "Message": "made up", "SenderFault": False}


def _joined(first: Any, second: Any) -> Any:  # noqa: ANN401 - lists or dictionaries
    if not first:
        return second
    return first + second if isinstance(first, list) else {**first, **second}
