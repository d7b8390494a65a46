"""Writes to MLflow beside the calls, never in their way, and in the order in which it is asked."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from gwtrace_core.values.errors import TrackingError

Write = Callable[[], None]
"""May block, raises TrackingError."""

_all_changed = threading.Condition()
_writing: set[Writer] = set()
"""The writers of this process that have something left to write."""


def wait_all_written(timeout_s: float) -> bool:
    """Block until no writer of this process has anything left to write; False on timeout."""
    with _all_changed:
        return _all_changed.wait_for(lambda: not _writing, timeout_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteCounts:
    """How far the writing has come."""

    stored: int = 0
    unstored: int = 0
    """Refused by MLflow, and kept for `retry`."""
    problem: str = ""
    """Why the last of those was refused; empty when there are none left."""
    is_idle: bool = True


class Writer:
    """Writes in a thread that ends when there is nothing left to write. Safe from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pending: deque[tuple[Write, bool]] = deque()
        self._refused: list[tuple[Write, bool]] = []
        self._is_idle = True
        self._stored = 0
        self._problem = ""

    def add(self, write: Write, *, is_counted: bool = True) -> None:
        """Have it written soon; returns at once. `counts` leaves out what is not `is_counted`."""
        with self._changed:
            self._pending.append((write, is_counted))
            self._begin()

    def retry(self) -> None:
        """Write what was refused once more, before anything that is added from now on."""
        with self._changed:
            self._pending.extend(self._refused)
            self._refused.clear()
            self._problem = ""
            self._begin()

    @property
    def counts(self) -> WriteCounts:
        """As they stand now."""
        with self._changed:
            return WriteCounts(
                stored=self._stored,
                unstored=len(self._refused),
                problem=self._problem,
                is_idle=self._is_idle,
            )

    def wait_idle(self, timeout_s: float) -> bool:
        """Block until nothing is left to write; False on timeout."""
        with self._changed:
            return self._changed.wait_for(lambda: self._is_idle, timeout_s)

    def _begin(self) -> None:
        if self._is_idle and self._pending:
            self._is_idle = False
            with _all_changed:
                _writing.add(self)
            threading.Thread(target=self._write_all, name="gwtrace-writer", daemon=True).start()

    def _write_all(self) -> None:
        while True:
            with self._changed:
                if not self._pending:
                    self._is_idle = True
                    self._changed.notify_all()
                    with _all_changed:
                        _writing.discard(self)
                        _all_changed.notify_all()
                    return
                write, is_counted = self._pending.popleft()
            try:
                write()
            except TrackingError as error:
                with self._changed:
                    self._refused.append((write, is_counted))
                    self._problem = error.message
            else:
                with self._changed:
                    self._stored += is_counted
