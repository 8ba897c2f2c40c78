"""Faults of the backend: for some seconds it hangs, breaks connections, or says 503."""

from __future__ import annotations

import time

from tests.rig.faults.scene import USUAL, Scene
from tests.rig.sink.answers import Answers

_LASTS_S = 10.0
#: Longer than a callback may take (10 s).
_HANGS_MS = 12_000


def hangs(scene: Scene) -> str:
    """Answer nobody in time."""
    return _meanwhile(scene, Answers(latency_ms=_HANGS_MS), did="hung")


def resets(scene: Scene) -> str:
    """Break every connection once the callback was read."""
    return _meanwhile(scene, Answers(resets=True), did="reset connections")


def says_503(scene: Scene) -> str:
    """Refuse."""
    return _meanwhile(scene, Answers(status=503), did="said 503")


def _meanwhile(scene: Scene, answers: Answers, *, did: str) -> str:
    before = scene.stage.sink.count()["arrivals"]
    scene.stage.sink.answer_with(answers)
    time.sleep(_LASTS_S)
    scene.stage.sink.answer_with(USUAL)
    hit = scene.stage.sink.count()["arrivals"] - before
    return f"the backend {did} for {_LASTS_S:.0f} s: {hit} callbacks"
