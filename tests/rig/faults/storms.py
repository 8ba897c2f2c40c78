"""Faults of AWS: what the Lambdas' calls are answered for some seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.rig.faults.scene import Scene
from tests.rig.faults.weather import Fault

_LASTS_S = 10.0
#: Longer than botocore waits for an answer (5 s, adapters/aws_clients.py).
_HOLD_S = 6.0
#: Longer than a job is ever claimed ahead of its slot (0.8 s, flow/leads.py).
_SLOW_S = 1.5


def a_fault(service: str, kind: str, *, percent: float, hold_s: float = _HOLD_S) -> Fault:
    """Make one, of so many percent of a service's calls."""
    return {"service": service, "kind": kind, "share": percent / 100, "hold_s": hold_s}


def throttling(scene: Scene) -> str:
    """DynamoDB refuses most of what it is asked: after four tries, every other call has failed."""
    return storm(scene, [a_fault("dynamodb", "throttled", percent=85)])


def errors(scene: Scene) -> str:
    """All services answer 500 more often than not, having done what was asked, or not."""
    services = ("dynamodb", "sqs", "scheduler")
    kinds = ("broken", "lost")
    return storm(scene, [a_fault(s, k, percent=35) for s in services for k in kinds])


def time_outs(scene: Scene) -> str:
    """Answers of DynamoDB and SQS do not come, and the callers give them up."""
    return storm(scene, [a_fault(each, "unheard", percent=15) for each in ("dynamodb", "sqs")])


def slow(scene: Scene) -> str:
    """DynamoDB takes a second and a half for everything: a claim comes too late for its slot."""
    return storm(scene, [a_fault("dynamodb", "late", percent=100, hold_s=_SLOW_S)])


def late(scene: Scene) -> str:
    """DynamoDB does what was asked once its caller has given up, and asked again."""
    return storm(scene, [a_fault("dynamodb", "late", percent=10)])


def refusing_queues(scene: Scene) -> str:
    """SQS refuses batches, or parts of them, or does not say that it took one."""
    kinds = {"throttled": 25, "partial": 40, "lost": 15}
    return storm(scene, [a_fault("sqs", kind, percent=p) for kind, p in kinds.items()])


def unprocessed(scene: Scene) -> str:
    """DynamoDB leaves parts of batches undone."""
    return storm(scene, [a_fault("dynamodb", "partial", percent=70)])


def no_timers(scene: Scene) -> str:
    """Nobody can set a timer, while jobs are accepted that need one."""
    kinds = {"throttled": 60, "broken": 100}
    faults = [a_fault("scheduler", kind, percent=p) for kind, p in kinds.items()]
    return storm(scene, faults, meanwhile=lambda: scene.load.by_timer(scene.count // 4))


def storm(
    scene: Scene, faults: Sequence[Fault], *, meanwhile: Callable[[], object] | None = None
) -> str:
    """Let it last, while more is to be accepted; who asks for that goes on until it is."""
    before = scene.weather.hits()
    ask = meanwhile or (lambda: scene.load.broadcast(scene.count // 4, by_timer=False))
    with ThreadPoolExecutor(1) as pool:
        with scene.weather.turned(faults, chance=scene.chance):
            accepted = pool.submit(ask)
            time.sleep(_LASTS_S)
        accepted.result()
    hits = scene.weather.hits() - before
    return ", ".join(f"{count} × {what}" for what, count in sorted(hits.items())) or "no call hit"
