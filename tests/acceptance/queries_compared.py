"""MiniStack's own query and the mended one, asked the same of random tables; runs in .cloud.

``.cloud/bin/python -m tests.acceptance.queries_compared SEED QUESTIONS`` prints, as JSON, how many
answers were compared, how many of them were made from the rows of a page, and what differed.
"""

import json
import sys
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from ministack.services import dynamodb

from infra.local.mended import expressions, queries

_OWN_QUERY = dynamodb._query
_ROWS = 260
_GROUPS = ("a", "b")
_WORDS = ("a", "ab", "abc", "b", "ba", "m", "é", "zz", "\U0001f600")
_NUMBERS = ("-1.5", "0", "2", "10", "10.5", "1e3")
_LONGEST_WALK = 12

Request = dict[str, Any]


def _index(name: str, *keys: str) -> dict[str, Any]:
    kinds = zip(("HASH", "RANGE"), keys, strict=False)
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": kind} for kind, key in kinds],
        "Projection": {"ProjectionType": "KEYS_ONLY" if name == "numbers" else "ALL"},
    }


#: Attributes of keys, and their types.
_KINDS = {"pk": "S", "sk": "S", "g": "S", "t": "S", "n": "N", "group": "N"}
_INDEXES = {
    None: ("pk", "sk"),
    "texts": ("g", "t"),
    "numbers": ("g", "n"),
    "reserved_word": ("group", "t"),
    "groups": ("g",),
    "by_base": ("g", "pk"),
    "local": ("pk", "n"),
}


def create() -> None:
    """A table with an index of each kind."""
    indexes = [_index(name, *keys) for name, keys in _INDEXES.items() if name]
    *globals_, local = indexes
    made = dynamodb._create_table(
        {
            "TableName": "jobs",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind} for name, kind in _KINDS.items()
            ],
            "KeySchema": _index("", "pk", "sk")["KeySchema"],
            "GlobalSecondaryIndexes": globals_,
            "LocalSecondaryIndexes": [local],
        }
    )
    _must(made)


def _must(answer: tuple[int, Any, Any]) -> None:
    if answer[0] != 200:
        raise SystemExit(f"refused: {answer}")


