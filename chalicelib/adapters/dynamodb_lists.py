"""Lists of jobs from the two listing indexes of the jobs table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.adapters.aws_clients import client, in_our_words
from chalicelib.adapters.dynamodb_batches import READ_BATCH, batches, get_batch
from chalicelib.adapters.dynamodb_items import JOB, Item, job_of, key, workspace_pk
from chalicelib.adapters.dynamodb_under_way import under_way
from chalicelib.model.channel import Queue
from chalicelib.model.instant import to_iso
from chalicelib.model.listing import Filter, Query, Row, list_place
from chalicelib.model.status import Status
from chalicelib.ports.jobs import Stretch

#: Sort before and after every place: a place begins with a digit.
_FIRST, _LAST = "0", "~"
_WITHIN = "workspace_pk = :pk AND workspace_at BETWEEN :first AND :last"


@dataclass(frozen=True, slots=True)
class DynamoJobLists:
    """`ports.JobLists`; what a filter asks for is in the index, and is sifted there."""

    table: str

    def stretch(self, query: Query, status: Status, *, after: str | None, limit: int) -> Stretch:
        """One query, of at most a megabyte; who is under way is found among all workspaces'."""
        if status is Status.PROCESSING:
            return self._under_way(query, after=after, limit=limit)
        first, last = _bounds(query, after)
        if first > last:
            return Stretch(rows=[], end=None)
        conditions, names, values = _sieve(query.filter)
        request: dict[str, Any] = {
            "TableName": self.table,
            "IndexName": "by_workspace",
            "KeyConditionExpression": _WITHIN,
            "ExpressionAttributeValues": values
            | {
                ":pk": {"S": workspace_pk(query.workspace_id, status)},
                ":first": {"S": first},
                ":last": {"S": last},
            },
            "ScanIndexForward": not query.newest_first,
            "Limit": limit,
        }
        if conditions:
            request["FilterExpression"] = " AND ".join(conditions)
            request["ExpressionAttributeNames"] = names
        with in_our_words("listing jobs"):
            page: Any = client("dynamodb").query(**request)
        end: Item | None = page.get("LastEvaluatedKey")
        rows = [Row(status, item["workspace_at"]["S"], item["pk"]["S"]) for item in page["Items"]]
        return Stretch(rows=rows, end=end["workspace_at"]["S"] if end else None)

    def _under_way(self, query: Query, *, after: str | None, limit: int) -> Stretch:
        """They are few: as many as the rate starts while the slowest callback is waited for."""
        wanted = query.filter.channel
        queues = [each for each in Queue if wanted in {None, each.channel}]
        keys = [key(job_id, JOB) for job_id in under_way(self.table, queues)]
        found = (
            job_of(item)
            for batch in batches(keys, READ_BATCH)
            for item in get_batch(self.table, batch)
        )
        rows = [
            Row(job.status, list_place(job), job.id)
            for job in found
            if job.workspace_id == query.workspace_id
            and job.status is Status.PROCESSING
            and query.filter.matches(job)
        ]
        return _behind(rows, query, after=after, limit=limit)

    def of_communication(
        self, workspace_id: str, communication_id: str, *, after: str | None, limit: int
    ) -> Sequence[str]:
        """One query in the order of creation."""
        with in_our_words("listing a communication"):
            page: Any = client("dynamodb").query(
                TableName=self.table,
                IndexName="by_communication",
                KeyConditionExpression="communication_pk = :pk AND communication_at > :after",
                ExpressionAttributeValues={
                    ":pk": {"S": f"{workspace_id}#{communication_id}"},
                    ":after": {"S": after or _FIRST},
                },
                Limit=limit,
            )
        return [item["communication_at"]["S"] for item in page["Items"]]


def _behind(rows: Sequence[Row], query: Query, *, after: str | None, limit: int) -> Stretch:
    """Of all rows of a list, up to so many behind a place."""
    ordered = sorted(rows, key=lambda row: row.place, reverse=query.newest_first)
    left = [row for row in ordered if after is None or _is_behind(row.place, query, after=after)]
    return Stretch(left[:limit], left[limit - 1].place if len(left) > limit else None)


def _is_behind(place: str, query: Query, *, after: str) -> bool:
    return place < after if query.newest_first else place > after


def _bounds(query: Query, after: str | None) -> tuple[str, str]:
    """The texts between which the rest of the list lies; BETWEEN includes both.

    Neither `since` nor `until` is a place: no place of their instant is below the one, and none is
    above the other but those of that very instant.
    """
    first = to_iso(query.filter.since) if query.filter.since else _FIRST
    last = to_iso(query.filter.until) if query.filter.until else _LAST
    if after is None:
        return first, last
    return (first, _just_below(after)) if query.newest_first else (_just_above(after), last)


def _just_above(place: str) -> str:
    """Above the place, and below every place that is: ids have no character as low as a space."""
    return f"{place} "


def _just_below(place: str) -> str:
    """Below the place, and above every place that is: ids have no character as high as a tilde."""
    return f"{place[:-1]}{chr(ord(place[-1]) - 1)}~"


def _sieve(wanted: Filter) -> tuple[list[str], dict[str, str], Item]:
    """The conditions on what the index holds beside its keys; their names, and their values."""
    asked: dict[str, str | None] = {
        "channel": wanted.channel,
        "priority": wanted.priority,
        "last_error": wanted.error,
        "contact_id": wanted.contact_id,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    conditions = [
        f"contains(#{name}, :{name})" if name == "last_error" else f"#{name} = :{name}"
        for name in given
    ]
    names = {f"#{name}": name for name in given}
    return conditions, names, {f":{name}": {"S": str(value)} for name, value in given.items()}
