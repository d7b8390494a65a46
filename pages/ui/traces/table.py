"""One page of traces as a table: its columns, and a click that opens a trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from gwtrace_core.trace.feedback import compact_words
from gwtrace_core.trace.listing import ListedTrace, TracePage
from gwtrace_core.trace.model import TraceStatus, TraceSummary
from gwtrace_core.trace.preview import preview_text
from gwtrace_core.values import trace_names
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.text import MISSING, one_line
from pages.ui.draw.tables import make_moment_column, table_height
from pages.ui.session.kept import recall
from pages.ui.traces.state import TracesState

if TYPE_CHECKING:
    import pandas as pd

_PATH_LABELS = {path.value: path.label for path in SdkPath}
_STATUS_WORDS: dict[TraceStatus, str] = {
    "ok": "OK",
    "error": "Error",
    "in_progress": "Running",
    "cut": "Cut off",
    "unset": "No status",
}
_STATUS_COLOURS = {
    "OK": "green",
    "Error": "red",
    "Stopped": "orange",
    "Running": "blue",
    "Cut off": "orange",
    "No status": "gray",
    "Cached": "violet",
}
# A cell that is too narrow cuts its text without a sign, so each gets what fits its column's width.
_QUESTION_CHARS = 36
_MODEL_CHARS = 17
_PATH_CHARS = 24
_VERDICT_CHARS = 15
_ANSWER_CHARS = 23


def draw_trace_table(page: TracePage) -> list[ListedTrace]:
    """Draw the rows; returns those that are ticked."""
    event = st.dataframe(
        _make_frame(page.rows),
        hide_index=True,
        height=table_height(len(page.rows)),
        on_select="rerun",
        selection_mode="multi-row",
        placeholder=MISSING,
        column_config=_column_config(),
        key="traces.table",
        alt="Traces",
    )
    chosen = cast("list[int]", cast(Any, event).selection.rows)
    return [page.rows[index] for index in chosen if index < len(page.rows)]


def _make_frame(rows: Sequence[ListedTrace]) -> pd.DataFrame:
    # Not at the top: pandas takes a while to load, and other pages can do without.
    import pandas as pd

    summaries = [row.summary for row in rows]
    usages = [summary.usage for summary in summaries]
    return pd.DataFrame(
        {
            "status": [[status_word(row)] for row in rows],
            "time": make_moment_column(each.start_ms for each in summaries),
            "question": [_question_text(each) for each in summaries],
            "model": [one_line(row.model, _MODEL_CHARS) or None for row in rows],
            "path": [one_line(path_label(row.sdk_path) or row.name, _PATH_CHARS) for row in rows],
            "duration": pd.array([_to_seconds(each.duration_ms) for each in summaries], "Float64"),
            "in": pd.array([u and u.input_tokens for u in usages], "Int64"),
            "out": pd.array([u and u.output_tokens for u in usages], "Int64"),
            "cost": pd.array([each.cost_usd for each in summaries], "Float64"),
            "verdicts": [_verdicts_text(row) for row in rows],
            "answer": [_answer_text(each) for each in summaries],
            "session": [each.session_id for each in summaries],
        }
    )


def _question_text(summary: TraceSummary) -> str:
    asked = preview_text(summary.request_preview).strip() or "(none)"
    judge = summary.tags.get(trace_names.JUDGE)
    # It was asked by an evaluation, and is no question of anybody's.
    return one_line(asked if judge is None else f"Judge {judge}: {asked}", _QUESTION_CHARS)


def _answer_text(summary: TraceSummary) -> str:
    return one_line(preview_text(summary.response_preview), _ANSWER_CHARS)


def _verdicts_text(row: ListedTrace) -> str:
    named = f"{recall(TracesState).filter.verdict_name}:"
    # What is filtered by comes first; the others keep their order.
    words = sorted(compact_words(row.verdicts), key=lambda each: not each.startswith(named))
    if not words:
        return ""
    first = words[0]
    if len(first) > _VERDICT_CHARS:
        # What was said is worth more room than who said it.
        first = one_line(first.partition(" · ")[0], _VERDICT_CHARS)
    return count_more(first, len(words) - 1)


def path_label(sdk_path: str) -> str:
    """How the path is called; what is none of ours as it is."""
    return _PATH_LABELS.get(sdk_path, sdk_path)


def _to_seconds(duration_ms: float | None) -> float | None:
    return None if duration_ms is None else duration_ms / 1000


def status_word(row: ListedTrace) -> str:
    """How the trace ended, in a word; of one that is OK also where it came from."""
    if row.outcome == "stopped":
        return "Stopped"
    is_cached = row.summary.status == "ok" and row.summary.is_from_cache
    return "Cached" if is_cached else _STATUS_WORDS[row.summary.status]


def count_more(first: str, count: int) -> str:
    """The first of several, and how many there are besides."""
    return f"{first} +{count}" if count else first


def _column_config() -> dict[str, Any]:
    column = st.column_config
    return {
        "status": column.MultiselectColumn(
            "Status",
            options=list(_STATUS_COLOURS),
            color=list(_STATUS_COLOURS.values()),
            width=80,
            help="Cached: OK, but answered from the gateway's cache, or a part of it. The duration "
            "is not the model's, and the cost what MLflow reckons.",
        ),
        "time": column.DatetimeColumn(
            "Started", format="D MMM HH:mm:ss", timezone=st.context.timezone, width=110
        ),
        "question": column.ButtonColumn(
            "Question",
            type="tertiary",
            alignment="left",
            width=240,
            key="traces.open",
            on_click=_take_click,
        ),
        "model": column.TextColumn(
            "Model",
            width=118,
            help="MLflow keeps no model for a trace: this is what gwtrace tagged, or what a call "
            "of a model was given that is the whole trace. Else it stands on the spans: open it.",
        ),
        "path": column.TextColumn(
            "SDK path", width=152, help="Of traces made elsewhere: the trace's name."
        ),
        "duration": column.NumberColumn("Duration", format="%.2f s", width=70),
        "in": column.NumberColumn("Tokens in", format="localized", width=70),
        "out": column.NumberColumn("Tokens out", format="localized", width=76),
        "cost": column.NumberColumn("Cost", format="$%.6f", width=80),
        "verdicts": column.TextColumn(
            "Verdicts", width=100, help="What was said of the trace or of a span, and by whom."
        ),
        "answer": column.TextColumn("Answer", width=158),
        "session": column.TextColumn("Session", width="small"),
    }


def _take_click() -> None:
    click: Any = st.session_state.get("traces.open")
    page = recall(TracesState).page
    if click is not None and page is not None and click["row"] < len(page.rows):
        open_trace(page.rows[click["row"]].trace_id)


def open_trace(trace_id: str) -> None:
    """Show this trace; the list stays as it is for the way back."""
    st.query_params.from_dict({"trace": trace_id})
