"""Payload items after their first write: kept on with a job that starts over, gone with its job."""

import secrets
from datetime import timedelta

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_clients import (
    cancellation_reasons,
    client,
    error_code,
    in_our_words,
)
from chalicelib.adapters.dynamodb_items import (
    JOB,
    PAYLOAD,
    PAYLOAD_RETENTION,
    RETENTION,
    Item,
    job_item,
    key,
    payload_item,
)
from chalicelib.model.job import Job
from chalicelib.ports.jobs import Stored

#: How long a job that starts over may take to come to its end: attempts, pauses, outages.
LONGEST_RUN = timedelta(days=30)


def keep_payload(table: str, job: Job) -> None:
    """Let the payload of a job that starts over live as long as that of a new one.

    Only where it could end before the job does: the update is charged by the payload's size.
    """
    needed_until = job.due_at + LONGEST_RUN + RETENTION
    if needed_until <= job.created_at + PAYLOAD_RETENTION:
        return
    with in_our_words("keeping a payload"):
        try:
            client("dynamodb").update_item(
                TableName=table,
                Key=key(job.id, PAYLOAD),
                UpdateExpression="SET expires_at = :later",
                ConditionExpression="expires_at < :needed",
                ExpressionAttributeValues={
                    ":needed": {"N": str(int(needed_until.timestamp()))},
                    ":later": {"N": str(int((job.due_at + PAYLOAD_RETENTION).timestamp()))},
                },
            )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise


def delete_both(table: str, job: Job) -> bool:
    """Delete a job and its payload, or neither; False where somebody else was faster."""
    deletions = [
        {
            "TableName": table,
            "Key": key(job.id, JOB),
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": {":version": {"N": str(job.version)}},
        },
        {"TableName": table, "Key": key(job.id, PAYLOAD)},
    ]
    with in_our_words("deleting a job"):
        return _transact([{"Delete": deletion} for deletion in deletions])


def move_both(table: str, *, before: Job, after: Stored) -> bool:
    """Move a job and replace its payload, or neither; False where somebody else was faster."""
    job: Item = {
        "TableName": table,
        "Item": job_item(after.job),
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(before.version)}},
    }
    payload: Item = {"TableName": table, "Item": payload_item(after.job, after.payload)}
    with in_our_words("rewriting a job"):
        return _transact([{"Put": job}, {"Put": payload}], token=secrets.token_hex(16))


def _transact(items: list[Item], token: str | None = None) -> bool:
    """All or nothing; the token keeps a repetition by the SDK from being refused as a stranger."""
    named = {"ClientRequestToken": token} if token else {}
    try:
        client("dynamodb").transact_write_items(TransactItems=items, **named)
    except ClientError as error:
        if {"ConditionalCheckFailed", "TransactionConflict"} & cancellation_reasons(error):
            return False
        raise
    return True
