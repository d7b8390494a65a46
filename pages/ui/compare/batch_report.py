"""The report of a batch that is not under way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from gwtrace_core.batch.results import BatchResults, ResultRow
from gwtrace_core.trace.model import Trace
from gwtrace_core.values.connection import Target
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.request import ChatRequest, Message
from pages.ui.compare.batch_state import BatchState
from pages.ui.draw.model_text import plain_label
from pages.ui.lane.targets import find_target
from pages.ui.report.content import build_input
from pages.ui.report.preview import preview_report, title_lanes
from pages.ui.session.kept import recall
from pages.ui.session.services import services

if TYPE_CHECKING:
    from gwtrace_core.report.batch import BatchReportInput
    from gwtrace_core.report.values import ReportParts, ReportRound

_FEW_CALLS = 400
"""As many traces are read without being asked for: it takes some seconds."""


def draw_batch_report_button(results: BatchResults, comparison_id: str, file_name: str) -> None:
    """A button that opens the report of a batch."""
    if st.button(
        "Report",
        icon=":material/ios_share:",
        key="batch.report",
        help="One HTML file with summary, rows, answers and traces, to send round.",
    ):
        _forget_traces()
        _draw_batch_report(results, comparison_id, file_name)


def _forget_traces() -> None:
    recall(BatchState).report_traces = None


@st.dialog(
    "Report of this batch", width="large", icon=":material/ios_share:", on_dismiss=_forget_traces
)
def _draw_batch_report(results: BatchResults, comparison_id: str, file_name: str) -> None:
    """The report of a batch that is not under way."""
    # Not at the top: few make a report, and everybody would wait for it.
    from gwtrace_core.report.batch import render_batch_report

    calls = sum(len(row.cells) for row in results.rows)
    has_traces = st.session_state.get("batch.report.traces", calls <= _FEW_CALLS)
    traces = _read_traces(comparison_id) if has_traces else None
    preview_report(
        lambda title, parts, now: render_batch_report(
            _build_input(
                results,
                comparison_id=comparison_id,
                file_name=file_name,
                traces=traces,
                title=title,
                parts=parts,
                made_at=now,
            )
        ),
        title=file_name
        or title_lanes([each.lane for each in results.summaries], "lane", "compared"),
        running_count=0,
        key="batch.report",
        first_switch=lambda: st.toggle(
            "Traces",
            calls <= _FEW_CALLS,
            key="batch.report.traces",
            help="The tree of every call whose trace MLflow holds. Reading many takes a while.",
        ),
    )


def _read_traces(comparison_id: str) -> Mapping[str, Trace]:
    """By trace id, as MLflow holds them; read once while the dialog is open."""
    state = recall(BatchState)
    if state.report_traces is None:
        try:
            with st.spinner("Reading the traces from MLflow"):
                found = services().store.read_comparison(comparison_id)
        except TrackingError as error:
            st.warning(
                f"The file is without traces: {plain_label(error.message, limit=300)}",
                icon=":material/cloud_off:",
            )
            return {}
        state.report_traces = {turn.turn.trace_id: turn.trace for turn in found.turns}
    return state.report_traces


def _build_input(
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
    from gwtrace_core.report.batch import BatchReportInput, select_rows

    targets = {each.lane_name: find_target(each.lane) for each in results.summaries}
    rows = build_input(
        tuple(_build_row(row, targets, traces or {}) for row in select_rows(results)),
        title=title.strip() or "Batch",
        parts=parts,
        made_at=made_at,
        comparison_id=comparison_id,
    )
    return BatchReportInput(
        rows=rows, results=results, file_name=file_name, has_traces=traces is not None
    )


def _build_row(
    row: ResultRow, targets: Mapping[str, Target], traces: Mapping[str, Trace]
) -> ReportRound:
    from gwtrace_core.report.values import ReportRound, ReportTurn

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
