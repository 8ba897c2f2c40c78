"""AWS clients: made when first used, from one session, and their errors in our words."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import OperatorError, RetryableError

_botocore: Any = botocore.session

#: Connections a client keeps: more than any of our thread pools has threads.
_CONNECTIONS = 32
_CONFIG: Any = Config(
    connect_timeout=2,  # seconds
    read_timeout=5,  # seconds
    retries={"mode": "standard", "max_attempts": 4},
    max_pool_connections=_CONNECTIONS,
    tcp_keepalive=True,
    # Three quarters of the CPU of a BatchWriteItem (2,000 jobs: 0.31 s with it, 0.09 s without,
    # measured 2026-11); AWS validates anyway, and our requests are made by our own code only.
    parameter_validation=False,
)

#: What a request waits for must not wait as long: its values are at hand from before, mostly.
_HURRIES = {
    "ssm": Config(
        connect_timeout=1,  # seconds
        read_timeout=2,  # seconds
        retries={"mode": "standard", "max_attempts": 2},
    )
}

#: Answers after which a person has to act: the same call will never work.
_HOPELESS = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AWS.SimpleQueueService.NonExistentQueue",
        "InvalidSignatureException",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
        "UnrecognizedClientException",
        "ValidationException",
    }
)


_making = Lock()


def client(service: str) -> Any:  # noqa: ANN401 - botocore makes its types at run time
    """The process's client of a service; region and endpoint come from the environment.

    It is boto3's own, made without boto3: what that brings for S3 is 60 modules and a tenth of a
    cold start (measured, 2026-11). Sessions are not thread-safe: threads that come together wait
    for the first one.
    """
    with _making:
        return _client(service)


@cache
def _client(service: str) -> Any:  # noqa: ANN401 - botocore makes its types at run time
    hurry = _HURRIES.get(service)
    config = _CONFIG.merge(hurry) if hurry else _CONFIG
    return _session().create_client(service, config=config)


@cache
def _session() -> Any:  # noqa: ANN401 - botocore makes its types at run time
    return _botocore.get_session()


def answer_of(error: ClientError) -> dict[str, Any]:
    """What the vendor answered."""
    return cast("dict[str, Any]", cast("Any", error).response)


def error_code(error: ClientError) -> str:
    """The vendor's name of the error."""
    return str(answer_of(error).get("Error", {}).get("Code", "Unknown"))


def cancellation_reasons(error: ClientError) -> set[str]:
    """Why a transaction was cancelled; nothing where it failed in another way."""
    if error_code(error) != "TransactionCanceledException":
        return set()
    reasons: list[dict[str, str]] = answer_of(error).get("CancellationReasons", [])
    return {reason.get("Code", "None") for reason in reasons}


@contextmanager
def in_our_words(what: str) -> Generator[None]:
    """Translate the vendor's errors: RetryableError, or OperatorError where it is hopeless."""
    try:
        yield
    except ClientError as error:
        code = error_code(error)
        if code in _HOPELESS:
            message = f"{what}: AWS answered {code}; check the stack's resources and permissions"
            raise OperatorError(message) from error
        message = f"{what}: AWS answered {code}"
        raise RetryableError(message) from error
    except BotoCoreError as error:
        message = f"{what}: {type(error).__name__}"
        raise RetryableError(message) from error
