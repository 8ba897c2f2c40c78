"""What a DynamoDB key condition asks of the sort key, as a stretch of ordered rows."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from ministack.services import dynamodb

from infra.local.mended.ordered_rows import Row

_Token = tuple[str, str]


class Condition(NamedTuple):
    """One clause: an operator, by the name of MiniStack's token, and attribute values."""

    operator: str
    operands: Sequence[Mapping[str, str]]


def conditions(request: Mapping[str, Any]) -> dict[str, Condition]:
    """The clauses by attribute. ValueError: one has an unusual form, or an attribute has two."""
    tokens = dynamodb._tokenize(request["KeyConditionExpression"])
    clauses = dynamodb._key_condition_clauses(tokens)
    names = request.get("ExpressionAttributeNames") or {}
    values = request["ExpressionAttributeValues"]
    found: dict[str, Condition] = {}
    for (kind, name), operator, references in map(_clause, clauses):
        operands = [values[reference] for reference in references]
        found[names[name] if kind == "NAME_REF" else name] = Condition(operator, operands)
    if len(found) != len(clauses):
        raise ValueError("an attribute has two clauses")
    return found


def stretch(rows: Sequence[Row], operator: str, *, operands: Sequence[Any]) -> range:
    """The positions of the rows that meet such a condition of their sort key."""
    start_of = partial(bisect_left, rows, key=_sort_key)
    end_of = partial(bisect_right, rows, key=_sort_key)
    first, last = operands[0], operands[-1]
    match operator:
        case "EQ" | "BETWEEN":
            return range(start_of(first), end_of(last))
        case "GE":
            return range(start_of(first), len(rows))
        case "GT":
            return range(end_of(first), len(rows))
        case "LE":
            return range(end_of(last))
        case "LT":
            return range(start_of(last))
        case "begins_with":
            beginning = partial(_beginning, length=len(first))
            return range(start_of(first), bisect_right(rows, first, key=beginning))
    raise ValueError(operator)


def _sort_key(row: Row) -> Any:  # noqa: ANN401 - a text or a number
    return row.order[0]


def _beginning(row: Row, *, length: int) -> str:
    return row.order[0][:length]


def _clause(tokens: Sequence[_Token]) -> tuple[_Token, str, Sequence[str]]:
    """An attribute, an operator, references to values."""
    match tokens:
        case [
            ("IDENT" | "NAME_REF", _) as attribute,
            (("EQ" | "LT" | "LE" | "GT" | "GE") as operator, _),
            ("VALUE_REF", value),
        ]:
            return attribute, operator, [value]
        case [
            ("IDENT" | "NAME_REF", _) as attribute,
            ("IDENT", "BETWEEN"),
            ("VALUE_REF", least),
            ("IDENT", "AND"),
            ("VALUE_REF", most),
        ]:
            return attribute, "BETWEEN", [least, most]
        case [
            ("IDENT", "begins_with"),
            ("LPAREN", _),
            ("IDENT" | "NAME_REF", _) as attribute,
            ("COMMA", _),
            ("VALUE_REF", value),
            ("RPAREN", _),
        ]:
            return attribute, "begins_with", [value]
    raise ValueError("an unusual clause")
