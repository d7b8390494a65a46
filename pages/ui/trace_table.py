"""One page of traces as a table: its columns, and a click that opens a trace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

import streamlit as st

from gwtrace_core.connection import SdkPath
from gwtrace_core.evaluation.subjects import JUDGE
from gwtrace_core.format import MISSING
from gwtrace_core.trace.feedback import compact_words
from gwtrace_core.trace.listing import ListedTrace, TracePage
from gwtrace_core.trace.model import TraceSummary
from gwtrace_core.trace.preview import preview_text
from pages.ui.state import traces

if TYPE_CHECKING:
    import pandas as pd

_PATH_LABELS = {path.value: path.label for path in SdkPath}
_STATUS_WORDS = {"ok": "OK", "error": "Error", "in_progress": "Running", "unset": "No status"}
_STATUS_COLOURS = {
    "OK": "green",
    "Error": "red",
    "Stopped": "orange",
    "Running": "blue",
    "No status": "gray",
}
_PREVIEW_CHARS = 160
_ROWS_IN_SIGHT = 17


def trace_table(page: TracePage) -> list[ListedTrace]:
    """Draw the rows; returns those that are ticked."""
    event = st.dataframe(
        _frame(page.rows),
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


def table_height(row_count: int) -> Literal["content"] | int:
    """As much as the rows need, up to what leaves the pager in sight."""
    return "content" if row_count <= _ROWS_IN_SIGHT else 640


def _frame(rows: Sequence[ListedTrace]) -> pd.DataFrame:
    # Not at the top: pandas takes a while to load, and other pages can do without.
    import pandas as pd

    summaries = [row.summary for row in rows]
    usages = [summary.usage for summary in summaries]
    return pd.DataFrame(
        {
            "status": [[status_word(row)] for row in rows],
            "time": moments(each.start_ms for each in summaries),
            "question": [_question(each) for each in summaries],
            "model": [row.model or None for row in rows],
            "path": [_PATH_LABELS.get(row.sdk_path, row.sdk_path) or row.name for row in rows],
            "duration": pd.array([_seconds(each.duration_ms) for each in summaries], "Float64"),
            "in": pd.array([u and u.input_tokens for u in usages], "Int64"),
            "out": pd.array([u and u.output_tokens for u in usages], "Int64"),
            "cost": pd.array([each.cost_usd for each in summaries], "Float64"),
            "verdicts": [compact_words(row.verdicts) for row in rows],
            "answer": [_line(each.response_preview) for each in summaries],
            "session": [each.session_id for each in summaries],
        }
    )


def moments(since_epoch_ms: Iterable[int]) -> Any:
    """A column of moments. In Arrow's own type: pandas' would be converted with a warning."""
    import pandas as pd
    import pyarrow as pa

    kind = pd.ArrowDtype(pa.timestamp("ms", tz="UTC"))
    return pd.array(list(since_epoch_ms), dtype="int64[pyarrow]").astype(kind)


def _question(summary: TraceSummary) -> str:
    asked = _line(summary.request_preview) or "(none)"
    judge = summary.tags.get(JUDGE)
    # It was asked by an evaluation, and is no question of anybody's.
    return asked if judge is None else f"Judge {_line(judge)}: {asked}"


def _seconds(duration_ms: float | None) -> float | None:
    return None if duration_ms is None else duration_ms / 1000


def status_word(row: ListedTrace) -> str:
    """How the trace ended, in a word."""
    return "Stopped" if row.outcome == "stopped" else _STATUS_WORDS[row.summary.status]


def _line(text: str) -> str:
    line = " ".join(preview_text(text).split())
    return line if len(line) <= _PREVIEW_CHARS else f"{line[: _PREVIEW_CHARS - 1]}…"


def _column_config() -> dict[str, Any]:
    column = st.column_config
    return {
        "status": column.MultiselectColumn(
            "Status", options=list(_STATUS_COLOURS), color=list(_STATUS_COLOURS.values()), width=84
        ),
        "time": column.DatetimeColumn(
            "Started", format="D MMM HH:mm:ss", timezone=st.context.timezone, width=118
        ),
        "question": column.ButtonColumn(
            "Question",
            type="tertiary",
            alignment="left",
            width=240,
            key="traces.open",
            on_click=_open_clicked,
        ),
        "model": column.TextColumn(
            "Model",
            width=115,
            help="MLflow keeps no model for a trace: this is what gwtrace tagged, or what a call "
            "of a model was given that is the whole trace. Else it stands on the spans: open it.",
        ),
        "path": column.TextColumn(
            "SDK path", width=125, help="Of traces made elsewhere: the trace's name."
        ),
        "duration": column.NumberColumn("Duration", format="%.2f s", width=80),
        "in": column.NumberColumn("Tokens in", format="localized", width=80),
        "out": column.NumberColumn("Tokens out", format="localized", width=80),
        "cost": column.NumberColumn("Cost", format="$%.6f", width=92),
        "verdicts": column.ListColumn(
            "Verdicts", width=160, help="What was said of the trace or of a span, and by whom."
        ),
        "answer": column.TextColumn("Answer", width="medium"),
        "session": column.TextColumn("Session", width="small"),
    }


def _open_clicked() -> None:
    click: Any = st.session_state.get("traces.open")
    page = traces().page
    if click is not None and page is not None and click["row"] < len(page.rows):
        open_trace(page.rows[click["row"]].trace_id)


def open_trace(trace_id: str) -> None:
    """Show this trace; the list stays as it is for the way back."""
    st.query_params.from_dict({"trace": trace_id})
