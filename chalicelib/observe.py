"""Logs: structured, and without phone numbers, addresses or content."""

from functools import cache

from aws_lambda_powertools import Logger


@cache
def logger() -> Logger:
    """The process's logger: one JSON object a line."""
    return Logger(service="message-queue", log_uncaught_exceptions=True)
