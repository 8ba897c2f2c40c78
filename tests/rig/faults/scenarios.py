"""The scenarios by name: which fault strikes, once a broadcast is under way."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.rig.faults import backends, kills, storms
from tests.rig.faults.scene import USUAL, NothingHappensError, Scene
from tests.rig.faults.verdict import Struck, Verdict, judge, wait_until_done
from tests.rig.measuring.clock import Reading

#: Does it; answers what was done, in the table's words.
Strike = Callable[[Scene], str]

#: It strikes once so much of a broadcast was called back.
_UNDER_WAY = 0.15
EVERYTHING = "everything"


def nothing(scene: Scene) -> str:
    """What the others are measured against."""
    scene.pause(5, 5)
    return "nothing"


STRIKES: Mapping[str, Strike] = {
    "workers": kills.kill_workers,
    "api": kills.kill_api,
    "tally": kills.kill_tally,
    "rescue": kills.kill_rescue,
    "release": kills.kill_release,
    "power": kills.cut_the_power,
    "throttling": storms.throttling,
    "errors": storms.errors,
    "time-outs": storms.time_outs,
    "slow": storms.slow,
    "late": storms.late,
    "queues": storms.refusing_queues,
    "unprocessed": storms.unprocessed,
    "timers": storms.no_timers,
    "hangs": backends.hangs,
    "resets": backends.resets,
    "503s": backends.says_503,
}


def everything(scene: Scene) -> str:
    """All of them in an order by chance, with broadcasts between them."""
    order = scene.chance.sample(list(STRIKES), len(STRIKES))
    missed: list[str] = []
    for name in order:
        scene.load.broadcast(scene.count // 5, by_timer=False)
        scene.pause(0.5, 3)
        try:
            STRIKES[name](scene)
        except NothingHappensError:
            missed.append(name)
    return ", ".join(name for name in order if name not in missed)


SCENARIOS: Mapping[str, Strike] = {"nothing": nothing, **STRIKES, EVERYTHING: everything}


def play(scene: Scene, strike: Strike, *, by_timer: bool) -> tuple[Struck, Verdict]:
    """Broadcast, strike amid it, wait until all is done, judge."""
    scene.stage.sink.clear()
    scene.stage.sink.answer_with(USUAL)
    with scene.load.going_on():
        scene.load.broadcast(scene.count, by_timer=by_timer)
        scene.wait_until_called(int(2 * scene.count * _UNDER_WAY))
        began = Reading.now()
        what = strike(scene)
        struck = Struck(what, began, Reading.now())
        scene.pause(2, 2)
    wait_until_done(scene)
    return struck, judge(scene, struck)
