"""The way of a job to the queues: from the routes that schedule it, and from the agenda."""

from functools import cache

from chalicelib.adapters.dynamodb_breakers import DynamoBreakers
from chalicelib.errors import Misconfigured
from chalicelib.flow.breakers import CircuitBreaker
from chalicelib.flow.canaries import WatchQueues
from chalicelib.flow.dispatch import Dispatch, Horizons
from chalicelib.flow.feed import Feed
from chalicelib.flow.held import Held
from chalicelib.flow.limits import LimitNotes
from chalicelib.flow.release import Release
from chalicelib.flow.schedule import Schedule
from chalicelib.flow.schedule_once import ScheduleOnce
from chalicelib.flow.turns import Turns
from chalicelib.settings import settings
from chalicelib.wiring.world import (
    backlogs,
    batch_log,
    canaries,
    chance,
    clock,
    idempotency_records,
    pace,
    pauses,
    queue_lists,
    queues,
    restraints,
    store,
    timers,
)


@cache
def dispatch() -> Dispatch:
    """From the store to the queues."""
    turns = Turns(clock=clock(), pace=pace(), backlogs=backlogs(), restraints=restraints())
    return Dispatch(
        clock=clock(),
        turns=turns,
        queues=queues(),
        timers=timers(),
        backlogs=backlogs(),
        horizons=horizons(),
    )


@cache
def feed() -> Feed:
    """From the backlogs to the queues."""
    held = Held(
        clock=clock(),
        store=store(),
        lists=queue_lists(),
        restraints=restraints(),
        pauses=pauses(),
    )
    return Feed(
        clock=clock(),
        store=store(),
        held=held,
        dispatch=dispatch(),
        backlogs=backlogs(),
        breaker=circuit_breaker(),
    )


@cache
def circuit_breaker() -> CircuitBreaker:
    """What stops callbacks to a backend that is down."""
    breakers = DynamoBreakers(table=settings().required("CONTROL_TABLE"))
    return CircuitBreaker(clock=clock(), breakers=breakers, backends=settings())


def horizons() -> Horizons:
    """How far SQS carries a delay; Misconfigured where a timer could come too late."""
    found = Horizons(
        sqs=settings().seconds("SQS_HORIZON_S", 900),
        timer_lead=settings().seconds("TIMER_LEAD_S", 300),
    )
    if fault := found.fault:
        message = f"SQS_HORIZON_S and TIMER_LEAD_S: {fault}"
        raise Misconfigured(message)
    return found


@cache
def schedule() -> Schedule:
    """The verb of the scheduling routes."""
    return Schedule(
        clock=clock(), chance=chance(), store=store(), dispatch=dispatch(), notes=limit_notes()
    )


@cache
def limit_notes() -> LimitNotes:
    """What exceeds the limits of workspaces."""
    return LimitNotes(clock(), batch_log())


@cache
def schedule_once() -> ScheduleOnce:
    """The same verb for requests with an idempotency key."""
    return ScheduleOnce(
        notes=limit_notes(),
        clock=clock(),
        chance=chance(),
        store=store(),
        dispatch=dispatch(),
        records=idempotency_records(),
    )


@cache
def release() -> Release:
    """The verbs of the timers and of the rescue."""
    return Release(clock=clock(), store=store(), dispatch=dispatch(), feed=feed())


@cache
def watch_queues() -> WatchQueues:
    """The verb that finds queues that are stuck."""
    return WatchQueues(clock=clock(), canaries=canaries(), queues=queues())
