"""How long a job waits before its next attempt."""

from dataclasses import dataclass

#: 2 ** 64 seconds is beyond any cap: keeps the power finite.
_LARGEST_EXPONENT = 64


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential with full jitter: any wait between nothing and the ceiling is as likely.

    Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015; the numbers are
    the contract's, section 2.
    """

    base_s: float = 2.0
    factor: float = 2.0
    cap_s: float = 900.0

    def ceiling_s(self, attempt: int) -> float:
        """The longest wait after the attempt with this number (from 1), in seconds."""
        exponent = min(max(attempt, 1) - 1, _LARGEST_EXPONENT)
        return min(self.cap_s, self.base_s * self.factor**exponent)

    def delay_s(self, attempt: int, *, chance: float) -> float:
        """The wait in seconds; `chance` is uniform in [0, 1)."""
        return chance * self.ceiling_s(attempt)
