"""Its Lambda worker processes: when they end, what starts them, and where their logs go."""

import os
import signal
import subprocess
import threading
import time
import types
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ministack.core import lambda_runtime

from infra.local.lifeline import PR_SET_PDEATHSIG

#: What a worker runs before MiniStack's own script: it dies with the emulator, however that ends.
_PROLOGUE = f"""
import ctypes as _ctypes, os as _os
_ctypes.CDLL(None).prctl({PR_SET_PDEATHSIG}, {int(signal.SIGKILL)})
if _os.getppid() != int(_os.environ["EMULATOR_PID"]): _os._exit(1)
"""
#: After this line of MiniStack's script, a worker knows what it runs.
_HANDLER_KNOWN = 'handler_name = init["handler"]\n'
#: AWS says it in a variable of every runtime, by which app.py imports what its function needs:
#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_SAY_HANDLER = '    os.environ["_HANDLER"] = f"{module_name}.{handler_name}"\n'


#: Longer than any function may take.
_LAST_INVOCATION_S = 60.0
_LOOK_INTERVAL_S = 0.1


def mend(log_folder: Path) -> None:
    """Tie the workers to this process, and have their handlers said and their prints in files."""
    _end_with_us()
    _say_what_runs()
    _spawn_from_one_thread()
    _finish_before_update()
    _log_to_files(log_folder)


def _end_with_us() -> None:
    os.environ["EMULATOR_PID"] = str(os.getpid())
    lambda_runtime._PYTHON_WORKER_SCRIPT = _PROLOGUE + lambda_runtime._PYTHON_WORKER_SCRIPT


def _say_what_runs() -> None:
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    if script.count(_HANDLER_KNOWN) != 1:
        raise RuntimeError("MiniStack's worker script has changed: where does it read its handler?")
    said = script.replace(_HANDLER_KNOWN, _HANDLER_KNOWN + _SAY_HANDLER)
    lambda_runtime._PYTHON_WORKER_SCRIPT = said


def _spawn_from_one_thread() -> None:
    """What ends a worker is the end of the *thread* that started it (prctl(2)): one that stays."""
    spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")

    def spawn(*arguments: object, **options: object) -> subprocess.Popen:
        return spawner.submit(subprocess.Popen, *arguments, **options).result()

    lambda_runtime.subprocess = types.SimpleNamespace(**{**vars(subprocess), "Popen": spawn})


def _finish_before_update() -> None:
    """An update kills the workers amid their work; on AWS they finish, and serve nothing more."""
    kill = lambda_runtime.kill_workers

    def kill_when_free(workers: Sequence[lambda_runtime.Worker]) -> None:
        busy = [worker for worker in workers if worker.in_use]
        kill([worker for worker in workers if not worker.in_use])
        for worker in busy:
            threading.Thread(target=_kill_once_free, args=(kill, worker), daemon=True).start()

    lambda_runtime.kill_workers = kill_when_free


def _kill_once_free(
    kill: Callable[[Sequence[lambda_runtime.Worker]], None], worker: lambda_runtime.Worker
) -> None:
    deadline_s = time.monotonic() + _LAST_INVOCATION_S
    while worker.in_use and time.monotonic() < deadline_s:
        time.sleep(_LOOK_INTERVAL_S)
    kill([worker])


def _log_to_files(folder: Path) -> None:
    """Line by line as it comes; MiniStack itself keeps only what came before the answer."""

    def read(worker: lambda_runtime.Worker) -> None:
        process = worker._proc
        with (folder / f"{worker.func_name}.log").open("a", encoding="utf-8") as log:
            for line in process.stderr:
                worker._stderr_queue.put(line.rstrip("\n"))
                log.write(line)
                log.flush()

    lambda_runtime.Worker._read_stderr = read
