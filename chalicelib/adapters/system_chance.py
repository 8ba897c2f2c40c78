"""The machine's randomness, and ids made of it."""

import random
import secrets
from datetime import datetime

from chalicelib.model.instant import to_ms

#: Crockford's base 32: sorts as text in the order of the number.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80
_LENGTH = 26


class SystemChance:
    """`ports.Chance`; ids are ULIDs (github.com/ulid/spec): 48 bits of time, 80 of chance."""

    def fraction(self) -> float:
        """For jitter, not for secrets."""
        return random.random()  # noqa: S311

    def new_id(self, *, at: datetime) -> str:
        """26 letters and digits; sorts by millisecond."""
        number = (to_ms(at) << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        digits = [_ALPHABET[(number >> (5 * i)) & 31] for i in range(_LENGTH)]
        return "".join(reversed(digits))
