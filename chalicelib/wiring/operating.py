"""What operators look at and steer."""

from functools import cache

from chalicelib.adapters.dynamodb_lists import DynamoJobLists
from chalicelib.flow.administer import Administer
from chalicelib.flow.amend import Amend
from chalicelib.flow.bulk import Bulk
from chalicelib.flow.completed import Completed
from chalicelib.flow.listing import Listing
from chalicelib.flow.many import Many
from chalicelib.flow.pause import PauseQueues
from chalicelib.flow.process_now import ProcessNow
from chalicelib.flow.queue_acts import QueueActs
from chalicelib.flow.tabs import Tabs
from chalicelib.settings import settings
from chalicelib.wiring.counting import completion_log, totals
from chalicelib.wiring.delivery import dispatch, feed
from chalicelib.wiring.world import clock, pauses, queue_lists, store


@cache
def listing() -> Listing:
    """The verbs of the lists."""
    lists = DynamoJobLists(table=settings().required("JOBS_TABLE"))
    return Listing(lists=lists, store=store())


@cache
def administer() -> Administer:
    """What operators do to one job."""
    return Administer(clock=clock(), store=store(), dispatch=dispatch())


@cache
def many() -> Many:
    """What is done to some jobs at once."""
    return Many(clock=clock(), store=store(), dispatch=dispatch())


@cache
def bulk() -> Bulk:
    """What operators do to many jobs."""
    return Bulk(clock=clock(), store=store(), listing=listing(), many=many())


@cache
def amend() -> Amend:
    """What operators change about a job that has not started."""
    return Amend(administer())


@cache
def pause_queues() -> PauseQueues:
    """The verbs that pause and resume."""
    return PauseQueues(
        clock=clock(), store=store(), dispatch=dispatch(), pauses=pauses(), feed=feed()
    )


@cache
def completed() -> Completed:
    """The completed jobs of a queue."""
    return Completed(log=completion_log(), lists=queue_lists(), store=store())


@cache
def tabs() -> Tabs:
    """What the board shows."""
    return Tabs(
        clock=clock(),
        lists=queue_lists(),
        store=store(),
        totals=totals(),
        pauses=pauses(),
        completed=completed(),
    )


@cache
def queue_acts() -> QueueActs:
    """What operators do to all jobs under a tab."""
    return QueueActs(
        clock=clock(),
        lists=queue_lists(),
        store=store(),
        totals=totals(),
        many=many(),
        completed=completed(),
    )


@cache
def process_now() -> ProcessNow:
    """The verb of the process-now route."""
    return ProcessNow(
        clock=clock(), store=store(), dispatch=dispatch(), listing=listing(), feed=feed()
    )
