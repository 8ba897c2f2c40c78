"""The local cloud's DynamoDB answers queries as MiniStack does without our mending, only sooner."""

import json
import subprocess

from infra.layer import ROOT

_SEED = 1
_QUESTIONS = 300


def test_a_mended_query_answers_what_the_emulators_own_does():
    command = [ROOT / ".cloud/bin/python", "-m", "tests.acceptance.queries_compared"]

    compared = subprocess.run(
        [*command, str(_SEED), str(_QUESTIONS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert compared.returncode == 0, compared.stderr
    report = json.loads(compared.stdout)
    assert report["different"] == []
    assert report["narrowed"] > report["compared"] / 2 > _QUESTIONS / 2
