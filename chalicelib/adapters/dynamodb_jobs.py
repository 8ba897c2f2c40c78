"""The job store on DynamoDB: one item collection a job, conditional moves, the agenda index."""

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_clients import answer_of, client, error_code, in_our_words
from chalicelib.adapters.dynamodb_batches import (
    KEYS,
    READ_BATCH,
    WRITE_BATCH,
    batches,
    get_batch,
    put_batch,
)
from chalicelib.adapters.dynamodb_items import (
    JOB,
    PAYLOAD,
    Item,
    agenda_at,
    agenda_pk,
    job_item,
    job_of,
    key,
    payload_item,
    payload_of,
)
from chalicelib.adapters.dynamodb_payloads import delete_both, keep_payload, move_both
from chalicelib.model.channel import Queue
from chalicelib.model.instant import to_iso
from chalicelib.model.job import Job
from chalicelib.ports.jobs import Stored

_THREADS = 8
#: Tells two moves apart that are alike: two people who cancel in one millisecond.
_MARK_BYTES = 4


@dataclass(frozen=True, slots=True)
class DynamoJobStore:
    """`ports.JobStore` over the jobs table."""

    table: str
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_THREADS))

    def add(self, batch: Sequence[Stored]) -> None:
        """Payloads first: a job that can be seen has its payload."""
        self.add_payloads(batch)
        self.add_jobs([entry.job for entry in batch])

    def add_payloads(self, batch: Sequence[Stored]) -> None:
        """Parallel batch writes."""
        self._write([payload_item(entry.job, entry.payload) for entry in batch])

    def add_jobs(self, jobs: Sequence[Job]) -> None:
        """Parallel batch writes."""
        self._write([job_item(job) for job in jobs])

    def half_added(self, job_ids: Iterable[str]) -> Collection[str]:
        """Consistent batch reads, of the payloads only where there is no job: they can be large."""
        asked = list(job_ids)
        there = self._read([key(job_id, JOB) for job_id in asked], KEYS)
        jobless = set(asked) - {item["pk"]["S"] for item in there}
        payloads = self._read([key(job_id, PAYLOAD) for job_id in jobless], KEYS)
        return {item["pk"]["S"] for item in payloads}

    def get(self, job_id: str) -> Stored | None:
        """One consistent batch read of both items."""
        return self.get_many([job_id]).get(job_id)

    def get_many(self, job_ids: Iterable[str]) -> Mapping[str, Stored]:
        """Consistent batch reads of both items of each job."""
        return self._both(job_ids, is_recent=False)

    def recent_many(self, job_ids: Iterable[str]) -> Mapping[str, Stored]:
        """Batch reads of both items of each job, at half the price."""
        return self._both(job_ids, is_recent=True)

    def _both(self, job_ids: Iterable[str], *, is_recent: bool) -> Mapping[str, Stored]:
        keys = [key(job_id, sort) for job_id in dict.fromkeys(job_ids) for sort in (JOB, PAYLOAD)]
        items = self._read(keys, is_recent=is_recent)
        jobs = {item["pk"]["S"]: job_of(item) for item in items if item["sk"]["S"] == JOB}
        payloads = {item["pk"]["S"]: item for item in items if item["sk"]["S"] == PAYLOAD}
        return {
            job_id: Stored(job, payload_of(payloads[job_id]))
            for job_id, job in jobs.items()
            if job_id in payloads
        }

    def get_jobs(self, job_ids: Iterable[str]) -> Mapping[str, Job]:
        """Consistent batch reads of the small items."""
        items = self._read([key(job_id, JOB) for job_id in dict.fromkeys(job_ids)])
        return {item["pk"]["S"]: job_of(item) for item in items}

    def recent_jobs(self, job_ids: Iterable[str]) -> Mapping[str, Job]:
        """Batch reads of the small items, at half the price."""
        keys = [key(job_id, JOB) for job_id in dict.fromkeys(job_ids)]
        return {item["pk"]["S"]: job_of(item) for item in self._read(keys, is_recent=True)}

    def move(self, before: Job, after: Job) -> bool:
        """A conditional put of the small item.

        The SDK repeats a put whose answer was lost: where the item is already what we want it to
        be, the move was ours. Its mark tells it from the same move by somebody else.
        """
        if after.status.is_open and not before.status.is_open:
            keep_payload(self.table, after)
        item = job_item(after) | {"mark": {"S": secrets.token_hex(_MARK_BYTES)}}
        return self._conditionally(
            "put_item", wanted=item, Item=item, ExpressionAttributeValues=_version(before)
        )

    def move_many(self, moves: Sequence[tuple[Job, Job]]) -> Sequence[bool]:
        """Side by side."""
        before, after = zip(*moves, strict=True) if moves else ((), ())
        return list(self.pool.map(self.move, before, after))

    def delete(self, job: Job) -> bool:
        """Both items in one transaction: what is left of a job is never its payload alone."""
        return delete_both(self.table, job)

    def delete_many(self, jobs: Sequence[Job]) -> Sequence[bool]:
        """Side by side."""
        return list(self.pool.map(self.delete, jobs))

    def rewrite(self, before: Job, after: Stored) -> bool:
        """Both items in one transaction."""
        return move_both(self.table, before=before, after=after)

    def touch(self, job: Job) -> bool:
        """A conditional update of the attention, which is the agenda's sort key."""
        attention_at = to_iso(job.attention_at or job.due_at)
        return self._conditionally(
            "update_item",
            Key=key(job.id, JOB),
            UpdateExpression=(
                "SET attention_at = :attention, agenda_at = :place, handed_over = :handed_over"
            ),
            ExpressionAttributeValues=_version(job)
            | {
                ":attention": {"S": attention_at},
                ":place": {"S": agenda_at(job)},
                ":handed_over": {"BOOL": job.handed_over},
            },
        )

    def touch_many(self, jobs: Sequence[Job]) -> Sequence[bool]:
        """Side by side."""
        return list(self.pool.map(self.touch, jobs))

    def annotate(self, job: Job) -> bool:
        """A conditional update of the history."""
        return self._conditionally(
            "update_item",
            Key=key(job.id, JOB),
            UpdateExpression="SET history = :history",
            ExpressionAttributeValues=_version(job) | {":history": job_item(job)["history"]},
        )

    def needing_attention(
        self,
        queue: Queue,
        shard: int,
        *,
        since: datetime | None,
        until: datetime,
        limit: int | None,
    ) -> Sequence[str]:
        """Page through the agenda (the index is eventually consistent)."""
        request: dict[str, Any] = {
            "TableName": self.table,
            "IndexName": "agenda",
            "KeyConditionExpression": "agenda_pk = :pk AND agenda_at BETWEEN :since AND :until",
            "ExpressionAttributeValues": {
                ":pk": {"S": agenda_pk(queue, "open", shard=shard)},
                ":since": {"S": to_iso(since) if since else "0"},
                ":until": {"S": to_iso(until)},
            },
        }
        return [item["pk"]["S"] for item in islice(_queried(request, limit), limit)]

    def _conditionally(
        self,
        operation: str,
        wanted: Item | None = None,
        **request: Any,  # noqa: ANN401 - as botocore takes it
    ) -> bool:
        with in_our_words("moving a job"):
            try:
                getattr(client("dynamodb"), operation)(
                    TableName=self.table,
                    ConditionExpression="version = :version",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **request,
                )
            except ClientError as error:
                if error_code(error) == "ConditionalCheckFailedException":
                    return wanted is not None and answer_of(error).get("Item") == wanted
                raise
        return True

    def _write(self, items: Sequence[Item]) -> None:
        """Put items that are new, in parallel batches."""
        list(self.pool.map(partial(put_batch, self.table), batches(items, WRITE_BATCH)))

    def _read(
        self, keys: Sequence[Item], attributes: str | None = None, *, is_recent: bool = False
    ) -> list[Item]:
        return [
            item
            for batch in batches(keys, READ_BATCH)
            for item in get_batch(self.table, batch, attributes=attributes, is_recent=is_recent)
        ]


def _queried(request: dict[str, Any], limit: int | None) -> Iterator[Item]:
    """Page by page, as long as more is asked for."""
    page: dict[str, Any] = request | ({} if limit is None else {"Limit": limit})
    while True:
        with in_our_words("reading the agenda"):
            answer = client("dynamodb").query(**page)
        yield from answer["Items"]
        if not (last_key := answer.get("LastEvaluatedKey")):
            return
        page["ExclusiveStartKey"] = last_key


def _version(job: Job) -> Item:
    return {":version": {"N": str(job.version)}}
