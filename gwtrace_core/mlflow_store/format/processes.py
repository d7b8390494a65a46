"""Which process is at a turn, and whether it still is: so a cut turn is told from a running one.

A process names itself on what it begins. Whoever can see it looks whether it is there; everybody
else goes by the signs of life that it gives. No mlflow in here.
"""

from __future__ import annotations

import os
import uuid
from functools import cache
from pathlib import Path

from gwtrace_core.background.heartbeat import is_silent

open_here: set[str] = set()
"""The traces of the turns that this process is at."""

_PROC = Path("/proc")
_UNSEEN = "-"
"""In place of what makes a process visible to others, where the system does not say it."""


@cache
def name_this_process() -> str:
    """Kernel and process namespace, process id, and when it began: no two are ever the same.

    A container's first process has the same id after every restart, and two containers of one name
    have a first process each, so neither host name nor process id would do.
    """
    pid = os.getpid()
    try:
        kernel = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        namespace = (_PROC / "self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        return f"{_UNSEEN} {pid} {uuid.uuid4().hex}"
    return f"{kernel}/{namespace} {pid} {_read_begun(pid)}"


def is_cut_off(process: str, trace_id: str, *, silent_ms: float) -> bool:
    """Whether a turn that has no end will get none: the process that was at it is gone.

    `silent_ms` is for how long nothing was heard of the turn.
    """
    if process == name_this_process():
        # What is over here and has no end in the store: MLflow was away, and did not take it.
        return trace_id not in open_here and is_silent(silent_ms)
    place, _, rest = process.partition(" ")
    pid, _, begun = rest.partition(" ")
    if place != _UNSEEN and place == name_this_process().partition(" ")[0] and pid.isdecimal():
        is_there = _is_there(int(pid), begun)
        if is_there is not None:
            return not is_there
    return is_silent(silent_ms)


def _is_there(pid: int, begun: str) -> bool | None:
    """None where the system keeps it from us."""
    try:
        os.kill(pid, 0)
        return _read_begun(pid) == begun
    except ProcessLookupError:
        return False
    except OSError:
        return None


def _read_begun(pid: int) -> str:
    """When it began, in the kernel's ticks; of one that is dead and not yet buried, nothing."""
    # The name, in brackets, may hold anything.
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]
