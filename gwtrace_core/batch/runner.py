"""Runs every row of a file by every lane, and says how far that has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gwtrace_core.background.claim import Claim
from gwtrace_core.background.ordered_writes import WriteCounts, Writer
from gwtrace_core.background.work import QueueSnapshot
from gwtrace_core.batch.plan import BatchPlan, KeptBatch, Place
from gwtrace_core.batch.record import BatchRecord
from gwtrace_core.batch.results import (
    BatchCall,
    BatchResults,
    ResultCell,
    build_results,
    make_result,
)
from gwtrace_core.batch.values import BatchLane, BatchRow
from gwtrace_core.lanes.comparison import make_comparison_session_id, make_comparison_tags
from gwtrace_core.running.calls import CallSnapshot, QueuedCall
from gwtrace_core.running.hub import Hub
from gwtrace_core.running.queue import queue_calls
from gwtrace_core.values.connection import FindTarget
from gwtrace_core.values.request import ChatRequest, Lane, Message, TurnContext

StoreExpectation = Callable[[str, str], None]
"""(trace id, expected answer): stores it; may block, raises TrackingError."""

MOST_AT_ONCE = 16
AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchProgress:
    """A batch at one moment."""

    queue: QueueSnapshot[CallSnapshot]
    cost_usd: float | None
    """Of the calls so far whose cost is known; None while there is none."""
    unpriced: int
    """Calls that ended with token counts or failed to report them, and have no known cost."""
    tokens: int
    """Input and output of the calls so far, as far as they were reported."""
    untraced: int
    """Calls that ended without a trace in MLflow."""
    trace_problem: str
    """Why the last of them has none."""
    expectations: WriteCounts
    plan_problem: str
    """Why MLflow does not have what was planned; empty when it has."""


class Batch:
    """One file by the lanes as they were when it was started. Safe to use from any thread.

    Every call is a session of its own in MLflow, tagged with the comparison's id, the lane and the
    row's number; the expected answer goes on its trace once MLflow has it. No key is held here:
    see `WorkQueue`.
    """

    def __init__(
        self,
        hub: Hub,
        store_expectation: StoreExpectation,
        plan: BatchPlan,
        *,
        record: BatchRecord,
        user: str,
        known: Mapping[Place, CallSnapshot] | None = None,
    ) -> None:
        """`known` calls came to an end elsewhere, by the row's number and the lane's id."""
        self.comparison_id = plan.comparison_id
        self.lanes = plan.lanes
        self.rows = plan.rows
        self.at_once = plan.at_once
        self._record_writes = Writer()
        self._claim = Claim(record, self._record_writes)
        self._store_expectation = store_expectation
        self._expectations = Writer()
        self._plan = [(row, lane) for row in self.rows for lane in self.lanes]
        self.lane_ids = tuple(lane.lane_id for _, lane in self._plan)
        """The lane of each call, in the order of a snapshot's calls."""
        self._kept: dict[int, tuple[CallSnapshot, ResultCell]] = {}
        self._queue = queue_calls(
            hub,
            [
                _make_call(
                    row,
                    lane,
                    comparison_id=plan.comparison_id,
                    round_id=plan.round_id,
                    user=user,
                )
                for row, lane in self._plan
            ],
            at_once=plan.at_once,
            on_settled=self._store_expected,
            on_rest=self._tell_rest,
            known={
                index: known[row.number, lane.lane_id]
                for index, (row, lane) in enumerate(self._plan)
                if known is not None and (row.number, lane.lane_id) in known
            },
        )

    @property
    def is_taken(self) -> bool:
        """Whether another process has gone on with it: what is known here is out of date."""
        return self._claim.is_taken

    def resume(self, reach: Mapping[str, FindTarget]) -> None:
        """Start, or go on with what was not made or was stopped, in the lanes of `reach`.

        It says by lane id how whoever starts the batch or goes on with it reaches the lane.
        """
        self._queue.hold()
        self._queue.resume(reach)
        self._claim.open(self._queue.release, self._queue.stop)

    def resume_lane(self, lane_id: str, find_target: FindTarget) -> None:
        """Go on with a lane that was stopped by itself."""
        self._queue.hold()
        self._queue.resume_lane(lane_id, find_target)
        self._claim.open(self._queue.release, self._queue.stop)

    def stop(self, reason: str = "Stopped by the user.") -> None:
        """Stop the calls under way and start no more."""
        self._queue.stop(reason)

    def stop_lane(self, lane_id: str) -> None:
        """Leave out the rest of this lane; the others go on."""
        self._queue.stop_lane(lane_id)

    def retry_failed(self, reach: Mapping[str, FindTarget]) -> None:
        """Make the failed calls of these lanes once more."""
        self._queue.hold()
        self._queue.retry_failed(reach)
        self._claim.open(self._queue.release, self._queue.stop)

    def wait_stored(self, timeout_s: float) -> bool:
        """Block until nothing moves any more and MLflow has every expected answer and how the batch
        stands, or has refused them; False on timeout."""
        return (
            self._claim.wait_rest(timeout_s)
            and self._expectations.wait_idle(timeout_s)
            and self._record_writes.wait_idle(timeout_s)
        )

    def poll(self) -> BatchProgress:
        """How far it has come; keeps it alive."""
        queue = self._queue.poll()
        cells = [self._make_cell(index, call) for index, call in enumerate(queue.items)]
        costs = [cell.cost.amount_usd for cell in cells if cell.cost is not None]
        usages = [cell.reply.usage for cell in cells if cell.reply is not None and cell.reply.usage]
        # One that was stopped may never have been made.
        untraced = [call for call in queue.items if call.trace_problem and call.state != "stopped"]
        return BatchProgress(
            queue=queue,
            cost_usd=sum(costs) if costs else None,
            unpriced=sum(cell.state == "finished" and cell.cost is None for cell in cells),
            tokens=sum((u.input_tokens or 0) + (u.output_tokens or 0) for u in usages),
            untraced=len(untraced),
            trace_problem=untraced[-1].trace_problem if untraced else "",
            expectations=self._expectations.counts,
            plan_problem=self._record_writes.counts.problem,
        )

    def make_results(self, queue: QueueSnapshot[CallSnapshot]) -> BatchResults:
        """The table as of a snapshot of `poll`."""
        cells = {
            (row.number, lane.name): self._make_cell(index, queue.items[index])
            for index, (row, lane) in enumerate(self._plan)
        }
        calls = (
            BatchCall(
                row=row.number,
                lane_name=lane.name,
                lane=lane.lane,
                prompt=row.prompt,
                expected=row.expected,
            )
            for row, lane in self._plan
        )
        return build_results(calls, lambda call: cells[call.row, call.lane_name])

    def _make_cell(self, index: int, call: CallSnapshot) -> ResultCell:
        """The call's cell; one that has settled is judged and priced only once."""
        kept = self._kept.get(index)
        if kept is not None and kept[0] is call:
            return kept[1]
        row, lane = self._plan[index]
        asked = adapt_lane(row, lane)
        if call.reply is None:
            # Also of a call that another process made, whose answer was not read back.
            return ResultCell(state=call.state, lane=asked, trace_id=call.trace_id)
        cell = make_result(
            BatchCall(
                row=row.number,
                lane_name=lane.name,
                lane=asked,
                prompt=row.prompt,
                expected=row.expected,
                reply=call.reply,
                trace_id=call.trace_id,
            )
        )
        # A reply can end a moment before its call does: its trace is still being read.
        cell = replace(cell, state=call.state)
        if call.state != "running":
            self._kept[index] = (call, cell)
        return cell

    def _tell_rest(self) -> None:
        self._claim.rest(is_complete=not self._queue.left)

    def _store_expected(self, index: int, call: CallSnapshot) -> None:
        expected, trace_id = self._plan[index][0].expected, call.trace_id
        if expected is not None and trace_id is not None and not call.trace_problem:
            self._expectations.add(lambda: self._store_expectation(trace_id, expected))


