"""Ends a process with the one that started it, even when that is killed (Linux)."""

import ctypes
import os
import signal

#: prctl(2): the signal that a process gets when its parent thread ends.
PR_SET_PDEATHSIG = 1


def die_with_supervisor() -> None:
    """Get SIGTERM when the supervisor (``SUPERVISOR_PID``) is gone; leave where it is already."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != int(os.environ["SUPERVISOR_PID"]):
        raise SystemExit("the process that started this one is gone")
