"""A scenario: something that a function really does, with its own checks that it did."""

from collections.abc import Callable
from typing import TypeAlias

from chalicelib.adapters.aws_clients import client
from chalicelib.settings import settings
from tests.integration.service import Service

Scenario: TypeAlias = Callable[[Service], None]


def timer_count() -> int:
    """How many timers wait."""
    group = settings().required("TIMER_GROUP")
    return len(client("scheduler").list_schedules(GroupName=group)["Schedules"])
