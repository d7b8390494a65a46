"""Stores expected answers on traces: beside the calls, never in their way."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from gwtrace_core.errors import TrackingError

StoreExpectation = Callable[[str, str], None]
"""(trace id, expected answer): stores it; may block, raises TrackingError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationCounts:
    """How far the storing has come."""

    stored: int = 0
    failed: int = 0
    problem: str = ""
    """Why the last one failed."""


class ExpectationWriter:
    """Writes what it is given in a thread that ends when there is nothing left to write."""

    def __init__(self, store: StoreExpectation) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._pending: deque[tuple[str, str]] = deque()
        self._idle = threading.Event()
        self._idle.set()
        self._counts = ExpectationCounts()

    def add(self, trace_id: str, expected: str) -> None:
        """Have it stored soon. Returns at once; safe on an event loop."""
        with self._lock:
            self._pending.append((trace_id, expected))
            if not self._idle.is_set():
                return
            self._idle.clear()
        threading.Thread(target=self._drain, name="gwtrace-expectations", daemon=True).start()

    @property
    def counts(self) -> ExpectationCounts:
        """What has been stored by now, and what could not be."""
        return self._counts

    def wait_idle(self, timeout_s: float) -> bool:
        """Block until nothing is left to write; False on timeout."""
        return self._idle.wait(timeout_s)

    def _drain(self) -> None:
        while True:
            with self._lock:
                if not self._pending:
                    self._idle.set()
                    return
                trace_id, expected = self._pending.popleft()
            counts = self._counts
            try:
                self._store(trace_id, expected)
            except TrackingError as error:
                self._counts = ExpectationCounts(
                    stored=counts.stored, failed=counts.failed + 1, problem=error.message
                )
            else:
                self._counts = ExpectationCounts(
                    stored=counts.stored + 1, failed=counts.failed, problem=counts.problem
                )
