"""The batches that this process still knows, by their comparison: for a page that was reloaded."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from gwtrace_core.batch.estimate import BatchEstimate
from gwtrace_core.batch.runner import Batch

_REMEMBERED = 8
"""Older ones are in MLflow, and show again from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveBatch:
    """A batch with what a page says of it."""

    batch: Batch
    file_name: str
    estimate: BatchEstimate
    """As it was when the batch was started."""


class LiveBatches:
    """The newest batches of all sessions. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, LiveBatch] = OrderedDict()

    def add(self, live: LiveBatch) -> None:
        """Remember a batch, and forget the oldest when there are too many."""
        with self._lock:
            self._known[live.batch.comparison_id] = live
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)

    def find(self, comparison_id: str) -> LiveBatch | None:
        """The batch of that comparison, as long as it is remembered."""
        with self._lock:
            return self._known.get(comparison_id)
