"""One process of the world: the verbs that ship, over ports that may fail it."""

from functools import cached_property
from typing import Any

from chalicelib.flow.dispatch import Horizons
from tests.rig.desk import Desk
from tests.rig.world import SECOND
from tests.simulation.backend import SimulatedCallbacks
from tests.simulation.fates import Life
from tests.simulation.infrastructure import Infrastructure
from tests.simulation.ports import FaultyPort, Interleaved, SkewedClock
from tests.simulation.sqs import Sender, SimulatedInbox

#: Near enough that timers are part of a run of some minutes.
HORIZONS = Horizons(sqs=100 * SECOND, timer_lead=20 * SECOND)


class Process(Desk):
    """A Lambda's: it shares what is in AWS with the others, and nothing else."""

    def __init__(self, shared: Infrastructure) -> None:
        self.life = Life()
        self.shared = shared
        fates = shared.fates
        super().__init__(
            clock=SkewedClock(shared.clock, self.life, fates, fates.skew()),  # type: ignore[arg-type]
            chance=shared.chance,
            store=self._port(shared.store),
            pace=self._port(shared.pace),
            timers=self._port(shared.timers),
            breakers=self._port(shared.breakers),
            backlogs=self._port(shared.backlogs),
            restraints=self._port(shared.restraints),
            pauses=self._port(shared.pauses),
            records=self._port(shared.records),
            batch_log=self._port(shared.batch_log),
            canaries=self._port(shared.canaries),
            offload=Interleaved(shared.clock),
            horizons=HORIZONS,
        )

    def _port(self, real: object) -> Any:
        return FaultyPort(real, self.life, self.shared.fates)

    @cached_property
    def queues(self) -> Sender:  # type: ignore[override]
        return Sender(self.shared.sqs, self.life, self.shared.fates)

    @cached_property
    def callbacks(self) -> SimulatedCallbacks:  # type: ignore[override]
        return SimulatedCallbacks(self.shared.backend, self.life, self.shared.fates)

    def inbox(self, queue: Any) -> SimulatedInbox:
        """What a worker of the queue takes more from."""
        return SimulatedInbox(self.shared.sqs, queue, self.life, self.shared.fates)
