"""Runs every row of a file by every lane, and says how far that has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from gwtrace_core.batch.results import (
    BatchCall,
    BatchResults,
    ResultCell,
    result_of,
    results_from,
)
from gwtrace_core.batch.values import BatchRow
from gwtrace_core.chat import ChatRequest, Lane, Message, TurnContext
from gwtrace_core.comparison import comparison_session_id, comparison_tags
from gwtrace_core.connection import FindTarget
from gwtrace_core.running.hub import Hub
from gwtrace_core.running.queue import CallQueue, CallSnapshot, QueuedCall, QueueSnapshot
from gwtrace_core.writer import WriteCounts, Writer

StoreExpectation = Callable[[str, str], None]
"""(trace id, expected answer): stores it; may block, raises TrackingError."""

MOST_AT_ONCE = 16
AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLane:
    """A lane of the comparison."""

    lane_id: str
    name: str
    lane: Lane


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchProgress:
    """A batch at one moment."""

    queue: QueueSnapshot
    time_left_s: float | None
    """By the rate so far; None before the first call has ended, and while nothing is called."""
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


class Batch:
    """One file by the lanes as they were when it was started. Safe to use from any thread.

    Every call is a session of its own in MLflow, tagged with the comparison's id, the lane and the
    row's number; the expected answer goes on its trace once MLflow has it. No key is held here:
    see `CallQueue`.
    """

    def __init__(
        self,
        hub: Hub,
        store_expectation: StoreExpectation,
        *,
        rows: Sequence[BatchRow],
        lanes: Sequence[BatchLane],
        comparison_id: str,
        round_id: str,
        user: str,
        at_once: int = AT_ONCE,
    ) -> None:
        self.comparison_id = comparison_id
        self.lanes = tuple(lanes)
        self.rows = tuple(rows)
        self.at_once = at_once
        self._store_expectation = store_expectation
        self._expectations = Writer()
        self._plan = [(row, lane) for row in self.rows for lane in self.lanes]
        self.lane_ids = tuple(lane.lane_id for _, lane in self._plan)
        """The lane of each call, in the order of a snapshot's calls."""
        self._ended = 0
        self._kept: dict[int, tuple[CallSnapshot, ResultCell]] = {}
        self._queue = CallQueue(
            hub,
            [
                _call(row, lane, comparison_id=comparison_id, round_id=round_id, user=user)
                for row, lane in self._plan
            ],
            at_once=at_once,
            on_settled=self._settled,
        )

    def resume(self, reach: Mapping[str, FindTarget]) -> None:
        """Start, or go on with what was not made or was stopped, in the lanes of `reach`.

        It says by lane id how whoever starts the batch or goes on with it reaches the lane.
        """
        self._queue.resume(reach)

    def resume_lane(self, lane_id: str, find_target: FindTarget) -> None:
        """Go on with a lane that was stopped by itself."""
        self._queue.resume_lane(lane_id, find_target)

    def stop(self) -> None:
        """Stop the calls under way and start no more."""
        self._queue.stop()

    def stop_lane(self, lane_id: str) -> None:
        """Leave out the rest of this lane; the others go on."""
        self._queue.stop_lane(lane_id)

    def retry_failed(self, reach: Mapping[str, FindTarget]) -> None:
        """Make the failed calls of these lanes once more."""
        self._queue.retry_failed(reach)

    def wait_stored(self, timeout_s: float) -> bool:
        """Block until every expected answer is stored or has failed to be; False on timeout."""
        return self._expectations.wait_idle(timeout_s)

    def poll(self) -> BatchProgress:
        """How far it has come; keeps it alive."""
        queue = self._queue.poll()
        cells = [self._cell(index, call) for index, call in enumerate(queue.calls)]
        costs = [cell.cost.amount_usd for cell in cells if cell.cost is not None]
        usages = [cell.reply.usage for cell in cells if cell.reply is not None and cell.reply.usage]
        # One that was stopped may never have been made.
        untraced = [call for call in queue.calls if call.trace_problem and call.state != "stopped"]
        return BatchProgress(
            queue=queue,
            time_left_s=self._time_left_s(queue),
            cost_usd=sum(costs) if costs else None,
            unpriced=sum(cell.state == "finished" and cell.cost is None for cell in cells),
            tokens=sum((u.input_tokens or 0) + (u.output_tokens or 0) for u in usages),
            untraced=len(untraced),
            trace_problem=untraced[-1].trace_problem if untraced else "",
            expectations=self._expectations.counts,
        )

    def results(self, queue: QueueSnapshot) -> BatchResults:
        """The table as of a snapshot of `poll`."""
        cells = {
            (row.number, lane.name): self._cell(index, queue.calls[index])
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
        return results_from(calls, lambda call: cells[call.row, call.lane_name])

    def _cell(self, index: int, call: CallSnapshot) -> ResultCell:
        """The call's cell; one that has settled is judged and priced only once."""
        kept = self._kept.get(index)
        if kept is not None and kept[0] is call:
            return kept[1]
        row, lane = self._plan[index]
        asked = _asked(row, lane)
        if call.state == "waiting":
            return ResultCell(state="waiting", lane=asked)
        cell = result_of(
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

    def _time_left_s(self, queue: QueueSnapshot) -> float | None:
        if not queue.is_active:
            return None
        waiting = sum(
            call.state == "waiting"
            and lane.lane_id not in queue.stopped_lanes
            and lane.lane_id not in queue.lost_lanes
            for call, (_, lane) in zip(queue.calls, self._plan, strict=True)
        )
        return time_left_s(
            waiting=waiting, running=queue.running, ended=self._ended, elapsed_s=queue.elapsed_s
        )

    def _settled(self, index: int, call: CallSnapshot) -> None:
        if call.state != "stopped":
            self._ended += 1
        expected, trace_id = self._plan[index][0].expected, call.trace_id
        if expected is not None and trace_id is not None and not call.trace_problem:
            self._expectations.add(lambda: self._store_expectation(trace_id, expected))


def time_left_s(*, waiting: int, running: int, ended: int, elapsed_s: float) -> float | None:
    """By the rate so far; None before the first call has ended.

    A call under way counts as half done: otherwise the first to end of several would make all the
    rest look several times as long as it is.
    """
    if not ended or elapsed_s <= 0:
        return None
    return (waiting + running / 2) * elapsed_s / (ended + running / 2)


def _call(
    row: BatchRow, lane: BatchLane, *, comparison_id: str, round_id: str, user: str
) -> QueuedCall:
    return QueuedCall(
        lane_id=lane.lane_id,
        request=ChatRequest(
            lane=_asked(row, lane), messages=(Message(role="user", text=row.prompt),)
        ),
        context=TurnContext(
            session_id=comparison_session_id(comparison_id, lane.lane_id, row=row.number),
            user=user,
            tags=comparison_tags(
                comparison_id=comparison_id,
                lane_name=lane.name,
                round_id=round_id,
                row=row.number,
            ),
        ),
    )


def _asked(row: BatchRow, lane: BatchLane) -> Lane:
    """The lane as that row is asked on it."""
    if row.system is None:
        return lane.lane
    return replace(lane.lane, system_prompt=row.system, prompt=None)
