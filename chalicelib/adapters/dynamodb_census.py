"""Jobs by workspace and status, read from the jobs table's index of workspaces."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from chalicelib.adapters.aws_clients import client, in_our_words
from chalicelib.adapters.dynamodb_items import Item
from chalicelib.model.channel import Queue
from chalicelib.model.instant import ISO_LENGTH, from_iso
from chalicelib.model.status import Status
from chalicelib.ports.counting import Standing

_INDEX = "by_workspace"


@dataclass(frozen=True, slots=True)
class DynamoCensus:
    """`ports.Census`; the index holds no payloads, so that a scan of it reads little a job."""

    table: str

    def everybody(self) -> Iterator[Standing]:
        """A scan of the index, page by page."""
        with in_our_words("counting jobs"):
            pages = (
                client("dynamodb")
                .get_paginator("scan")
                .paginate(
                    TableName=self.table,
                    IndexName=_INDEX,
                    ProjectionExpression="workspace_pk, #queue",
                    ExpressionAttributeNames={"#queue": "queue"},
                )
            )
            for page in pages:
                yield from (_standing(item) for item in page["Items"])

    def oldest_pending_at(self, workspace_id: str) -> datetime | None:
        """The first entry of the workspace's pending jobs."""
        with in_our_words("reading the oldest pending job"):
            page = client("dynamodb").query(
                TableName=self.table,
                IndexName=_INDEX,
                KeyConditionExpression="workspace_pk = :pk",
                ExpressionAttributeValues={":pk": {"S": f"{workspace_id}#{Status.PENDING.value}"}},
                Limit=1,
            )
        for item in page["Items"]:
            return from_iso(item["workspace_at"]["S"][:ISO_LENGTH])
        return None


def _standing(item: Item) -> Standing:
    workspace_id, _, status = item["workspace_pk"]["S"].rpartition("#")
    return Standing(workspace_id, Queue(item["queue"]["S"]), Status(status))
