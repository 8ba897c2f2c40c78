"""The audit trail in its own table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_clients import answer_of, client, error_code, in_our_words
from chalicelib.adapters.dynamodb_items import Item
from chalicelib.model.audit import UNFINISHED, Act, AuditEntry
from chalicelib.model.cursor import place
from chalicelib.model.instant import from_iso, to_iso

#: How long an entry is kept.
RETENTION = timedelta(days=400)

_TEXTS = ("id", "workspace_id", "subject", "role", "source_ip", "request_id", "result")
_OPTIONAL_TEXTS = ("job_id", "before", "after")
#: Sorts before every place.
_FIRST = "0"


@dataclass(frozen=True, slots=True)
class DynamoAuditTrail:
    """`ports.AuditTrail`: one item an act, by workspace and time."""

    table: str

    def begin(self, entry: AuditEntry) -> None:
        """A put that never overwrites; one that the SDK repeats finds its own item."""
        item = _item(entry)
        with in_our_words("writing the audit trail"):
            try:
                client("dynamodb").put_item(
                    TableName=self.table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(pk)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if answer_of(error).get("Item") != item:
                    raise

    def end(self, entry: AuditEntry) -> None:
        """Add the result and the states to an entry that has none yet."""
        item = _item(entry)
        added = {name: item[name] for name in ("result", "before", "after") if name in item}
        sets = ", ".join(f"#{name} = :{name}" for name in added)
        with in_our_words("completing the audit trail"):
            try:
                client("dynamodb").update_item(
                    TableName=self.table,
                    Key={"pk": item["pk"], "sk": item["sk"]},
                    UpdateExpression=f"SET {sets}",
                    ConditionExpression="#result = :unfinished",
                    ExpressionAttributeNames={f"#{name}": name for name in added},
                    ExpressionAttributeValues={f":{name}": value for name, value in added.items()}
                    | {":unfinished": {"S": UNFINISHED}},
                )
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise

    def page(
        self, workspace_id: str, *, after: str | None, limit: int
    ) -> tuple[Sequence[AuditEntry], str | None]:
        """One query, newest first."""
        behind = "sk < :after" if after is not None else "sk > :after"
        with in_our_words("reading the audit trail"):
            page: Any = client("dynamodb").query(
                TableName=self.table,
                KeyConditionExpression=f"pk = :pk AND {behind}",
                ExpressionAttributeValues={
                    ":pk": {"S": workspace_id},
                    ":after": {"S": after or _FIRST},
                },
                ScanIndexForward=False,
                Limit=limit,
            )
        last: Item | None = page.get("LastEvaluatedKey")
        return [_entry(item) for item in page["Items"]], last["sk"]["S"] if last else None


def _item(entry: AuditEntry) -> Item:
    item: Item = {
        "pk": {"S": entry.workspace_id},
        "sk": {"S": place(entry.at, entry.id)},
        "at": {"S": to_iso(entry.at)},
        "act": {"S": entry.act.value},
        "expires_at": {"N": str(int((entry.at + RETENTION).timestamp()))},
    }
    item |= {name: {"S": getattr(entry, name)} for name in _TEXTS}
    optional = {name: getattr(entry, name) for name in _OPTIONAL_TEXTS}
    return item | {name: {"S": text} for name, text in optional.items() if text is not None}


def _entry(item: Item) -> AuditEntry:
    texts: dict[str, Any] = {name: item[name]["S"] for name in _TEXTS}
    texts |= {name: item[name]["S"] for name in _OPTIONAL_TEXTS if name in item}
    return AuditEntry(at=from_iso(item["at"]["S"]), act=Act(item["act"]["S"]), **texts)
