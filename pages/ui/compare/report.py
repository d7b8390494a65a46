"""What a report is made of: a comparison, a batch or a chat as it stands on its page."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from gwtrace_core.batch.results import BatchResults, ResultRow
from gwtrace_core.figures.repeated import summarise_runs
from gwtrace_core.figures.reply_figures import Figure, compare_figures
from gwtrace_core.running.recorder import TraceMissing, TraceRecorded
from gwtrace_core.running.run import RunSnapshot
from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.view import TraceView
from gwtrace_core.values.connection import Target
from gwtrace_core.values.request import ChatRequest, Message
from pages.ui.chat.state import ChatState
from pages.ui.compare.blind import vote_said
from pages.ui.compare.cell import run_facts
from pages.ui.compare.state import CompareRound, CompareState
from pages.ui.components.trace_tree import CSS, HTML, JS
from pages.ui.lane.call import request_for, target_of
from pages.ui.session.known_secrets import known_secrets
from pages.ui.session.services import current_user, services
from pages.ui.session.turns import ChatTurn
from pages.ui.trace.panel import settled
from pages.ui.turn.view import turn_figures

if TYPE_CHECKING:
    from gwtrace_core.figures.repeated import Repetition
    from gwtrace_core.report.batch import BatchReportInput
    from gwtrace_core.report.comparison import ReportInput, ReportParts, ReportRound, ReportTurn
    from gwtrace_core.report.trace import TraceReportInput

_PACKAGES = ("streamlit", "mlflow", "openai", "anthropic", "pydantic-ai-slim")
_CHAT_LANE = "A"


def report_input(
    state: CompareState, *, title: str, parts: ReportParts, made_at: datetime
) -> ReportInput:
    """The comparison as it stands. Raises RequestRefused for a lane whose connection is gone."""
    return _input(
        tuple(_round(state, round_) for round_ in state.rounds),
        title=title.strip() or "Comparison",
        parts=parts,
        made_at=made_at,
        comparison_id=state.comparison_id,
    )


def batch_report_input(
    results: BatchResults,
    *,
    comparison_id: str,
    file_name: str,
    traces: Mapping[str, Trace] | None,
    title: str,
    parts: ReportParts,
    made_at: datetime,
) -> BatchReportInput:
    """The batch as far as it has come; `traces` by id, None to leave them out.

    Raises RequestRefused for a lane whose connection is gone.
    """
    from gwtrace_core.report.batch import BatchReportInput, reported_rows

    targets = {each.lane_name: target_of(each.lane) for each in results.summaries}
    rows = _input(
        tuple(_row(row, targets, traces or {}) for row in reported_rows(results)),
        title=title.strip() or "Batch",
        parts=parts,
        made_at=made_at,
        comparison_id=comparison_id,
    )
    return BatchReportInput(
        rows=rows, results=results, file_name=file_name, has_traces=traces is not None
    )


def _row(row: ResultRow, targets: Mapping[str, Target], traces: Mapping[str, Trace]) -> ReportRound:
    from gwtrace_core.report.comparison import ReportRound, ReportTurn

    question = Message(role="user", text=row.prompt)
    turns = tuple(
        ReportTurn(
            name=name,
            request=ChatRequest(lane=cell.lane, messages=(question,)),
            target=targets[name],
            reply=cell.reply,
            figures=(),
            trace=traces.get(cell.trace_id or ""),
            trace_note="MLflow has no trace of this call." if cell.trace_id is None else "",
        )
        for name, cell in row.cells.items()
        if cell.reply is not None
    )
    return ReportRound(question=question, turns=turns)


def chat_report_input(
    state: ChatState, *, title: str, parts: ReportParts, made_at: datetime
) -> ReportInput:
    """The conversation as it stands, as a comparison with one lane. Raises RequestRefused too."""
    return _input(
        tuple(_chat_round(turn, state.turns[:index]) for index, turn in enumerate(state.turns)),
        title=title.strip() or "Chat",
        parts=parts,
        made_at=made_at,
        session_id=state.session_id,
    )


def trace_report_input(
    view: TraceView, *, title: str, parts: ReportParts, made_at: datetime
) -> TraceReportInput:
    """One trace as it was read."""
    from gwtrace_core.report.comparison import TreeComponent
    from gwtrace_core.report.trace import TraceReportInput

    tracking_uri = services().settings.tracking_uri
    return TraceReportInput(
        title=title.strip() or "Trace",
        made_at=made_at,
        view=view,
        tree=TreeComponent(html=HTML, css=CSS, js=JS),
        tracking_uri=tracking_uri or "",
        parts=parts,
        secrets=known_secrets(),
        private_paths=_private_paths(),
        versions=_versions(),
    )


def _input(
    rounds: tuple[ReportRound, ...],
    *,
    title: str,
    parts: ReportParts,
    made_at: datetime,
    comparison_id: str = "",
    session_id: str = "",
) -> ReportInput:
    from gwtrace_core.code.script import CodeTracking
    from gwtrace_core.report.comparison import ReportInput, TreeComponent

    settings = services().settings
    return ReportInput(
        title=title,
        made_at=made_at,
        rounds=rounds,
        tree=TreeComponent(html=HTML, css=CSS, js=JS),
        tracking=CodeTracking(
            tracking_uri=settings.tracking_uri, experiment_name=settings.experiment_name
        ),
        comparison_id=comparison_id,
        session_id=session_id,
        user=current_user(),
        parts=parts,
        secrets=known_secrets(),
        private_paths=_private_paths(),
        versions=_versions(),
    )


def _snapshot(turn: ChatTurn) -> RunSnapshot:
    """The turn with its trace, also of one that knows only the trace's id."""
    snapshot = turn.snapshot()
    return RunSnapshot(
        reply=snapshot.reply, trace=settled(snapshot.trace), is_settled=snapshot.is_settled
    )


