"""Logs and metrics: structured, and without phone numbers, addresses or content."""

from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

#: Of the metrics in CloudWatch.
NAMESPACE = "MessageQueue"


@cache
def logger() -> Logger:
    """The process's logger: one JSON object a line."""
    return Logger(service="message-queue", log_uncaught_exceptions=True)


def count_metric(name: str, value: float) -> None:
    """Report a number to CloudWatch, by a line in the log that it reads (EMF)."""
    with single_metric(name=name, unit=MetricUnit.Count, value=value, namespace=NAMESPACE):
        pass
