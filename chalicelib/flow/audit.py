"""Acts that leave a trace: written down before they are done, completed when they have ended."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from chalicelib.errors import CallerError, OperatorError, RetryableError, ServiceError, WrongState
from chalicelib.model.audit import AuditEntry
from chalicelib.ports.access import AuditTrail

_log = logging.getLogger(__name__)

T = TypeVar("T")

DONE = "done"
#: Nobody foresaw the error that the act ended with.
FAILED = "internal_error"


@dataclass(slots=True)
class Trace:
    """What an act says about itself while it is done."""

    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Audited:
    """Does acts under audit: exactly one entry each, whichever way it ends."""

    trail: AuditTrail

    def __call__(self, entry: AuditEntry, act: Callable[[Trace], T]) -> T:
        """What the act returns or raises; it is not done where it cannot be written down."""
        self.trail.begin(entry)
        trace = Trace()
        result = FAILED
        try:
            answer = act(trace)
            result = DONE
        except ServiceError as error:
            result = _result(error)
            if isinstance(error, WrongState):
                trace.before = trace.after = error.state
            raise
        else:
            return answer
        finally:
            self._end(entry.ended(result, before=trace.before, after=trace.after))

    def _end(self, ended: AuditEntry) -> None:
        """Complete the entry; where that fails, the act is done all the same, and it says so."""
        try:
            self.trail.end(ended)
        except ServiceError as error:
            _log.error("the audit entry %s stays unfinished: %s", ended.id, error)


def _result(error: ServiceError) -> str:
    """The code that the caller reads."""
    match error:
        case CallerError():
            return error.code
        case RetryableError():
            return "unavailable"
        case OperatorError():
            return "misconfigured"
        case _:
            return FAILED
