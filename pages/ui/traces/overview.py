"""One trace in full: what it was, where its time went, the tree, and the chosen span beside it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gwtrace_core.figures.reply_figures import CACHED_TRACE, Figure, write_tokens
from gwtrace_core.lanes.comparison import COMPARISON
from gwtrace_core.trace.defects import NamedDefect, defect_groups
from gwtrace_core.trace.diff.totals import models_text, path_text
from gwtrace_core.trace.ending import ending_text
from gwtrace_core.trace.model import Trace, TraceSummary
from gwtrace_core.trace.preview import preview_text
from gwtrace_core.trace.timing import TimeAccount
from gwtrace_core.trace.timing_words import PART_WORDS, account_words, totals_difference
from gwtrace_core.trace.view import TraceView
from gwtrace_core.values.text import MISSING, duration_text, plural, usd_text
from pages.ui.compare.history import open_comparison
from pages.ui.components.figures import figures_strip
from pages.ui.components.time_bar import BarPart, Colour, time_bar
from pages.ui.components.trace_tree import trace_tree
from pages.ui.draw.model_text import plain_label
from pages.ui.session.local_time import local_moment
from pages.ui.trace.panel import initial_span
from pages.ui.trace.span import span_details
from pages.ui.traces.prompt_links import prompt_links
from pages.ui.traces.sessions import show_turns

_TREE_HEIGHT_PX = 560
# The tree stays in sight while one reads what stands beside it; not on a phone, where nothing does.
_STYLE = """<style>
@media (min-width: 641px) {
  [data-testid="stColumn"] > div:has(.st-key-traces-one-tree) {
    position: sticky; top: 4.2rem;
    height: auto; max-height: calc(100dvh - 5rem); overflow: hidden auto;
  }
}
</style>"""
_SHOWN_DEFECTS = 5
_TITLE_CHARS = 160
_BAR: Mapping[str, tuple[str, Colour]] = {
    "waiting_ns": ("waiting", "waiting"),
    "streaming_ns": ("streaming", "streaming"),
    "model_ns": ("model", "model"),
    "tools_ns": ("tools", "tools"),
    "overhead_ns": ("own overhead", "own"),
    "unexplained_ns": ("unexplained", "unknown"),
}
_STATUS = {
    "ok": ":green-badge[:material/check: OK]",
    "error": ":red-badge[:material/error: Error]",
    "in_progress": ":blue-badge[:material/pending: Running]",
    "cut": ":orange-badge[:material/power_off: Cut off]",
    "unset": ":gray-badge[No status]",
}


def status_badge(summary: TraceSummary, *, is_stopped: bool) -> str:
    """Markdown of how the trace ended."""
    if is_stopped:
        return ":orange-badge[:material/stop_circle: Stopped]"
    return _STATUS[summary.status]


def trace_overview(
    view: TraceView, *, key: str, span_id: str | None
) -> tuple[DeltaGenerator, str | None]:
    """Draw the trace; returns the place for its buttons and the row id of the selected span."""
    _header(view.trace)
    figures_strip(_figures(view), key=f"{key}.figures")
    if view.trace.summary.is_from_cache:
        st.caption(f":material/cached: {CACHED_TRACE}")
    actions = st.container(height="content")
    _time(view.account, key=key)
    difference = totals_difference(view.trace.summary, view.totals)
    if difference:
        st.caption(f":material/info: {plain_label(difference, limit=300)}")
    _defects(view)
    asked = span_id if view.span(span_id) is not None else None
    if span_id and asked is None:
        st.caption(f":material/info: This trace has no span `{plain_label(span_id, limit=60)}`.")
    st.html(_STYLE)
    left, right = st.columns([1.15, 1], gap="medium")
    with left:
        row_id = trace_tree(
            view.payload,
            key=f"{key}.tree",
            selected=asked or initial_span(view.trace),
            height=_TREE_HEIGHT_PX,
            moves_page=asked is not None,
        )
    with right:
        span = view.span(row_id)
        if span is not None:
            span_details(view.trace, span, key=f"{key}.span")
    return actions, row_id


def title_of(summary: TraceSummary) -> str:
    """What was asked; else the trace's name."""
    asked = preview_text(summary.request_preview).strip()
    return asked or summary.tags.get("mlflow.traceName") or "(no request recorded)"


