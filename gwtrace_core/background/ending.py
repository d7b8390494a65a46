"""The end of what was started: step by step, and none is skipped because another failed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from dataclasses import dataclass

from gwtrace_core.background.future import start

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to end."""

    name: str
    """What is ended, for the log."""
    end: Callable[[], None]
    """May block, and raise."""
    limit_s: float
    """It is waited for no longer."""


def end_in_order(steps: Sequence[Step]) -> None:
    """Take every step, each after the one before. A failure is logged when it happens, and the
    first is raised when all steps were taken; TimeoutError for one that was not waited for."""
    first: BaseException | None = None
    for step in steps:
        # In a thread of its own, for one that hangs must not keep the others from being taken.
        future = start(step.end, name="gwtrace-ending")
        wait([future], step.limit_s)
        if future.done():
            failure = future.exception()
        else:
            failure = TimeoutError(f"Ending {step.name} took longer than {step.limit_s:g} s.")
        if failure is not None:
            _log.error("Ending %s failed.", step.name, exc_info=failure)
            first = first or failure
    if first is not None:
        raise first


class EndOfMainThread:
    """Calls what is to be ended when the main thread has come to its end.

    In place of `atexit`, whose calls come too late: by then no executor takes work any more, and
    what has registered itself later, as MLflow's tracing has, is shut down already.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_watching = False
        self._ends: list[Callable[[], None]] = []

    def add(self, end: Callable[[], None]) -> None:
        """Have it called, unless it is removed before."""
        with self._lock:
            self._ends.append(end)
            if self._is_watching:
                return
            self._is_watching = True
        # No daemon: the interpreter waits for it before it takes anything down.
        threading.Thread(target=self._watch, name="gwtrace-end", daemon=False).start()

    def remove(self, end: Callable[[], None]) -> None:
        """It has been ended otherwise."""
        with self._lock:
            if end in self._ends:
                self._ends.remove(end)

    def _watch(self) -> None:
        threading.main_thread().join()
        with self._lock:
            ends = tuple(self._ends)
        for end in ends:
            end()


end_of_main_thread = EndOfMainThread()
"""The process has one."""
