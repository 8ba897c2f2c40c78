"""PartiQL in moto: an `UPDATE` of one item by its key, as the adapters write it, and nothing else.

moto 5.2.5 knows one SET a statement, and no condition. Here a statement is moto's own UpdateItem:
the same checks, indexes and stream records.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moto.dynamodb.exceptions import (
    ConditionalCheckFailed,
    DynamodbException,
    ResourceNotFoundException,
)
from moto.dynamodb.models import DynamoDBBackend

Json = dict[str, Any]

_NAME = r'"([^"]+)"'
_STATEMENT = re.compile(
    r"UPDATE ~(?P<sets>(?: SET ~=\?)*)(?P<removes>(?: REMOVE ~)*)"
    r" WHERE (?P<where>~=\?(?: AND ~=\?)*)".replace("~", _NAME)
)
_MOST_STATEMENTS = 25


class UnknownStatementError(NotImplementedError):
    """A statement of another form, or with other parameters than it has question marks."""


@dataclass(frozen=True)
class Update:
    """What a statement says, by the names of attributes; values come with their types."""

    table: str
    sets: Json
    removes: Sequence[str]
    where: Json


def parse(statement: str, parameters: Sequence[Json]) -> Update:
    """Read a statement. UnknownStatementError: it is of another form."""
    found = _STATEMENT.fullmatch(statement)
    if found is None:
        raise UnknownStatementError(statement)
    sets, removes, where = (re.findall(_NAME, found[part]) for part in ("sets", "removes", "where"))
    if len(sets) + len(where) != len(parameters) or not [*sets, *removes]:
        raise UnknownStatementError(f"{statement} with {len(parameters)} parameters")
    values = iter(parameters)
    return Update(found[1], _taken(sets, values), removes, _taken(where, values))


def install() -> None:
    """Put it in the place of moto's own, in every AWS that moto makes from now on."""
    moto_s: Any = DynamoDBBackend
    moto_s.batch_execute_statement = _batch_execute_statement
    moto_s.execute_statement = _execute_statement


def _taken(names: Sequence[str], values: Iterator[Json]) -> Json:
    return {name: next(values) for name in names}


def _batch_execute_statement(backend: DynamoDBBackend, statements: Sequence[Json]) -> list[Json]:
    """Each answers by itself."""
    if len(statements) > _MOST_STATEMENTS:
        raise UnknownStatementError(f"{len(statements)} statements in a batch")
    return [_answer(backend, each) for each in statements]


def _answer(backend: DynamoDBBackend, asked: Json) -> Json:
    update = parse(asked["Statement"], asked.get("Parameters", []))
    ran = {"TableName": update.table}
    try:
        _run(backend, update, returned=asked.get("ReturnValuesOnConditionCheckFailure"))
    except ConditionalCheckFailed as refusal:
        said = json.loads(refusal.description)
        item = {"Item": said["Item"]} if "Item" in said else {}
        return ran | {
            "Error": {"Code": "ConditionalCheckFailed", "Message": said["message"]} | item
        }
    except ResourceNotFoundException as refusal:
        return {"Error": {"Code": "ResourceNotFound", "Message": str(refusal.message)}}
    except DynamodbException as refusal:
        return {"Error": {"Code": "ValidationError", "Message": str(refusal.message)}}
    return ran


def _execute_statement(
    backend: DynamoDBBackend, statement: str, parameters: Sequence[Json]
) -> list[Json]:
    """By itself: what fails is the call's error."""
    _run(backend, parse(statement, parameters), returned=None)
    return []


def _run(backend: DynamoDBBackend, update: Update, *, returned: str | None) -> None:
    keys = backend.get_table(update.table).table_key_attrs
    changes = [
        ("SET", [f"#{name} = :{name}" for name in update.sets]),
        ("REMOVE", [f"#{name}" for name in update.removes]),
    ]
    backend.update_item(
        table_name=update.table,
        key={name: update.where[name] for name in keys},
        update_expression=" ".join(f"{verb} {', '.join(some)}" for verb, some in changes if some),
        condition_expression=" AND ".join(f"#{name} = :is_{name}" for name in update.where),
        expression_attribute_names={
            f"#{name}": name for name in (*update.sets, *update.removes, *update.where)
        },
        expression_attribute_values=_prefixed(":", update.sets) | _prefixed(":is_", update.where),
        return_values_on_condition_check_failure=returned,
    )


def _prefixed(prefix: str, values: Mapping[str, Json]) -> Json:
    return {f"{prefix}{name}": value for name, value in values.items()}
