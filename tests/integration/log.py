"""What the process logs, as CloudWatch would get it."""

import json
import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO

from chalicelib.observe import logger
from tests.integration.service import Json


@dataclass(frozen=True)
class Log:
    """Our lines, and what libraries write beside them."""

    ours: StringIO = field(default_factory=StringIO)
    others: StringIO = field(default_factory=StringIO)

    @property
    def text(self) -> str:
        return self.ours.getvalue() + self.others.getvalue()

    def lines(self, message: str) -> list[Json]:
        """Our lines that say this."""
        found = [json.loads(line) for line in self.ours.getvalue().splitlines()]
        return [line for line in found if line["message"] == message]


@contextmanager
def reading() -> Generator[Log]:
    """Read what is written by the process's own handler, and by the root's."""
    log = Log()
    logger()
    (handler,) = logging.getLogger("chalicelib").handlers
    assert isinstance(handler, logging.StreamHandler)
    beside = logging.StreamHandler(log.others)
    before = handler.setStream(log.ours)
    logging.getLogger().addHandler(beside)
    try:
        yield log
    finally:
        logging.getLogger().removeHandler(beside)
        handler.setStream(before)
