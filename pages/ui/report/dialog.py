"""The dialog that makes one file of a comparison, batch, chat or trace: what leaves, download."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from gwtrace_core.batch.results import BatchResults
from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.preview import preview_text
from gwtrace_core.trace.view import TraceView
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.request import Lane
from gwtrace_core.values.text import bytes_text, plural
from pages.ui.chat.state import ChatState
from pages.ui.compare.report import (
    batch_report_input,
    chat_report_input,
    report_input,
    trace_report_input,
)
from pages.ui.compare.state import CompareState
from pages.ui.draw.model_text import plain_label
from pages.ui.session.kept import batch
from pages.ui.session.services import services

if TYPE_CHECKING:
    from gwtrace_core.report.values import ExportedItem, RenderedReport, ReportInput, ReportParts

_TITLE_CHARS = 120
_FEW_CALLS = 400
"""As many traces are read without being asked for: it takes some seconds."""


@st.dialog(
    "Report of this comparison", width="large", icon=":material/ios_share:", on_dismiss="rerun"
)
def report_dialog(state: CompareState) -> None:
    """The report of a comparison."""
    if state.is_hidden:
        st.info(
            "A blind round waits for its vote; the report would tell who answered what.",
            icon=":material/visibility_off:",
        )
        return
    if not state.rounds:
        st.caption("There is nothing to report yet: ask the lanes a question first.")
        return
    _preview(
        lambda title, parts, now: _rendered(
            report_input(state, title=title, parts=parts, made_at=now)
        ),
        title=_title([column.lane for column in state.lanes], "lane", "compared"),
        running_count=len(state.running_turns),
        key="compare.report",
    )


def batch_report_button(results: BatchResults, comparison_id: str, file_name: str) -> None:
    """A button that opens the report of a batch."""
    if st.button(
        "Report",
        icon=":material/ios_share:",
        key="batch.report",
        help="One HTML file with summary, rows, answers and traces, to send round.",
    ):
        _forget_traces()
        _batch_report_dialog(results, comparison_id, file_name)


def _forget_traces() -> None:
    batch().report_traces = None


@st.dialog(
    "Report of this batch", width="large", icon=":material/ios_share:", on_dismiss=_forget_traces
)
def _batch_report_dialog(results: BatchResults, comparison_id: str, file_name: str) -> None:
    """The report of a batch that is not under way."""
    # Not at the top: few make a report, and everybody would wait for it.
    from gwtrace_core.report.batch import render_batch_report

    calls = sum(len(row.cells) for row in results.rows)
    has_traces = st.session_state.get("batch.report.traces", calls <= _FEW_CALLS)
    traces = _batch_traces(comparison_id) if has_traces else None
    _preview(
        lambda title, parts, now: render_batch_report(
            batch_report_input(
                results,
                comparison_id=comparison_id,
                file_name=file_name,
                traces=traces,
                title=title,
                parts=parts,
                made_at=now,
            )
        ),
        title=file_name or _title([each.lane for each in results.summaries], "lane", "compared"),
        running_count=0,
        key="batch.report",
        first_switch=lambda: st.toggle(
            "Traces",
            calls <= _FEW_CALLS,
            key="batch.report.traces",
            help="The tree of every call whose trace MLflow holds. Reading many takes a while.",
        ),
    )


def _batch_traces(comparison_id: str) -> Mapping[str, Trace]:
    """By trace id, as MLflow holds them; read once while the dialog is open."""
    state = batch()
    if state.report_traces is None:
        try:
            with st.spinner("Reading the traces from MLflow"):
                found = services().store.comparison(comparison_id)
        except TrackingError as error:
            st.warning(
                f"The file is without traces: {plain_label(error.message, limit=300)}",
                icon=":material/cloud_off:",
            )
            return {}
        state.report_traces = {turn.turn.trace_id: turn.trace for turn in found.turns}
    return state.report_traces


@st.dialog("Report of this chat", width="large", icon=":material/ios_share:", on_dismiss="rerun")
def chat_report_dialog(state: ChatState) -> None:
    """The report of a conversation."""
    _preview(
        lambda title, parts, now: _rendered(
            chat_report_input(state, title=title, parts=parts, made_at=now)
        ),
        title=_title([turn.lane for turn in state.turns], "question"),
        running_count=int(state.running_turn is not None),
        key="chat.report",
    )


@st.dialog("This trace as one file", width="large", icon=":material/ios_share:")
def trace_report_dialog(view: TraceView) -> None:
    """The report of one trace, whoever made it."""
    # Not at the top: few make a report, and everybody would wait for it.
    from gwtrace_core.report.trace import render_trace_report

    _preview(
        lambda title, parts, now: render_trace_report(
            trace_report_input(view, title=title, parts=parts, made_at=now)
        ),
        title=" ".join(preview_text(view.trace.summary.request_preview).split())[:_TITLE_CHARS]
        or "Trace",
        running_count=0,
        key="traces.report",
        has_code=False,
    )


def _rendered(made: ReportInput) -> RenderedReport:
    from gwtrace_core.report.comparison import render_report

    return render_report(made)


def _preview(
    make: Callable[[str, ReportParts, datetime], RenderedReport],
    *,
    title: str,
    running_count: int,
    key: str,
    has_code: bool = True,
    first_switch: Callable[[], object] | None = None,
) -> None:
    """Preview what the file would hold, leave parts out, and download it."""
    st.caption("One HTML file that opens anywhere, without a network. Nothing is sent from here.")
    if running_count:
        count = plural(running_count, "answer")
        st.warning(f"{count} still on the way, told as far as it has come.")
    title = st.text_input("Title", title, max_chars=_TITLE_CHARS, key=f"{key}.title")
    parts = _switches(key, has_code=has_code, first_switch=first_switch)
    now = datetime.now().astimezone()
    try:
        report = make(title, parts, now)
    except RequestRefused as refused:
        st.error(plain_label(refused.message, limit=300), icon=":material/error:")
        return
    data = report.html.encode()
    st.download_button(
        f"Download, {bytes_text(len(data))}",
        lambda: data,
        file_name=f"gwtrace_report_{now:%Y-%m-%d}.html",
        mime="text/html",
        icon=":material/download:",
        type="primary",
        on_click="ignore",
        key=f"{key}.download",
    )
    for sentence in report.left_out:
        st.caption(f":material/info: {sentence}")
    st.markdown("**What the file holds**")
    st.markdown("\n".join(_preview_line(item) for item in report.leaves))


def _switches(
    key: str, *, has_code: bool, first_switch: Callable[[], object] | None
) -> ReportParts:
    from gwtrace_core.report.values import ReportParts

    with st.container(horizontal=True, gap="medium"):
        if first_switch is not None:
            first_switch()
        return ReportParts(
            system_prompts=st.toggle("System prompts", True, key=f"{key}.prompts"),
            trace_payloads=st.toggle(
                "Trace payloads",
                True,
                key=f"{key}.payloads",
                help="Inputs, outputs, attributes and events of the spans. Without them the trees "
                "keep names, models, times, tokens, costs and error messages.",
            ),
            code=has_code and st.toggle("Code", True, key=f"{key}.code"),
            user_name=st.toggle("User name", False, key=f"{key}.user"),
        )


def _preview_line(item: ExportedItem) -> str:
    # With something invisible in it an address stays text; Markdown would make a link of it.
    detail = plain_label(item.detail, limit=200).replace("@", "@\ufeff")
    line = f"- **{item.name}**: {detail}"
    if not item.is_included:
        line += " :gray-badge[left out]"
    if item.masked:
        found = ", ".join(plural(mask.count, mask.what) for mask in item.masked)
        line += f" :orange-badge[masked: {found}]"
    return line


def _title(lanes: Sequence[Lane], noun: str, verb: str = "") -> str:
    models = list(dict.fromkeys(lane.model for lane in lanes))
    if len(models) == 1:
        return f"{models[0]}, {plural(len(lanes), noun)} {verb}".strip()[:_TITLE_CHARS]
    return " · ".join(models)[:_TITLE_CHARS]
