"""What the lanes of a batch are set to, and what each came to over all rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gwtrace_core.batch.results import BatchResults, LaneSummary, list_finished_times_ms
from gwtrace_core.figures.reply_figures import write_tokens
from gwtrace_core.report.lanes import (
    LaneHead,
    SystemPrompt,
    describe_head,
    describe_prompt,
    describe_setup,
)
from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.report.values import ReportInput, ReportTurn
from gwtrace_core.values.text import MISSING, count_text, duration_text, plural, usd_text


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLane:
    """A lane of a batch and its settings."""

    head: LaneHead
    prompt: SystemPrompt | None
    setup: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryCell:
    """A cell of the summary."""

    text: str
    note: str = ""
    """Below it, in small."""
    style: str = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All lanes over all rows."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[SummaryCell, ...]], ...]
    """Each lane's name, and its cells."""
    has_cached: bool
    has_expected: bool


def find_lane_prompts(rows: ReportInput) -> dict[str, str]:
    """By lane name the system prompt of all its calls; lanes whose rows have their own lack."""
    found: dict[str, set[str]] = {}
    for turn in rows.turns:
        found.setdefault(turn.name, set()).add(turn.request.lane.system_prompt.strip())
    return {name: prompts.pop() for name, prompts in found.items() if len(prompts) == 1}


def describe_batch_lanes(rows: ReportInput, redactor: Redactor) -> tuple[BatchLane, ...]:
    """Every lane that made a call."""
    first: dict[str, ReportTurn] = {}
    for turn in rows.turns:
        first.setdefault(turn.name, turn)
    prompts = find_lane_prompts(rows)
    return tuple(
        BatchLane(
            head=describe_head(turn, redactor),
            prompt=describe_prompt(prompts[name], rows, redactor) if prompts.get(name) else None,
            setup=describe_setup(turn.request.lane, turn.target, redactor),
        )
        for name, turn in sorted(first.items())
    )


def describe_summary(results: BatchResults, redactor: Redactor) -> Summary:
    """Every lane over all rows; columns that would be empty for all are not there."""
    has_cached = any(summary.cached for summary in results.summaries)
    has_stopped = any(summary.stopped for summary in results.summaries)
    heads = ["Lane", "Model", "Calls", "Answered", "Failed"]
    heads += ["From cache"] if has_cached else []
    heads += ["Stopped"] if has_stopped else []
    heads += ["Time, median", "95th percentile", "Tokens in → out", "Cost"]
    heads += ["Exact match", "Contains expected"] if results.has_expected else []

    def describe(lane: LaneSummary) -> tuple[SummaryCell, ...]:
        cells = [
            SummaryCell(
                text=redactor.mask(Section.SETUP, lane.lane.model),
                note=lane.lane.sdk_path.label,
                style="",
            ),
            SummaryCell(text=count_text(lane.calls)),
            SummaryCell(text=count_text(lane.finished)),
            SummaryCell(
                text=count_text(lane.failed), style="number bad" if lane.failed else "number"
            ),
        ]
        cells += [SummaryCell(text=count_text(lane.cached))] if has_cached else []
        cells += [SummaryCell(text=count_text(lane.stopped))] if has_stopped else []
        cells += _describe_times(lane, _list_times_ms(results, lane.lane_name))
        cells += [
            SummaryCell(text=MISSING if lane.usage is None else write_tokens(lane.usage)),
            _describe_cost(lane),
        ]
        if results.has_expected:
            cells += [_describe_rate(count, lane.judged) for count in (lane.exact, lane.contains)]
        return tuple(cells)

    return Summary(
        heads=tuple(heads),
        rows=tuple((lane.lane_name, describe(lane)) for lane in results.summaries),
        has_cached=has_cached,
        has_expected=results.has_expected,
    )


def _list_times_ms(results: BatchResults, name: str) -> list[float]:
    cells = (row.cells.get(name) for row in results.rows)
    return list_finished_times_ms(cell for cell in cells if cell is not None)


def _describe_times(lane: LaneSummary, times_ms: Sequence[float]) -> list[SummaryCell]:
    """Median, and below it the least and the most; 95th percentile."""
    spread = ""
    if len(times_ms) > 1:
        spread = f"{duration_text(min(times_ms))} to {duration_text(max(times_ms))}"
    median = MISSING if lane.median_ms is None else duration_text(lane.median_ms)
    p95 = MISSING if lane.p95_ms is None else duration_text(lane.p95_ms)
    return [SummaryCell(text=median, note=spread), SummaryCell(text=p95)]


def _describe_cost(lane: LaneSummary) -> SummaryCell:
    if lane.cost_usd is None:
        return SummaryCell(text=MISSING)
    is_part = lane.priced < lane.finished - lane.cached
    return SummaryCell(
        text=usd_text(lane.cost_usd), note=f"of {plural(lane.priced, 'call')}" if is_part else ""
    )


def _describe_rate(matches: int, judged: int) -> SummaryCell:
    if not judged:
        return SummaryCell(text=MISSING)
    return SummaryCell(
        text=f"{matches / judged:.0%}", note=f"{count_text(matches)} of {count_text(judged)}"
    )