class Writer:
    """Puts, moves and deletes items, all of them with few different sort keys."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance

    def key(self) -> dict[str, Any]:
        """One of as many as there may be items."""
        return {
            "pk": {"S": self._chance.choice(_GROUPS)},
            "sk": {"S": f"{self._chance.choice(_WORDS)}{self._chance.randrange(_ROWS // 10)}"},
        }

    def item(self) -> dict[str, Any]:
        """An item that is perhaps in no index, and of up to 60 KB."""
        return self.key() | self.attributes() | {"x": {"S": "x" * self._length()}}

    def attributes(self) -> dict[str, Any]:
        """What it is found by in the indexes."""
        chance = self._chance
        found = {
            "g": {"S": chance.choice(_GROUPS)},
            "t": {"S": chance.choice(_WORDS)},
            "n": {"N": chance.choice(_NUMBERS)},
            "group": {"N": chance.choice(("1", "2"))},
        }
        return {name: value for name, value in found.items() if chance.random() < 0.9}

    def _length(self) -> int:
        return self._chance.choice((1, 100, 60_000))

    def write(self) -> None:
        """Change something, in one of the ways that there are."""
        self._chance.choice((self._put, self._move, self._restate, self._delete, self._together))()

    def _put(self) -> None:
        _must(dynamodb._put_item({"TableName": "jobs", "Item": self.item()}))

    def _delete(self) -> None:
        _must(dynamodb._delete_item({"TableName": "jobs", "Key": self.key()}))

    def _move(self) -> None:
        _must(dynamodb._update_item(self._update()))

    def _restate(self) -> None:
        """By a statement, which changes nothing where there is no item."""
        values, gone = self.attributes(), self._chance.choice(("g", "t", "n", "group"))
        values.pop(gone, None)
        sets = " ".join(f'SET "{name}"=?' for name in values)
        statement = f'UPDATE "jobs" {sets} REMOVE "{gone}" WHERE "pk"=? AND "sk"=?'
        parameters = [*values.values(), *self.key().values()]
        asked = {"Statement": statement, "Parameters": parameters}
        _must(dynamodb._batch_execute_statement({"Statements": [asked]}))

    def _update(self) -> Request:
        values = self.attributes() or {"t": {"S": "m"}}
        return {
            "TableName": "jobs",
            "Key": self.key(),
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in values),
            "ExpressionAttributeNames": {f"#{name}": name for name in values},
            "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
        }

    def _together(self) -> None:
        first, second, third = self.item(), self._update(), self.key()
        keys = {(each["pk"]["S"], each["sk"]["S"]) for each in (first, second["Key"], third)}
        if len(keys) == 3:
            acts = [
                {"Put": {"TableName": "jobs", "Item": first}},
                {"Update": second},
                {"Delete": {"TableName": "jobs", "Key": third}},
            ]
            _must(dynamodb._transact_write_items({"TransactItems": acts}))


class Asker:
    """Thinks of queries: most are usual ones, some are wrong."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance

    def query(self) -> Request:
        """Ask for a partition, mostly for a part of it, in pages of any size."""
        chance = self._chance
        index_name = chance.choice(list(_INDEXES))
        name, *sort_names = _INDEXES[index_name]
        values = {":h": self._value(name)}
        clauses = [f"{name} = :h"]
        if sort_names and chance.random() < 0.85:
            clauses.append(self._clause(sort_names[0], values))
        chance.shuffle(clauses)
        request = {
            "TableName": "jobs",
            "KeyConditionExpression": " AND ".join(clauses),
            "ExpressionAttributeValues": values,
            "ScanIndexForward": chance.random() < 0.5,
        }
        if index_name:
            request["IndexName"] = index_name
        if chance.random() < 0.8:
            request["Limit"] = chance.choice((1, 2, 3, 7, 25, 100, 1000))
        for change, share in ((self._filter, 0.2), (self._shape, 0.2), (self._spoil, 0.15)):
            if chance.random() < share:
                change(request)
        return request

    def _value(self, name: str) -> dict[str, str]:
        if name in {"g", "pk"}:
            return {"S": self._chance.choice((*_GROUPS, "none"))}
        if name == "group":
            return {"N": self._chance.choice(("1", "2", "3"))}
        if name == "n":
            return {"N": self._chance.choice((*_NUMBERS, "3", "-7"))}
        return {"S": self._chance.choice((*_WORDS, "a1", "b2", "m12", "z", "~"))}

    def _clause(self, name: str, values: Request) -> str:
        values[":a"] = self._value(name)
        form = self._chance.choice(("=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"))
        if form == "BETWEEN":
            values[":b"] = self._value(name)
            return f"{name} BETWEEN :a AND :b"
        return f"begins_with({name}, :a)" if form == "begins_with" else f"{name} {form} :a"

    def _filter(self, request: Request) -> None:
        request["FilterExpression"] = "n > :f OR begins_with(t, :g)"
        request["ExpressionAttributeValues"] |= {":f": {"N": "5"}, ":g": {"S": "a"}}

    def _shape(self, request: Request) -> None:
        request |= self._chance.choice(
            (
                {"Select": "COUNT"},
                {"ProjectionExpression": "pk, n"},
                {"ReturnConsumedCapacity": "INDEXES"},
                {"ExclusiveStartKey": Writer(self._chance).item()},
            )
        )

    def _spoil(self, request: Request) -> None:
        asked = request["KeyConditionExpression"]
        request |= self._chance.choice(
            (
                {"KeyConditionExpression": f"({asked})"},
                {"KeyConditionExpression": asked.replace(" AND ", " OR ")},
                {"KeyConditionExpression": f"{asked} AND x = :h"},
                {"KeyConditionExpression": asked.replace(":h", ":none")},
                {"KeyConditionExpression": asked.replace("t ", "token ")},
                {
                    "KeyConditionExpression": asked.replace("g ", "#g "),
                    "ExpressionAttributeNames": {"#g": "g"},
                },
                {"ExpressionAttributeValues": {":h": {"N": "1"}, ":a": {"N": "1x"}}},
                {"ExclusiveStartKey": {"pk": {"S": "a"}}},
                {"ExclusiveStartKey": "a"},
                {"FilterExpression": "size(x) >"},
                {"IndexName": "none"},
                {"Limit": 0},
                {"Limit": "3"},
                {"ConsistentRead": True},
                {"TableName": "none"},
            )
        )


def _answers(request: Request) -> tuple[str, str]:
    """Its own answer, and the mended one."""
    return _told(_OWN_QUERY, request), _told(dynamodb._query, request)


def _told(query: Callable[[Request], Any], request: Request) -> str:
    try:
        status, _, body = query(json.loads(json.dumps(request)))
    except Exception as fault:  # noqa: BLE001 - its own faults are to stay what they are
        return repr(fault)
    return f"{status} {body if isinstance(body, str) else body.decode()}"


def _walk(request: Request, writer: Writer, chance: Random) -> Iterator[tuple[Request, str, str]]:
    """Page by page, while now and then something is written."""
    for _ in range(_LONGEST_WALK):
        own, mended = _answers(request)
        yield dict(request), own, mended
        page = json.loads(own[4:]) if own.startswith("200") else {}
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        if chance.random() < 0.3:
            writer.write()


def main(seed: int, questions: int) -> None:
    """Compare, and print what was found."""
    chance = Random(seed)
    writer, asker = Writer(chance), Asker(chance)
    expressions.mend()  # for the speed of the test
    queries.mend()
    create()
    for _ in range(3 * _ROWS):
        writer.write()
    compared = narrowed = 0
    different: list[tuple[Request, str, str]] = []
    for _ in range(questions):
        writer.write()
        for request, own, mended in _walk(asker.query(), writer, chance):
            compared += 1
            narrowed += queries.table_of_page(request) is not None
            if own != mended:
                different.append((request, own[:2000], mended[:2000]))
    report = {"compared": compared, "narrowed": narrowed, "different": different[:5]}
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
