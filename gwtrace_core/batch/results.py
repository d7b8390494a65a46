"""The results of a batch as a table, from plain values: under way, or read back from MLflow."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from gwtrace_core.figures.costs import find_reply_cost
from gwtrace_core.figures.reply_figures import Cost
from gwtrace_core.values.endings import answer_label
from gwtrace_core.values.events import Usage
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import Lane

CellState = Literal["waiting", "running", "finished", "failed", "stopped", "missing"]
"""`missing`: it was planned, and MLflow has nothing of it."""
RowFilter = Literal["all", "missing", "failed", "early", "differing", "inexact", "lacking"]

_P95 = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCall:
    """One row by one lane, as whoever made or stored the call knows it."""

    row: int
    """The row's number in the file, from 1."""
    lane_name: str
    lane: Lane
    prompt: str
    expected: str | None = None
    reply: Reply | None = None
    """None for a call that was not made yet."""
    trace_id: str | None = None
    unread: CellState = "waiting"
    """What is known of a call without a reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultCell:
    """One row by one lane, as the table shows it."""

    state: CellState
    lane: Lane
    reply: Reply | None = None
    trace_id: str | None = None
    cost: Cost | None = None
    """The one that goes first of those that are known; None: none is."""
    is_exact: bool | None = None
    """Whether the answer is the expected one, case and white space aside; None: nothing to judge,
    since no answer is expected or none was finished."""
    contains_expected: bool | None = None
    """Whether the expected answer occurs in the answer, case and white space aside."""

    @property
    def answer(self) -> str:
        """The text, as far as there is any."""
        return "" if self.reply is None else self.reply.text

    @property
    def is_from_cache(self) -> bool:
        """Whether it came from a gateway's response cache, and no model was asked."""
        return self.reply is not None and self.reply.is_from_cache

    @property
    def outcome(self) -> str:
        """`finished`, `finished: no text`, `waiting`, …; of a failed call whose fault and what:
        `provider: timeout`."""
        failure = None if self.reply is None else self.reply.failure
        if failure is not None:
            return f"{failure.source}: {failure.cause}"
        words = ": ".join(filter(None, (self.state, self.ending)))
        return f"{words}, from cache" if self.is_from_cache else words

    @property
    def ending(self) -> str:
        """What a finished answer lacks, in words for a cell; empty for a whole one."""
        return "" if self.reply is None else answer_label(self.reply)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One prompt and every lane's answer to it."""

    number: int
    prompt: str
    expected: str | None
    cells: Mapping[str, ResultCell]
    """By lane name; a lane that never had this row has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSummary:
    """One lane over all rows."""

    lane_name: str
    lane: Lane
    calls: int
    finished: int
    cached: int
    """Those of the finished that came from a gateway's cache: no time, tokens or cost of theirs is
    in what follows."""
    failed: int
    stopped: int
    missing: int
    median_ms: float | None
    """Of the finished calls, from the call to its end."""
    p95_ms: float | None
    usage: Usage | None
    """Of the calls that reported theirs; None when none did."""
    cost_usd: float | None
    """Of the calls whose cost is known; None when there is none."""
    priced: int
    """How many calls `cost_usd` is the cost of."""
    judged: int
    """Finished calls for which an answer was expected."""
    exact: int
    contains: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResults:
    """The table and what is below it."""

    lane_names: tuple[str, ...]
    rows: tuple[ResultRow, ...]
    summaries: tuple[LaneSummary, ...]

    @property
    def has_expected(self) -> bool:
        """Whether any row names the answer that is expected."""
        return any(row.expected is not None for row in self.rows)


def make_results(calls: Iterable[BatchCall]) -> BatchResults:
    """The table of these calls: rows by number, lanes as they come first.

    Of several calls of one row by one lane the last is shown, so they are to be given oldest
    first: one that was tried again replaces the one before.
    """
    return build_results(calls, make_result)


def build_results(
    calls: Iterable[BatchCall], cell_of: Callable[[BatchCall], ResultCell]
) -> BatchResults:
    """The same with cells that somebody may have kept; `cell_of` gives what `result_of` would."""
    lanes: dict[str, Lane] = {}
    asked: dict[int, BatchCall] = {}
    expected: dict[int, str] = {}
    cells: dict[int, dict[str, ResultCell]] = {}
    for call in calls:
        lanes.setdefault(call.lane_name, call.lane)
        asked[call.row] = call
        if call.expected is not None:
            # On some traces it could perhaps not be stored.
            expected[call.row] = call.expected
        cells.setdefault(call.row, {})[call.lane_name] = cell_of(call)
    rows = tuple(
        ResultRow(
            number=number,
            prompt=asked[number].prompt,
            expected=expected.get(number),
            cells=cells[number],
        )
        for number in sorted(cells)
    )
    return BatchResults(
        lane_names=tuple(lanes),
        rows=rows,
        summaries=tuple(
            _summarise(name, lane, [row.cells[name] for row in rows if name in row.cells])
            for name, lane in lanes.items()
        ),
    )


def make_result(call: BatchCall) -> ResultCell:
    """One call, judged and priced."""
    reply = call.reply
    if reply is None:
        return ResultCell(state=call.unread, lane=call.lane, trace_id=call.trace_id)
    is_judged = reply.status == "finished" and call.expected is not None
    answer, expected = normalise(reply.text), normalise(call.expected or "")
    return ResultCell(
        state=reply.status,
        lane=call.lane,
        reply=reply,
        trace_id=call.trace_id,
        cost=find_reply_cost(call.lane, reply),
        is_exact=answer == expected if is_judged else None,
        contains_expected=expected in answer if is_judged else None,
    )


def normalise(text: str) -> str:
    """For comparing answers: without case, and with one space for any white space."""
    return " ".join(text.casefold().split())


def filter_rows(rows: Iterable[ResultRow], row_filter: RowFilter) -> tuple[ResultRow, ...]:
    """The rows of that sort: with a missing call, with a failed one, with an answer that ended
    early or has no text, with finished answers that differ, or with a finished answer that is not
    exactly the expected one, or does not even contain it."""
    keep: dict[RowFilter, Callable[[ResultRow], bool]] = {
        "all": lambda row: True,
        "missing": lambda row: any(cell.state == "missing" for cell in row.cells.values()),
        "failed": lambda row: any(cell.state == "failed" for cell in row.cells.values()),
        "early": lambda row: any(cell.ending for cell in row.cells.values()),
        "differing": _has_mismatch,
        "inexact": lambda row: any(cell.is_exact is False for cell in row.cells.values()),
        "lacking": lambda row: any(cell.contains_expected is False for cell in row.cells.values()),
    }
    return tuple(row for row in rows if keep[row_filter](row))


def _has_mismatch(row: ResultRow) -> bool:
    answers = {normalise(cell.answer) for cell in row.cells.values() if cell.state == "finished"}
    return len(answers) > 1


def _summarise(name: str, lane: Lane, cells: Sequence[ResultCell]) -> LaneSummary:
    finished = [cell for cell in cells if cell.state == "finished"]
    asked = [cell for cell in cells if not cell.is_from_cache]
    times_ms = list_finished_times_ms(cells)
    usages = [cell.reply.usage for cell in asked if cell.reply is not None and cell.reply.usage]
    costs = [cell.cost.amount_usd for cell in asked if cell.cost is not None]
    judged = [cell for cell in finished if cell.is_exact is not None]
    return LaneSummary(
        lane_name=name,
        lane=lane,
        calls=len(cells),
        finished=len(finished),
        cached=sum(cell.is_from_cache for cell in finished),
        failed=sum(cell.state == "failed" for cell in cells),
        stopped=sum(cell.state == "stopped" for cell in cells),
        missing=sum(cell.state == "missing" for cell in cells),
        median_ms=statistics.median(times_ms) if times_ms else None,
        # Nearest rank: a time that a call really took.
        p95_ms=times_ms[math.ceil(_P95 * len(times_ms)) - 1] if times_ms else None,
        usage=sum(usages[1:], start=usages[0]) if usages else None,
        cost_usd=math.fsum(costs) if costs else None,
        priced=len(costs),
        judged=len(judged),
        exact=sum(cell.is_exact is True for cell in judged),
        contains=sum(cell.contains_expected is True for cell in judged),
    )


def list_finished_times_ms(cells: Iterable[ResultCell]) -> list[float]:
    """How long the finished calls took that a model answered, shortest first."""
    return sorted(
        cell.reply.duration_ms
        for cell in cells
        if cell.state == "finished"
        and not cell.is_from_cache
        and cell.reply is not None
        and cell.reply.duration_ms is not None
    )
