"""What can go wrong, sorted by who must act.

::

    ServiceError
    ├── CallerError            the caller: a 4xx with a stable code
    │   ├── InvalidRequest         400
    │   ├── Unauthenticated        401
    │   ├── Forbidden              403
    │   ├── NotFound               404
    │   ├── Conflict               409
    │   │   ├── WrongState             409, and the state that does not allow it
    │   │   └── InProgress             409, and when to ask again
    │   ├── TooLarge               413
    │   └── NotJson                415
    ├── RetryableError         nobody: it will work later (``delay_s``)
    └── OperatorError          a person: an alarm
        └── Misconfigured          a setting is missing or cannot work
            └── UnfitSecret            a secret is missing, weak, or may not be read
"""

from dataclasses import dataclass


class ServiceError(Exception):
    """Something that the service knows how to name."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a request: where, and what to do about it."""

    path: str
    message: str
    #: For a program, where a fault has a name of its own.
    code: str | None = None


class CallerError(ServiceError):
    """The caller can mend this; ``message`` is a sentence for a person, ``code`` for a program."""

    status = 400
    code = "invalid_request"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class InvalidRequest(CallerError):
    """The request does not say what we need; ``faults`` lists everything that is wrong at once."""

    def __init__(self, message: str, *, code: str | None = None, faults: tuple[Fault, ...] = ()):
        super().__init__(message, code=code)
        self.faults = faults


class Unauthenticated(CallerError):
    """No credentials came, or they do not hold."""

    status = 401
    code = "unauthenticated"


class Forbidden(CallerError):
    """The credentials hold, and do not allow this."""

    status = 403
    code = "forbidden"


class NotFound(CallerError):
    """There is no such thing in this workspace (or it is another workspace's: never tell)."""

    status = 404
    code = "not_found"


class Conflict(CallerError):
    """The state of the thing does not allow this now."""

    status = 409
    code = "conflict"


class WrongState(Conflict):
    """The state of a job does not allow this; ``state`` is the one that it lost to."""

    def __init__(self, message: str, *, code: str, state: str) -> None:
        super().__init__(message, code=code)
        self.state = state


class InProgress(Conflict):
    """The same request is being worked on; asking again helps in ``retry_after_s`` seconds."""

    code = "in_progress"

    def __init__(self, message: str, *, code: str, retry_after_s: int) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class TooLarge(CallerError):
    """The body is larger than the platform takes."""

    status = 413
    code = "too_large"


class NotJson(CallerError):
    """The body is not declared as JSON."""

    status = 415
    code = "unsupported_media_type"


class RetryableError(ServiceError):
    """It will work later: try again in ``delay_s`` seconds."""

    def __init__(self, message: str, *, delay_s: float = 1.0) -> None:
        super().__init__(message)
        self.delay_s = delay_s


class OperatorError(ServiceError):
    """A person has to act; the message says how."""


class Misconfigured(OperatorError):
    """A setting is missing or cannot work."""


class UnfitSecret(Misconfigured):
    """A secret is missing, weak, or may not be read; the message never tells its value."""
