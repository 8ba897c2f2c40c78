"""Jobs by workspace and status, read from the jobs table's index of workspaces."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.adapters.aws_clients import client, in_our_words
from chalicelib.adapters.dynamodb_batches import get_batch
from chalicelib.adapters.dynamodb_items import JOB, Item, key, workspace_pk
from chalicelib.adapters.dynamodb_under_way import all_under_way
from chalicelib.model.channel import Queue
from chalicelib.model.instant import ISO_LENGTH, from_iso
from chalicelib.model.status import Status
from chalicelib.ports.counting import Standing

_INDEX = "by_workspace"
#: Open jobs looked at together for the first that waits: who is under way comes before it.
_LOOK = 25


@dataclass(frozen=True, slots=True)
class DynamoCensus:
    """`ports.Census`; the index holds no payloads, so that a scan of it reads little a job."""

    table: str

    def everybody(self) -> Iterator[Standing]:
        """A scan of the index, page by page; the agenda says which open jobs are under way."""
        busy = all_under_way(self.table)
        with in_our_words("counting jobs"):
            pages = (
                client("dynamodb")
                .get_paginator("scan")
                .paginate(
                    TableName=self.table,
                    IndexName=_INDEX,
                    ProjectionExpression="pk, workspace_pk, #queue",
                    ExpressionAttributeNames={"#queue": "queue"},
                )
            )
            for page in pages:
                yield from (_standing(item, busy) for item in page["Items"])

    def oldest_pending_at(self, workspace_id: str) -> datetime | None:
        """The first of the workspace's open jobs that is not under way: those are ahead of it."""
        with in_our_words("reading the oldest pending job"):
            pages = (
                client("dynamodb")
                .get_paginator("query")
                .paginate(
                    TableName=self.table,
                    IndexName=_INDEX,
                    KeyConditionExpression="workspace_pk = :pk",
                    ExpressionAttributeValues={
                        ":pk": {"S": workspace_pk(workspace_id, Status.PENDING)}
                    },
                    PaginationConfig={"PageSize": _LOOK},
                )
            )
            for page in pages:
                waiting = self._waiting([item["pk"]["S"] for item in page["Items"]])
                for item in page["Items"]:
                    if item["pk"]["S"] in waiting:
                        return from_iso(item["workspace_at"]["S"][:ISO_LENGTH])
        return None

    def _waiting(self, job_ids: Sequence[str]) -> set[str]:
        """Those of some jobs that are pending."""
        keys = [key(job_id, JOB) for job_id in job_ids]
        items = get_batch(self.table, keys) if keys else ()
        return {item["pk"]["S"] for item in items if item["status"]["S"] == Status.PENDING.value}


def _standing(item: Item, busy: Collection[str]) -> Standing:
    workspace_id, _, status = item["workspace_pk"]["S"].rpartition("#")
    is_busy = item["pk"]["S"] in busy and Status(status).is_open
    return Standing(
        workspace_id,
        Queue(item["queue"]["S"]),
        Status.PROCESSING if is_busy else Status(status),
    )
