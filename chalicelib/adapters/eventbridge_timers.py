"""Wake-ups of the release by EventBridge Scheduler: one schedule a minute bucket."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_clients import client, error_code, in_our_words
from chalicelib.model.instant import to_iso


@dataclass(frozen=True, slots=True)
class EventBridgeTimers:
    """`ports.Timers`; a bucket that has its schedule already is left as it is.

    Nobody asks for a bucket once its schedule has fired, so that one that was there is there: a
    release of many jobs, and a warm API, ask EventBridge once for each, within its quota.
    """

    group: str
    target_arn: str
    role_arn: str
    dead_letter_arn: str
    #: Buckets that are remembered: more than a bulk, or a release, ever meets.
    most_known: int = 10_000
    _known: set[datetime] = field(default_factory=set[datetime], init=False, repr=False)

    def ensure(self, bucket_at: datetime, *, wake_at: datetime) -> None:
        """CreateSchedule by the bucket's name: a conflict says that it is there."""
        if bucket_at in self._known:
            return
        with in_our_words("setting a timer"):
            try:
                client("scheduler").create_schedule(
                    Name=f"release-{bucket_at:%Y%m%dT%H%M}",
                    GroupName=self.group,
                    ScheduleExpression=f"at({wake_at:%Y-%m-%dT%H:%M:%S})",
                    ScheduleExpressionTimezone="UTC",
                    FlexibleTimeWindow={"Mode": "OFF"},
                    ActionAfterCompletion="DELETE",
                    Target={
                        "Arn": self.target_arn,
                        "RoleArn": self.role_arn,
                        "Input": json.dumps({"bucket": to_iso(bucket_at)}),
                        "DeadLetterConfig": {"Arn": self.dead_letter_arn},
                        "RetryPolicy": {"MaximumRetryAttempts": 10},
                    },
                )
            except ClientError as error:
                if error_code(error) != "ConflictException":
                    raise
        if len(self._known) >= self.most_known:
            self._known.clear()
        self._known.add(bucket_at)
