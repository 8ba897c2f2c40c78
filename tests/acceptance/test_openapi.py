"""The running service against its own description: schemathesis looks for answers that differ."""

import subprocess
import sys
from pathlib import Path

from tests.rig.cloud.service import Service
from tests.rig.tier import IS_NIGHTLY, commit_number

#: By day what the description itself gives, to its end; at night whatever comes to mind, too.
OPTIONS = (
    ("--phases=examples,coverage,fuzzing", "--max-time=600", "--max-examples=200")
    if IS_NIGHTLY
    else ("--phases=examples,coverage",)
)
#: Seconds; nothing is proven by it.
PATIENCE_S = 2400
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
)


def test_every_answer_is_as_the_description_says(service: Service, tmp_path: Path):
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{service.cloud.url}/openapi.json",
        f"--url={service.cloud.url}",
        f"--header=Authorization: Bearer {service.cloud.token}",
        f"--checks={','.join(CHECKS)}",
        *OPTIONS,
        f"--seed={commit_number()}",
        "--warnings=off",
        "--no-shrink",
    ]

    run = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )

    assert run.returncode == 0, run.stdout[-8_000:] + run.stderr[-2_000:]
