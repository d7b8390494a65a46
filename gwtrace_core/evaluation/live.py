"""The evaluations that this process still knows, by their id: for a page that was reloaded."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gwtrace_core.evaluation.runner import Evaluation

_REMEMBERED = 8
"""Older ones are in MLflow, and show again from there."""


class LiveEvaluations:
    """The newest evaluations of all sessions. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Evaluation] = OrderedDict()

    def add(self, evaluation: Evaluation) -> None:
        """Remember one, and forget the oldest when there are too many."""
        with self._lock:
            self._known[evaluation.evaluation_id] = evaluation
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)

    def find(self, evaluation_id: str) -> Evaluation | None:
        """That evaluation, as long as it is remembered."""
        with self._lock:
            return self._known.get(evaluation_id)
