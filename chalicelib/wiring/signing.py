"""What signs callbacks and webhooks."""

from functools import cache

from chalicelib.adapters.standard_webhooks import StandardWebhooksSigner
from chalicelib.observe import logger
from chalicelib.ports.webhooks import Signer
from chalicelib.settings import settings


@cache
def signer() -> Signer:
    """Signs with all secrets; Misconfigured where one of them is none."""
    secrets = settings().signing_secrets
    if not secrets:
        logger().warning("SIGNING_SECRETS is not set: callbacks and webhooks go out unsigned")
    return StandardWebhooksSigner(secrets)
