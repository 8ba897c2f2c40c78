"""Circuit breakers in memory."""

from dataclasses import dataclass, field

from chalicelib.model.breaker import Breaker
from tests.rig.memory.jobs import Faults


@dataclass(slots=True)
class MemoryBreakers:
    """`ports.Breakers` in a dict."""

    breakers: dict[str, Breaker] = field(default_factory=dict[str, Breaker])
    faults: Faults = field(default_factory=Faults)

    def get(self, host: str) -> Breaker:
        """As it is."""
        self.faults.strike("get")
        return self.breakers.get(host, Breaker())

    def put(self, host: str, *, before: Breaker, after: Breaker) -> bool:
        """Replace it, if it is still the same."""
        self.faults.strike("put")
        if self.breakers.get(host, Breaker()) != before:
            return False
        self.breakers[host] = after
        return True
