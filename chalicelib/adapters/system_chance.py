"""The machine's randomness, and ids made of it."""

import random
import secrets
from datetime import datetime

from chalicelib.model.ulid import RANDOM_BITS, ulid

_SEED_BYTES = 16


class SystemChance:
    """`ports.Chance`; ids are ULIDs."""

    def fraction(self) -> float:
        """For jitter, not for secrets."""
        return random.random()  # noqa: S311

    def new_id(self, *, at: datetime) -> str:
        """26 letters and digits; sorts by millisecond."""
        return ulid(at, secrets.randbits(RANDOM_BITS))

    def seed(self) -> str:
        """32 hexadecimal digits."""
        return secrets.token_hex(_SEED_BYTES)
