"""Faults of processes: SIGKILL to a function's, amid its work, and to all of a cloud's at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from tests.rig.cloud.lambda_workers import LambdaWorker, kill, workers_of
from tests.rig.faults.load import CHANNELS
from tests.rig.faults.scene import NothingHappensError, Scene

WORKERS = ("send_sms", "send_email", "scheduled_sms", "scheduled_email")
#: How often it is looked who works, and after how many looks who there is.
_LOOK_EVERY_S = 0.005
_LOOKS = 50
#: The rescue, and timers, come once a minute.
_A_MINUTE_S = 75.0


def kill_workers(scene: Scene, times: int = 6) -> str:
    """Kill processes of the functions that call back, one after the other, each amid its work."""
    return f"{_kill_often(scene, WORKERS, times=times)} workers killed -9"


def kill_api(scene: Scene) -> str:
    """Kill the API's process eight times while bulks are being accepted."""
    crowd, other = scene.load.workspace_ids
    bulks = [
        ((channel, workspace_id), [delay_ms] * (scene.count // 3))
        for channel in CHANNELS
        for workspace_id, delay_ms in ((crowd, 0), (other, 5_000))
    ]
    with ThreadPoolExecutor(len(bulks)) as pool:
        accepting = [
            pool.submit(scene.load.bulk, *bulk, delays_ms=delays_ms) for bulk, delays_ms in bulks
        ]
        killed = _kill_often(scene, ["api_handler"], times=8)
        for each in accepting:
            each.result()
    return f"{killed} API processes killed -9 amid requests"


def kill_tally(scene: Scene) -> str:
    """Kill the process that counts, five times."""
    return f"{_kill_often(scene, ['tally'], times=5)} tally processes killed -9"


def kill_rescue(scene: Scene) -> str:
    """Kill all workers, so that jobs are lost, and then twice who looks for them."""
    workers = _all(scene, WORKERS)
    _kill_all(workers)
    killed = _kill_often(scene, ["rescue"], times=2, patience_s=_A_MINUTE_S)
    return f"{len(workers)} workers killed -9, then the rescue {killed} times"


def kill_release(scene: Scene) -> str:
    """Kill whoever reads a minute's jobs when their timer wakes it."""
    scene.load.by_timer(scene.count // 4)
    _kill_often(scene, ["release"], times=1, patience_s=2 * _A_MINUTE_S)
    return "the release killed -9 amid a minute's jobs"


def cut_the_power(scene: Scene) -> str:
    """Kill every Lambda, stop the emulator with what it keeps, and start all of it again."""
    lambdas = _all(scene, ("",))
    _kill_all(lambdas)
    scene.stage.cloud.stop()
    scene.pause(0.5, 3)
    scene.stage.cloud.start()
    return f"{len(lambdas)} Lambdas killed -9, the whole cloud stopped and started"


def _all(scene: Scene, functions: Sequence[str]) -> list[LambdaWorker]:
    pid = scene.stage.cloud.pid
    return [each for name in functions for each in workers_of(pid, name) if each.function_name]


def _kill_all(victims: Sequence[LambdaWorker]) -> None:
    for victim in victims:
        with suppress(ProcessLookupError):  # an idle one may end by itself
            kill(victim)


def _kill_often(
    scene: Scene, functions: Sequence[str], *, times: int, patience_s: float = 30.0
) -> int:
    """Kill so many processes of these functions that are at work; how many there were."""
    killed = 0
    for _ in range(times):
        victim = _at_work(scene, functions, patience_s=patience_s)
        if victim is None:
            break
        scene.pause(0, 0.1)
        _kill_all([victim])
        killed += 1
        scene.pause(0.3, 1.5)
    if not killed:
        raise NothingHappensError(f"nobody of {', '.join(functions)} is at work")
    return killed


def _at_work(scene: Scene, functions: Sequence[str], *, patience_s: float) -> LambdaWorker | None:
    """Return a process that uses the CPU just now; None where none does for so long."""
    deadline_s = time.monotonic() + patience_s
    while time.monotonic() < deadline_s:
        before = {each: each.cpu_ticks() for each in _all(scene, functions)}
        for _ in range(_LOOKS):
            time.sleep(_LOOK_EVERY_S)
            working = [each for each, ticks in before.items() if each.cpu_ticks() > ticks]
            if working:
                return scene.chance.choice(working)
    return None
