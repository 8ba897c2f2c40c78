"""The operators' desk over the world in memory: what `wiring` puts together for them."""

from functools import cached_property

from chalicelib.flow.administer import Administer
from chalicelib.flow.audit import Audited
from chalicelib.flow.bulk import Bulk
from chalicelib.flow.listing import Listing
from chalicelib.flow.many import Many
from chalicelib.flow.process_now import ProcessNow
from chalicelib.model.job import Job
from tests.rig.builders import NOON, a_claimed_job, an_outcome
from tests.rig.memory.lists import MemoryAuditTrail, MemoryJobLists
from tests.rig.world import SECOND, World


class Desk(World):
    """The world, and the verbs of those who look after it."""

    @cached_property
    def lists(self) -> MemoryJobLists:
        return MemoryJobLists(self.store)

    @cached_property
    def listing(self) -> Listing:
        return Listing(lists=self.lists, store=self.store)

    @cached_property
    def administer(self) -> Administer:
        return Administer(clock=self.clock, store=self.store, dispatch=self.dispatch)

    @cached_property
    def bulk(self) -> Bulk:
        return Bulk(clock=self.clock, store=self.store, listing=self.listing, many=self.many)

    @cached_property
    def many(self) -> Many:
        return Many(clock=self.clock, store=self.store, dispatch=self.dispatch)

    @cached_property
    def process_now(self) -> ProcessNow:
        return ProcessNow(
            clock=self.clock,
            store=self.store,
            dispatch=self.dispatch,
            listing=self.listing,
            feed=self.feed,
        )

    @cached_property
    def trail(self) -> MemoryAuditTrail:
        return MemoryAuditTrail()

    @cached_property
    def audited(self) -> Audited:
        return Audited(self.trail)


def a_failed_job(ago_s: float = 0, **changes: object) -> Job:
    """A job whose only attempt was refused so long before noon."""
    at = NOON - ago_s * SECOND
    return a_claimed_job(**changes).record(an_outcome(404), at=at, wait=SECOND)
