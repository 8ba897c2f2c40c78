"""Runs of slots on DynamoDB: one item a pace holds its next free instant."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_clients import answer_of, client, error_code, in_our_words
from chalicelib.adapters.dynamodb_batches import READ_BATCH, batches, get_batch
from chalicelib.adapters.dynamodb_items import Item
from chalicelib.errors import RetryableError
from chalicelib.model.instant import from_us, to_us
from chalicelib.model.slots import Fitting, Occupied, Run, fitting

#: Only a pace that falls idle between two requests needs a second round.
_ROUNDS = 10
#: A pace that nobody has reserved from for so long says nothing any more.
_KEPT = timedelta(days=7)

_BUSY = "free_at_us BETWEEN :not_before AND :not_after"
_UNUSED = "attribute_not_exists(free_at_us)"
_IDLE = "attribute_not_exists(free_at_us) OR free_at_us < :not_before"


@dataclass(frozen=True, slots=True)
class DynamoPace:
    """`ports.Pace`: a busy pace is appended to by one conditional update, without contention."""

    table: str

    def reserve(
        self,
        name: str,
        count: int,
        *,
        spacing: timedelta,
        not_before: datetime,
        not_after: datetime,
    ) -> Run | Occupied:
        """Append a run to a pace that is ahead of `not_before`; start an idle one anew."""
        first_us, last_us = to_us(not_before), to_us(not_after)
        length_us = count * (spacing // timedelta(microseconds=1))
        bounds = {":not_before": first_us, ":not_after": last_us}
        for _ in range(_ROUNDS):
            appended, free_us = self._set(
                name,
                "free_at_us + :length",
                condition=_BUSY,
                numbers=bounds | {":length": length_us},
            )
            if not appended and free_us is not None and free_us > last_us:
                return Occupied(free_at=from_us(free_us))
            if not appended:
                restart = {":not_before": first_us, ":end": first_us + length_us}
                appended, free_us = self._set(name, ":end", condition=_IDLE, numbers=restart)
            if appended and free_us is not None:
                return Run(from_us(free_us - length_us), spacing, count)
        message = f"reserving slots of {name}: the pace keeps changing"
        raise RetryableError(message)

    def fit(
        self, name: str, slots: Sequence[datetime], *, spacing: timedelta, most: int
    ) -> Fitting:
        """An optimistic update; what somebody else wrote is learnt from the refusal."""
        free_us: int | None = None
        for _ in range(_ROUNDS):
            free_at = None if free_us is None else from_us(free_us)
            found = fitting(free_at, slots, spacing=spacing, most=most)
            if not found.chosen:
                return found
            numbers = {":not_before": to_us(slots[0]), ":free": to_us(found.free_at or slots[-1])}
            condition = _UNUSED if free_us is None else "free_at_us = :known"
            known = {} if free_us is None else {":known": free_us}
            used, free_us = self._set(name, ":free", condition=condition, numbers=numbers | known)
            if used:
                return found
        message = f"fitting slots of {name}: the pace keeps changing"
        raise RetryableError(message)

    def free_at(self, names: Collection[str]) -> Mapping[str, datetime]:
        """Consistent batch reads."""
        found = {
            item["pk"]["S"]: _free_us(item)
            for batch in batches([_key(name) for name in names], READ_BATCH)
            for item in get_batch(self.table, batch)
        }
        known = {name: found.get(_key(name)["pk"]["S"]) for name in names}
        return {name: from_us(free_us) for name, free_us in known.items() if free_us is not None}

    def is_reachable(self) -> bool:
        """Read one item; a ServiceError where the table does not answer."""
        with in_our_words("asking the control table"):
            client("dynamodb").get_item(TableName=self.table, Key={"pk": {"S": "health"}})
        return True

    def _set(
        self, name: str, value: str, *, condition: str, numbers: dict[str, int]
    ) -> tuple[bool, int | None]:
        """Whether the item was updated, and its next free instant after that, in microseconds."""
        expires_at = numbers[":not_before"] // 1_000_000 + int(_KEPT.total_seconds())
        asked = f"{value} {condition}"
        values = {n: {"N": str(number)} for n, number in numbers.items() if n in asked}
        with in_our_words("reserving slots"):
            try:
                answer: Any = client("dynamodb").update_item(
                    TableName=self.table,
                    Key=_key(name),
                    UpdateExpression=f"SET free_at_us = {value}, expires_at = :expires",
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values | {":expires": {"N": str(expires_at)}},
                    ReturnValues="UPDATED_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                return False, _free_us(answer_of(error).get("Item"))
        return True, _free_us(answer.get("Attributes"))


def _key(name: str) -> Item:
    return {"pk": {"S": f"pace#{name}"}}


def _free_us(attributes: Any) -> int | None:  # noqa: ANN401 - as botocore answers it
    return int(attributes["free_at_us"]["N"]) if attributes else None
