"""Batches in MLflow: what was planned, who is at it, and which of its calls there are.

Light: mlflow is imported when the first question is asked. Every question has a time limit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from gwtrace_core.batch.plan import BatchPlan, KeptBatch
from gwtrace_core.mlflow_store.connection.ask import ask, ready
from gwtrace_core.mlflow_store.connection.tracking import Tracking

if TYPE_CHECKING:
    from gwtrace_core.mlflow_store.batches.runs import BatchRuns

_T = TypeVar("_T")

_WRITE_S = 15.0
_BEGIN_S = 60.0
_READ_S = 60.0


class Batches:
    """A run of MLflow's for each batch, with the file as its dataset. Methods block and raise
    TrackingError, also while MLflow is away. Safe to use from any thread."""

    def __init__(self, tracking: Tracking) -> None:
        self._tracking = tracking

    def begin(self, plan_text: str, plan: BatchPlan, *, owner: str) -> str:
        """See `PlanStore.begin`."""
        return self._asked(
            lambda runs: runs.begin(plan_text, plan, owner),
            "keep the batch's plan",
            limit_s=_BEGIN_S,
        )

    def resume(self, run_id: str, *, owner: str, before: str) -> None:
        """See `PlanStore.resume`."""
        self._asked(
            lambda runs: runs.resume(run_id, owner, before),
            "go on with the batch",
            limit_s=_WRITE_S,
        )

    def tell_alive(self, run_id: str) -> None:
        """See `PlanStore.tell_alive`."""
        self._asked(
            lambda runs: runs.tell_alive(run_id),
            "note that the batch is under way",
            limit_s=_WRITE_S,
        )

    def end(self, run_id: str, *, is_complete: bool) -> None:
        """See `PlanStore.end`: `FINISHED`, or `KILLED` with calls missing."""
        self._asked(
            lambda runs: runs.end(run_id, is_complete=is_complete),
            "end the batch",
            limit_s=_WRITE_S,
        )

    def find(self, comparison_id: str) -> KeptBatch | None:
        """The batch of a comparison; None where MLflow has no plan of it, as of older ones."""
        return self._asked(
            lambda runs: runs.find(comparison_id), "read the batch's plan", limit_s=_READ_S
        )

    def _asked(self, question: Callable[[BatchRuns], _T], what: str, *, limit_s: float) -> _T:
        found = ready(self._tracking)
        # Not at the top: it imports mlflow, which is ready only now.
        from gwtrace_core.mlflow_store.batches.runs import BatchRuns

        runs = BatchRuns(self._tracking.config.uri, found.experiment_id)
        return ask(self._tracking, lambda: runs.asked(question, what), what=what, limit_s=limit_s)
