"""Tells MLflow of a batch under way: the plan before its calls, signs of life, and its end."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

from gwtrace_core.background.heartbeat import PULSE_S, Pulse
from gwtrace_core.background.ordered_writes import Writer
from gwtrace_core.batch.plan import BatchPlan, BatchTaken, KeptBatch, PlanStore

MOST_WAIT_S = 3.0
"""Calls wait no longer for their plan to be in MLflow: a tracking server never holds up more."""


class BatchRecord:
    """All of it beside the calls, in threads of its own. Safe to use from any thread."""

    def __init__(
        self,
        store: PlanStore,
        plan: BatchPlan,
        *,
        plan_text: str = "",
        kept: KeptBatch | None = None,
        pulse_s: float = PULSE_S,
        most_wait_s: float = MOST_WAIT_S,
    ) -> None:
        """`plan_text` is the plan as JSON, of a new batch; `kept` is one that MLflow has."""
        self._store = store
        self._plan = plan
        self._plan_text = plan_text
        self._run_id = None if kept is None else kept.run_id
        self._owner = uuid.uuid4().hex
        self._owner_before = "" if kept is None else kept.owner
        self._is_taken = False
        self._most_wait_s = most_wait_s
        self._writer = Writer()
        self._pulse = Pulse(self._tell_alive, every_s=pulse_s)
        self._lock = threading.Lock()
        self._is_open = False

    @property
    def problem(self) -> str:
        """Why MLflow does not have the plan; empty when it has, or is being told."""
        return self._writer.counts.problem

    @property
    def is_taken(self) -> bool:
        """Whether another process has gone on with the batch since."""
        return self._is_taken

    def open(self, then: Callable[[], None], refuse: Callable[[str], None]) -> None:
        """The batch begins or goes on. `then` is called once MLflow knows, will not take it, or
        has taken too long; `refuse` with the reason when another process is found to have gone on
        with it. Returns at once."""
        with self._lock:
            was_open, self._is_open = self._is_open, True
            if not was_open:
                self._pulse.start()
        if was_open:
            then()
            return
        timer = threading.Timer(self._most_wait_s, then)
        timer.daemon = True
        timer.start()

        def tell() -> None:
            try:
                self._tell_open()
            except BatchTaken as taken:
                with self._lock:
                    self._is_open, self._is_taken = False, True
                    self._pulse.stop()
                refuse(f"{taken.message} {taken.hint}")
            finally:
                timer.cancel()
                then()

        self._writer.retry()
        self._writer.add(tell)

    def rest(self, *, is_complete: bool) -> None:
        """Nothing more is called for now."""
        with self._lock:
            if not self._is_open:
                return
            self._is_open = False
            self._pulse.stop()
        self._writer.add(lambda: self._tell_rest(is_complete=is_complete))

    def wait_told(self, timeout_s: float) -> bool:
        """Block until MLflow has been told all; False on timeout."""
        return self._writer.wait_idle(timeout_s)

    def _tell_open(self) -> None:
        if self._run_id is None:
            self._run_id = self._store.begin(self._plan_text, self._plan, owner=self._owner)
        else:
            self._store.resume(self._run_id, owner=self._owner, before=self._owner_before)
        self._owner_before = self._owner

    def _tell_alive(self) -> None:
        if self._run_id is not None:
            self._store.tell_alive(self._run_id)

    def _tell_rest(self, *, is_complete: bool) -> None:
        with self._lock:
            if self._is_open:
                return  # it has gone on since
        if self._run_id is not None:
            self._store.end(self._run_id, is_complete=is_complete)
