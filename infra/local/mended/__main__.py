"""Starts the mended emulator: ``python -m infra.local.mended``, as ``emulator`` does."""

import os
from pathlib import Path

from ministack import app

from infra.local.lifeline import die_with_supervisor
from infra.local.mended import (
    alarms,
    apis,
    batches,
    expressions,
    faults,
    garbage,
    permissions,
    queries,
    queues,
    recorder,
    rest,
    saved_state,
    statements,
    tables,
    timing,
    transport,
    workers,
)


def main() -> None:
    """Mend, then serve until SIGTERM."""
    die_with_supervisor()
    alarms.mend()
    timing.mend()
    apis.mend()
    batches.mend()
    expressions.mend()
    garbage.mend()
    permissions.mend()
    queries.mend()
    queues.mend()
    rest.mend()
    saved_state.mend()
    statements.mend()
    transport.mend()
    tables.mend()
    workers.mend(Path(os.environ["LAMBDA_LOG_FOLDER"]))
    if "CALL_LOG" in os.environ:
        recorder.mend(Path(os.environ["CALL_LOG"]))
    if "AWS_FAULTS" in os.environ:
        faults.mend(Path(os.environ["AWS_FAULTS"]))
    app.main()


if __name__ == "__main__":
    main()
