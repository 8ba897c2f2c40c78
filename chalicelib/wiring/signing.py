"""What signs callbacks and webhooks."""

from collections.abc import Sequence
from functools import cache

from chalicelib.adapters.rotating_signer import RotatingSigner
from chalicelib.adapters.standard_webhooks import StandardWebhooksSigner
from chalicelib.observe import logger
from chalicelib.ports.webhooks import Signer
from chalicelib.settings import settings
from chalicelib.wiring.vault import secrets


@cache
def signer() -> RotatingSigner:
    """Signs with all secrets; to be renewed when a batch begins, since it asks nobody later."""
    return RotatingSigner(_secrets, _signer_of)


def _secrets() -> tuple[str, ...]:
    return () if settings().is_on("SEND_UNSIGNED") else secrets().signing()


def _signer_of(found: Sequence[str]) -> Signer:
    if not found:
        logger().warning("there are no signing secrets: callbacks and webhooks go out unsigned")
    return StandardWebhooksSigner(found)
