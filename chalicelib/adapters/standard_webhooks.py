"""Signatures by the Standard Webhooks specification, one for each secret (its own package)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from standardwebhooks import Webhook


class StandardWebhooksSigner:
    """`ports.Signer`; receivers that know any of the secrets can verify. Without any: unsigned."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._webhooks = [Webhook(secret) for secret in secrets]

    def headers(self, webhook_id: str, *, at: datetime, body: bytes) -> Mapping[str, str]:
        """The newest secret's signature first."""
        found = {"webhook-id": webhook_id, "webhook-timestamp": str(int(at.timestamp()))}
        if self._webhooks:
            text = body.decode()
            signatures = [webhook.sign(webhook_id, at, text) for webhook in self._webhooks]
            found["webhook-signature"] = " ".join(signatures)
        return found
