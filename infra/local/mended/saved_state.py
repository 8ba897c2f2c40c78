"""Its saved state: makes sense on another port, and to the readers of streams."""

from ministack.services import lambda_svc, sqs

_ANY_PORT = "4566"


def mend() -> None:
    """Queue URLs, which are keys in the state, stay the same on whatever port we are today.

    And readers of a stream start at its beginning: its records are not saved, but the readers'
    positions in them are, so that they would skip as many new ones.
    """
    sqs.DEFAULT_PORT = _ANY_PORT
    sqs._CANONICAL_NETLOC = f"{sqs.DEFAULT_HOST}:{_ANY_PORT}"
    lambda_svc._restore_esm_positions = lambda _store, _positions: None
