"""Its Lambda worker processes: they end with the emulator, and their logs are files."""

import os
import signal
import subprocess
import types
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


def mend(log_folder: Path) -> None:
    """Tie the workers to this process, and write what each function prints into a file."""
    _end_with_us()
    _spawn_from_one_thread()
    _log_to_files(log_folder)


def _end_with_us() -> None:
    os.environ["EMULATOR_PID"] = str(os.getpid())
    lambda_runtime._PYTHON_WORKER_SCRIPT = _PROLOGUE + lambda_runtime._PYTHON_WORKER_SCRIPT


def _spawn_from_one_thread() -> None:
    """What ends a worker is the end of the *thread* that started it (prctl(2)): one that stays."""
    spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")

    def spawn(*arguments: object, **options: object) -> subprocess.Popen:
        return spawner.submit(subprocess.Popen, *arguments, **options).result()

    lambda_runtime.subprocess = types.SimpleNamespace(**{**vars(subprocess), "Popen": spawn})


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