def _make_call(
    row: BatchRow, lane: BatchLane, *, comparison_id: str, round_id: str, user: str
) -> QueuedCall:
    return QueuedCall(
        lane_id=lane.lane_id,
        request=ChatRequest(
            lane=adapt_lane(row, lane), messages=(Message(role="user", text=row.prompt),)
        ),
        context=TurnContext(
            session_id=make_comparison_session_id(comparison_id, lane.lane_id, row=row.number),
            user=user,
            tags=make_comparison_tags(
                comparison_id=comparison_id,
                lane_name=lane.name,
                round_id=round_id,
                row=row.number,
            ),
        ),
    )


def list_known_calls(kept: KeptBatch, read: Mapping[Place, BatchCall]) -> dict[Place, CallSnapshot]:
    """The calls that need not be made again, with those of their answers that were read."""
    found: dict[Place, CallSnapshot] = {}
    for place, recorded in kept.calls.items():
        call = read.get(place)
        is_read = call is not None and call.trace_id == recorded.trace_id
        found[place] = CallSnapshot(
            state=recorded.outcome,
            reply=call.reply if call is not None and is_read else None,
            trace_id=recorded.trace_id,
        )
    return found


def adapt_lane(row: BatchRow, lane: BatchLane) -> Lane:
    """The lane as that row is asked on it."""
    if row.system is None:
        return lane.lane
    return replace(lane.lane, system_prompt=row.system, prompt=None)
