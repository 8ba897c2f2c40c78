"""How job ids look: ULIDs (github.com/ulid/spec), 48 bits of time and 80 of chance."""

from datetime import datetime

from chalicelib.model.instant import to_ms

#: Crockford's base 32: sorts as text in the order of the number.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_BITS = 80
_LENGTH = 26


def ulid(at: datetime, chance: int) -> str:
    """26 letters and digits that sort by millisecond; `chance` has `RANDOM_BITS`."""
    number = (to_ms(at) << RANDOM_BITS) | chance
    digits = [_ALPHABET[(number >> (5 * i)) & 31] for i in range(_LENGTH)]
    return "".join(reversed(digits))
