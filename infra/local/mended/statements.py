"""Its PartiQL: an `UPDATE` tells the table's stream of it, and keeps indexes, as UpdateItem does.

It wrote the item and its places in indexes, and no stream record: counters stood still. And it
took values that no index may have as a key, which AWS refuses. It parses a statement of a batch
three times, each in a fifth of a millisecond: once is enough.
"""

import json
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from ministack.services import dynamodb

from infra.local.mended.partitions import Table, item_of

_Json = dict[str, Any]
_Answer = tuple[int, dict[str, str], bytes]

_its_update = dynamodb._partiql_update
_its_parser = dynamodb._parse_partiql
#: More than the statements of a batch.
_PARSED = 64


def mend() -> None:
    """Replace what runs an `UPDATE`, by itself or in a batch, and what parses it."""
    dynamodb._partiql_update = _update
    dynamodb._parse_partiql = _parse


def _parse(statement: str, parameters: list[_Json] | None) -> _Json:
    """As it parses it, with a top level of its own: executors write there."""
    return dict(_parsed(statement, json.dumps(parameters)))


@lru_cache(maxsize=_PARSED)
def _parsed(statement: str, parameters: str) -> _Json:
    return _its_parser(statement, json.loads(parameters))


def _update(table: Table, parsed: _Json, *asked: _Json) -> _Answer:
    """Its own; in a transaction, which passes nothing asked and may take all back, no more."""
    pk, sk, _, fault = dynamodb._partiql_key_target(table, parsed)
    old = None if fault else item_of(table, (pk, sk))
    answer = _its_update(table, parsed, *asked)
    if not asked or answer[0] != HTTPStatus.OK:
        return answer
    new = item_of(table, (pk, sk))
    if refusal := dynamodb._validate_index_key_values(table, new, update_expr=True):
        dynamodb._set_item(table, pk, sk, old)
        return refusal
    dynamodb._emit_stream_event(table["TableName"], "MODIFY", old, new)
    return answer
