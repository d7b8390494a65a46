"""A batch's run in MLflow, which holds the plan from before the first call."""

from __future__ import annotations

import uuid

from gwtrace_core.batch.plan import BatchPlan, KeptBatch, PlanStore


class BatchRecord:
    """Implements `background.claim.ClaimedRun`. The run is made when it is first taken."""

    def __init__(
        self,
        store: PlanStore,
        plan: BatchPlan,
        *,
        plan_text: str = "",
        kept: KeptBatch | None = None,
    ) -> None:
        """`plan_text` is the plan as JSON, of a new batch; `kept` is one that MLflow has."""
        self._store = store
        self._plan = plan
        self._plan_text = plan_text
        self._run_id = None if kept is None else kept.run_id
        self._owner = uuid.uuid4().hex
        self._owner_before = "" if kept is None else kept.owner

    def take(self) -> None:
        """Keep the plan of a new batch; go on with another, unless somebody else has."""
        if self._run_id is None:
            self._run_id = self._store.begin(self._plan_text, self._plan, owner=self._owner)
        else:
            self._store.resume(self._run_id, owner=self._owner, before=self._owner_before)
        self._owner_before = self._owner

    def tell_alive(self) -> None:
        """Leave a sign that somebody is at it."""
        if self._run_id is not None:
            self._store.tell_alive(self._run_id)

    def end(self, *, is_complete: bool) -> None:
        """End the run, if MLflow has one."""
        if self._run_id is not None:
            self._store.end(self._run_id, is_complete=is_complete)
