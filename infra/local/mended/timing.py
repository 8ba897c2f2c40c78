"""Its clockwork: timers fire within 0.2 s, queues are looked at every 50 ms."""

import threading
import time

from ministack.core import lambda_runtime
from ministack.services import eventbridge, lambda_svc, scheduler

_TIMER_LOOK_S = 0.2  # was 10
_RULE_LOOK_S = 0.5  # was 10
_QUEUE_LOOK_S = 0.05  # was 1, when idle
_IDLE_GAP_S = 0.01  # was 0.05
_FIRST_LOG_LINE_S = 0.002  # was 0.05: each invocation waits so long for a line of log
_FURTHER_LOG_LINE_S = 0.001  # was 0.005


def mend() -> None:
    """Look more often, and wait less."""
    scheduler._SCHEDULE_TICK_INTERVAL = _TIMER_LOOK_S
    eventbridge._SCHEDULER_TICK_INTERVAL = _RULE_LOOK_S
    lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = _IDLE_GAP_S
    threading.Thread(target=_wake_poller, daemon=True, name="wake-poller").start()
    _collect_logs_briefly()


def _wake_poller() -> None:
    """A message whose delay ends makes no event: only looking finds it."""
    while True:
        time.sleep(_QUEUE_LOOK_S)
        lambda_svc._esm_wake.set()


def _collect_logs_briefly() -> None:
    collect = lambda_runtime.Worker._drain_stderr_bounded

    def collect_briefly(worker: lambda_runtime.Worker) -> str:
        return collect(worker, first_line_wait=_FIRST_LOG_LINE_S, idle_confirm=_FURTHER_LOG_LINE_S)

    lambda_runtime.Worker._drain_stderr_bounded = collect_briefly
