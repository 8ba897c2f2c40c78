"""The law of counting: whatever the stream repeats, splits or loses half of, tallies are exact."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.flow.recount import Recount
from chalicelib.model.change import Change, deltas_of
from chalicelib.model.tally import TallyKey, merged
from tests.rig.builders import stored
from tests.rig.deliveries import Stream
from tests.rig.lives import jobs_left, lives
from tests.rig.memory.jobs import MemoryClock, MemoryJobStore
from tests.rig.memory.tallies import MemoryCensus, MemoryTallies


def expected(changes: list[Change]) -> dict[TallyKey, dict[str, int]]:
    """The sum of what each change adds, taken once."""
    whole = merged(deltas_of(change) for change in changes)
    return {key: dict(delta.adds) for key, delta in whole.items() if delta.adds}


def found(tallies: MemoryTallies) -> dict[TallyKey, dict[str, int]]:
    """The tallies, without zeros."""
    slim = {k: {f: n for f, n in figures.items() if n} for k, figures in tallies.figures.items()}
    return {key: figures for key, figures in slim.items() if figures}


@given(changes=lives(), most_items=st.integers(8, 100), data=st.data())
def test_every_change_is_counted_once(changes: list[Change], most_items: int, data: st.DataObject):
    tallies = MemoryTallies()

    Stream(changes, tallies, most_items, data).run()

    assert found(tallies) == expected(changes)


@given(changes=lives(), data=st.data())
def test_tallies_equal_a_recount(changes: list[Change], data: st.DataObject):
    tallies, store = MemoryTallies(), MemoryJobStore()
    store.add([stored(job) for job in jobs_left(changes)])

    Stream(changes, tallies, 100, data).run()

    recount = Recount(MemoryClock(), MemoryCensus(store), tallies, tallies)
    assert asyncio.run(recount(repair=False)).drift == []
