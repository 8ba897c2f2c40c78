"""What the local cloud mends for speed answers as MiniStack's own code does."""

import json
import subprocess
from typing import Any

from infra.layer import ROOT

_SEED = 1
_QUESTIONS = 300
_STEPS = 800


def _compared(module: str, count: int) -> dict[str, Any]:
    """Run a comparison where MiniStack is installed; its report."""
    run = subprocess.run(
        [ROOT / ".cloud/bin/python", "-m", f"tests.acceptance.{module}", str(_SEED), str(count)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_queries_answer_what_its_own_ones_do():
    report = _compared("queries_compared", _QUESTIONS)

    assert report["different"] == []
    assert report["narrowed"] > report["compared"] / 2 > _QUESTIONS / 2


def test_queues_hand_out_and_keep_what_its_own_ones_do():
    report = _compared("queues_compared", _STEPS)

    assert report["different"] == []
    assert report["done"]["dead letters"] > 0
