"""What a batch was meant to do, as MLflow keeps it: enough to go on with it, and no key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal, Protocol

from gwtrace_core.background.heartbeat import is_silent
from gwtrace_core.batch.values import BatchLane, BatchRow

Place = tuple[int, str]
"""Of a call: the row's number and the lane's id."""

CallOutcome = Literal["finished", "failed", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """A file by lanes, as it was when the batch was started."""

    comparison_id: str
    round_id: str
    file_name: str
    user: str
    """Who started it."""
    rows: tuple[BatchRow, ...]
    lanes: tuple[BatchLane, ...]
    at_once: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """What MLflow has of one row by one lane, without the answer."""

    trace_id: str
    outcome: CallOutcome
    """A call that was cut off counts as stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBatch:
    """A batch as MLflow has it, without the answers."""

    run_id: str
    plan: BatchPlan
    is_running: bool
    """As MLflow has it: one whose process has died stays so."""
    owner: str
    """In whose hands it was last, an id of no meaning."""
    alive_ms: int
    """The last sign of life of whoever was at it, since the Unix epoch."""
    read_ms: int
    calls: Mapping[Place, RecordedCall]
    """The newest of each place."""

    @property
    def is_alive(self) -> bool:
        """Whether somebody was visibly at it when this was read."""
        return self.is_running and not is_silent(self.read_ms - self.alive_ms)

    @property
    def left(self) -> list[Place]:
        """The calls that were never recorded, or were stopped."""
        return [
            place for place in self._list_places() if self._find_outcome(place) in (None, "stopped")
        ]

    @property
    def failed(self) -> list[Place]:
        """The calls that failed."""
        return [place for place in self._list_places() if self._find_outcome(place) == "failed"]

    def _list_places(self) -> Iterator[Place]:
        for row, lane in product(self.plan.rows, self.plan.lanes):
            yield row.number, lane.lane_id

    def _find_outcome(self, place: Place) -> CallOutcome | None:
        recorded = self.calls.get(place)
        return None if recorded is None else recorded.outcome

    @property
    def planned(self) -> int:
        """How many calls there were to be."""
        return len(self.plan.rows) * len(self.plan.lanes)


class PlanStore(Protocol):
    """What `gwtrace_core.mlflow_store.batches.batches.Batches` does for a batch under way.

    Methods may block, and raise TrackingError.
    """

    def begin(self, plan_text: str, plan: BatchPlan, *, owner: str) -> str:
        """Keep the plan; `plan_text` is it as JSON, without secrets. The id of the run."""
        ...

    def resume(self, run_id: str, *, owner: str, before: str) -> None:
        """Mark the run as running again, in the hands of `owner`.

        Raises TakenElsewhere when it is no longer in the hands of `before`.
        """
        ...

    def tell_alive(self, run_id: str) -> None:
        """Leave a sign that somebody is at it."""
        ...

    def end(self, run_id: str, *, is_complete: bool) -> None:
        """End the run."""
        ...