def _header(trace: Trace) -> None:
    summary = trace.summary
    st.markdown(f"#### {plain_label(title_of(summary), limit=_TITLE_CHARS)}")
    began = local_moment(summary.start_ms)
    is_stopped = any(span.is_stopped for span in trace.spans)
    known = [models_text(trace), path_text(trace)]
    words = [
        status_badge(summary, is_stopped=is_stopped),
        *(f":small[{plain_label(each, limit=80)}]" for each in known if each),
        f":small[{began:%d %b %Y %H:%M:%S}]",
        f":small[{plural(len(trace.spans), 'span')}]",
        f":small[`{trace.trace_id}`]",
    ]
    if summary.user:
        words.append(f":small[by {plain_label(summary.user)}]")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(" · ".join(words), width="content")
        _belongs_to(summary)
    if told := ending_text(trace):
        st.caption(f":material/info: {plain_label(told, limit=300)}")


def _belongs_to(summary: TraceSummary) -> None:
    """Ways to the session, the comparison and the prompts that the trace belongs to."""
    prompt_links(summary, key="traces.one")
    if summary.session_id:
        st.button(
            "Turns of this session",
            icon=":material/forum:",
            key="traces.one.session",
            type="tertiary",
            on_click=_to_session,
            args=(summary.session_id,),
        )
    comparison_id = summary.tags.get(COMPARISON)
    if comparison_id and st.button(
        "Comparison",
        icon=":material/view_column_2:",
        key="traces.one.comparison",
        type="tertiary",
        help="The comparison or batch that this answer belongs to.",
    ):
        open_comparison(comparison_id)
        st.switch_page("compare.py", query_params={"comparison": comparison_id})


def _to_session(session_id: str) -> None:
    st.query_params.clear()
    show_turns(session_id)


def _figures(view: TraceView) -> list[Figure]:
    summary, totals = view.trace.summary, view.totals
    usage, cost_usd = totals.usage, totals.cost_usd
    tokens = MISSING if usage is None else write_tokens(usage)
    at_least = "" if not totals.unreported_count else "At least: a call reported no usage. "
    return [
        Figure(
            label="duration",
            value=MISSING if summary.duration_ms is None else duration_text(summary.duration_ms),
            explanation="As MLflow recorded it."
            if summary.duration_ms is not None
            else "The trace has no end yet.",
            is_missing=summary.duration_ms is None,
        ),
        Figure(
            label="tokens",
            value=tokens,
            explanation=f"{at_least}Input → output of all calls, each once."
            if usage is not None
            else "No call of this trace reported usage.",
            is_missing=usage is None,
        ),
        Figure(
            label="cost",
            value=MISSING if cost_usd is None else usd_text(cost_usd),
            explanation="As recorded on the spans, each call once."
            if cost_usd is not None
            else "No cost is recorded: no usage, or no price is known.",
            is_missing=cost_usd is None,
        ),
    ]


def _time(account: TimeAccount, *, key: str) -> None:
    if account.total_ns <= 0:
        st.caption(account_words(account))
        return
    parts: list[BarPart] = []
    for field, words in PART_WORDS:
        part_ns: int = getattr(account, field)
        label, colour = _BAR[field]
        if part_ns > 0:
            parts.append(
                BarPart(
                    label=label,
                    share=part_ns / account.total_ns,
                    value=duration_text(part_ns / 1e6),
                    explanation=f"{duration_text(part_ns / 1e6)} {words}. "
                    "Spans that ran at once count once.",
                    colour=colour,
                )
            )
    time_bar(parts, key=f"{key}.time")


def _defects(view: TraceView) -> None:
    """What is wrong with the recording, by kind; what still runs is told and is no defect."""
    groups = defect_groups(view.trace, view.tree)
    running = sum(len(group.defects) for group in groups if group.is_expected)
    if running:
        verb = "is" if running == 1 else "are"
        st.caption(f":material/pending: {plural(running, 'span')} {verb} still running.")
    wrong = [group for group in groups if not group.is_expected]
    if not wrong:
        return
    count = sum(len(group.defects) for group in wrong)
    label = f"{plural(count, 'defect')} in this recording"
    with (
        st.expander(label, icon=":material/warning:", type="compact"),
        st.container(gap="xxsmall"),
    ):
        for group in wrong:
            st.markdown(f":small[**{group.title}**]")
            for defect in group.defects[:_SHOWN_DEFECTS]:
                _defect(defect)
            if len(group.defects) > _SHOWN_DEFECTS:
                more = len(group.defects) - _SHOWN_DEFECTS
                st.caption(f"… and {more:,} more; each is marked in the tree.")


def _defect(defect: NamedDefect) -> None:
    if defect.row_id is None:
        st.caption(plain_label(defect.words, limit=200))
        return
    st.button(
        f":small[{plain_label(defect.words, limit=200)}]",
        key=f"traces.defect.{defect.kind}.{defect.row_id}",
        type="tertiary",
        help="Show this span",
        on_click=_show_span,
        args=(defect.row_id,),
    )


def _show_span(row_id: str) -> None:
    st.query_params["span"] = row_id
