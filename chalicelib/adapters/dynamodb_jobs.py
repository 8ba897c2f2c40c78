"""The job store on DynamoDB: one item collection a job, conditional moves, the agenda index."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_clients import answer_of, client, error_code, in_our_words
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
from chalicelib.errors import RetryableError
from chalicelib.model.channel import Queue
from chalicelib.model.instant import to_iso
from chalicelib.model.job import Job
from chalicelib.ports import Stored

#: Limits of BatchWriteItem and BatchGetItem (AWS DynamoDB API reference).
_WRITE_BATCH = 25
_READ_BATCH = 100
_THREADS = 8
_UNPROCESSED_TRIES = 8
_FIRST_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class DynamoJobStore:
    """`ports.JobStore` over the jobs table."""

    table: str
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_THREADS))

    def add(self, batch: Sequence[Stored]) -> None:
        """Payloads first: a job that can be seen has its payload."""
        self._write([payload_item(entry.job, entry.payload) for entry in batch])
        self._write([job_item(entry.job) for entry in batch])

    def get(self, job_id: str) -> Stored | None:
        """One consistent query over the job's item collection."""
        return self.get_many([job_id]).get(job_id)

    def get_many(self, job_ids: Iterable[str]) -> Mapping[str, Stored]:
        """Consistent batch reads of both items of each job."""
        keys = [key(job_id, sort) for job_id in dict.fromkeys(job_ids) for sort in (JOB, PAYLOAD)]
        items = [item for batch in _batches(keys, _READ_BATCH) for item in self._read(batch)]
        jobs = {item["pk"]["S"]: job_of(item) for item in items if item["sk"]["S"] == JOB}
        payloads = {item["pk"]["S"]: item for item in items if item["sk"]["S"] == PAYLOAD}
        return {
            job_id: Stored(job, payload_of(payloads[job_id]))
            for job_id, job in jobs.items()
            if job_id in payloads
        }

    def move(self, before: Job, after: Job) -> bool:
        """A conditional put of the small item.

        The SDK repeats a put whose answer was lost: where the item is already what we want it to
        be, the move was ours.
        """
        item = job_item(after)
        return self._conditionally(
            "put_item", wanted=item, Item=item, ExpressionAttributeValues=_version(before)
        )

    def touch(self, job: Job) -> bool:
        """A conditional update of the attention instant, which is the agenda's sort key."""
        attention_at = to_iso(job.attention_at or job.due_at)
        return self._conditionally(
            "update_item",
            Key=key(job.id, JOB),
            UpdateExpression="SET attention_at = :attention, agenda_at = :place",
            ExpressionAttributeValues=_version(job)
            | {":attention": {"S": attention_at}, ":place": {"S": agenda_at(job)}},
        )

    def annotate(self, job: Job) -> bool:
        """A conditional update of the history."""
        return self._conditionally(
            "update_item",
            Key=key(job.id, JOB),
            UpdateExpression="SET history = :history",
            ExpressionAttributeValues=_version(job) | {":history": job_item(job)["history"]},
        )

    def needing_attention(
        self, queue: Queue, shard: int, *, since: datetime | None, until: datetime, limit: int
    ) -> Sequence[str]:
        """One page of the agenda (the index is eventually consistent)."""
        with in_our_words("reading the agenda"):
            page = client("dynamodb").query(
                TableName=self.table,
                IndexName="agenda",
                KeyConditionExpression="agenda_pk = :pk AND agenda_at BETWEEN :since AND :until",
                ExpressionAttributeValues={
                    ":pk": {"S": agenda_pk(queue, "open", shard=shard)},
                    ":since": {"S": to_iso(since) if since else "0"},
                    ":until": {"S": to_iso(until)},
                },
                Limit=limit,
            )
        return [item["pk"]["S"] for item in page["Items"]]

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
        batches = list(_batches(items, _WRITE_BATCH))
        list(self.pool.map(self._write_batch, batches))

    def _write_batch(self, items: Sequence[Item]) -> None:
        left: list[Any] = [{"PutRequest": {"Item": item}} for item in items]
        for pause_s in _pauses():
            with in_our_words("storing jobs"):
                answer = client("dynamodb").batch_write_item(RequestItems={self.table: left})
            left = answer.get("UnprocessedItems", {}).get(self.table, [])
            if not left:
                return
            time.sleep(pause_s)
        message = "storing jobs: DynamoDB left items unprocessed"
        raise RetryableError(message)

    def _read(self, keys: Sequence[Item]) -> Iterator[Item]:
        left: Any = {"Keys": list(keys), "ConsistentRead": True}
        for pause_s in _pauses():
            with in_our_words("reading jobs"):
                answer = client("dynamodb").batch_get_item(RequestItems={self.table: left})
            yield from answer["Responses"].get(self.table, [])
            left = answer.get("UnprocessedKeys", {}).get(self.table)
            if not left:
                return
            time.sleep(pause_s)
        message = "reading jobs: DynamoDB left keys unprocessed"
        raise RetryableError(message)


def _version(job: Job) -> Item:
    return {":version": {"N": str(job.version)}}


def _pauses() -> Iterator[float]:
    return (_FIRST_PAUSE_S * 2**i for i in range(_UNPROCESSED_TRIES))


def _batches(entries: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (entries[i : i + size] for i in range(0, len(entries), size))
