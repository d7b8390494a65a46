"""The newest runs of all sessions, bounded in what they take."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, cast

from gwtrace_core.running.recorder import TraceRecorded
from gwtrace_core.running.run import Run

REMEMBERED_RUNS = 300
REMEMBERED_BYTES = 64_000_000
"""Of replies, traces and last messages: some hundred large traces, or all of the small ones."""


class RememberedRuns:
    """For a page that was reloaded, and for turns that MLflow could not record.

    A run under way is never dropped. Of those that have ended the oldest go first, and before the
    others those whose trace MLflow has: they can be read again. Safe to use from any thread.
    """

    def __init__(
        self, *, most_runs: int = REMEMBERED_RUNS, most_bytes: int = REMEMBERED_BYTES
    ) -> None:
        self._most_runs = most_runs
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._bytes_by_run: dict[Run, int] = {}
        """In the order in which they were started; 0 while a run is under way."""

    def add(self, run: Run) -> None:
        """Remember a run that is being started."""
        with self._lock:
            self._bytes_by_run[run] = 0

    def keep_ended(self, run: Run) -> None:
        """The run has settled: measure it, if it is remembered, and drop what is too much now."""
        with self._lock:
            if run not in self._bytes_by_run:
                return
        size_bytes = measure_bytes(run.reply, run.trace, run.request.messages[-1])
        with self._lock:
            self._bytes_by_run[run] = size_bytes
            total = sum(self._bytes_by_run.values())
            # A stable order: recorded ones first, the oldest before the newer of each kind.
            ended = sorted(
                (each for each in self._bytes_by_run if each.is_settled),
                key=lambda each: not isinstance(each.trace, TraceRecorded),
            )
            for each in ended:
                if total <= self._most_bytes and len(self._bytes_by_run) <= self._most_runs:
                    return
                total -= self._bytes_by_run.pop(each)

    def find(self, holds: Callable[[Run], bool]) -> tuple[Run, ...]:
        """Those of which that holds, oldest first."""
        with self._lock:
            runs = tuple(self._bytes_by_run)
        return tuple(filter(holds, runs))


def measure_bytes(*values: object) -> int:
    """What these and all values in them take in memory, each place in which one stands counted.

    Goes through everything, which takes a tenth of a second for a trace of 10,000 spans.
    """
    size_bytes = 0
    left: list[Any] = list(values)
    while left:
        value = left.pop()
        size_bytes += sys.getsizeof(value)
        if isinstance(value, dict):
            for item in cast("dict[Any, Any]", value).items():
                left += item
        elif isinstance(value, list | tuple):
            left += cast("list[Any]", value)
        elif is_dataclass(value):
            left += (getattr(value, each.name) for each in fields(value))
    return size_bytes