def _turn(
    name: str,
    snapshot: RunSnapshot,
    call: tuple[ChatRequest, Target],
    figures: Sequence[Figure],
    *,
    is_baseline: bool = False,
    summed: Repetition | None = None,
) -> ReportTurn:
    from gwtrace_core.report.comparison import ReportTurn

    trace = snapshot.trace
    return ReportTurn(
        name=name,
        request=call[0],
        target=call[1],
        reply=snapshot.reply,
        figures=tuple(figures),
        trace=trace.trace if isinstance(trace, TraceRecorded) else None,
        trace_note=trace.reason if isinstance(trace, TraceMissing) else "",
        is_baseline=is_baseline,
        repetition=summed,
    )


def _chat_round(turn: ChatTurn, earlier: Sequence[ChatTurn]) -> ReportRound:
    from gwtrace_core.report.comparison import ReportRound

    snapshot = _snapshot(turn)
    made = _turn(_CHAT_LANE, snapshot, _call(turn, earlier), turn_figures(turn, snapshot))
    return ReportRound(question=turn.message, turns=(made,))


def _round(state: CompareState, round_: CompareRound) -> ReportRound:
    from gwtrace_core.report.comparison import ReportRound

    asked = [
        (column, turn)
        for column in state.lanes
        if (turn := round_.shown(column.lane_id) or round_.lead(column.lane_id)) is not None
    ]
    snapshots = [_snapshot(turn) for _, turn in asked]
    ids = [column.lane_id for column, _ in asked]
    baseline = ids.index(state.baseline_id) if state.baseline_id in ids else None
    strips = [
        turn_figures(turn, snapshot) for (_, turn), snapshot in zip(asked, snapshots, strict=True)
    ]
    turns = [
        _turn(
            column.name,
            snapshots[place],
            _call(turn, state.history(column.lane_id, round_)),
            figures,
            is_baseline=place == baseline,
            summed=_summed(round_, column.lane_id),
        )
        for place, ((column, turn), figures) in enumerate(
            zip(asked, compare_figures(strips, baseline=baseline), strict=True)
        )
    ]
    return ReportRound(question=round_.message, turns=tuple(turns), vote=vote_said(state, round_))


def _summed(round_: CompareRound, lane_id: str) -> Repetition | None:
    repeated = round_.repeated.get(lane_id)
    if repeated is None:
        return None
    return summarise_runs([run_facts(turn) for turn in repeated.poll()], planned=repeated.planned)


def _call(turn: ChatTurn, earlier: Sequence[ChatTurn]) -> tuple[ChatRequest, Target]:
    """What was sent, and where to."""
    if turn.run is not None:
        return turn.run.request, turn.run.target
    target = target_of(turn.lane)
    request = request_for(turn.lane, turn.message, earlier, distinct_line=turn.distinct_line)
    return request, target


def _private_paths() -> tuple[str, ...]:
    folders = {Path.cwd(), Path.home(), Path(__file__).parents[3]}
    return (*map(str, sorted(folders)), sys.prefix, sys.base_prefix)


def _versions() -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for package in _PACKAGES:
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            continue
    return tuple(found)
