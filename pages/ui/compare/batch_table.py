"""The results of a batch: rows by lanes, filtered, one row read closely, and the CSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from gwtrace_core.batch.results import (
    BatchResults,
    ResultCell,
    ResultRow,
    RowFilter,
    filter_rows,
)
from gwtrace_core.batch.runner import Batch
from gwtrace_core.figures.costs import find_table_cost
from gwtrace_core.figures.reply_figures import make_figures
from gwtrace_core.values.request import Message
from gwtrace_core.values.text import MISSING, count_text, one_line
from pages.ui.compare.table import table_csv
from pages.ui.components.figures import figures_strip
from pages.ui.draw.model_text import model_markdown, plain_label
from pages.ui.session.known_secrets import known_secrets
from pages.ui.session.turns import ChatTurn
from pages.ui.trace.panel import trace_panel
from pages.ui.turn.view import path_caption, reply_outcome

if TYPE_CHECKING:
    import pandas as pd

_FILTERS: dict[str, RowFilter] = {
    "All rows": "all",
    "Missing": "missing",
    "Failed": "failed",
    "Early or empty": "early",
    "Differing": "differing",
    "Not exact": "inexact",
    "Lacking the expected": "lacking",
}
_ABOUT_EXPECTED = ("inexact", "lacking")
_FIGURES = {
    "answer": "Answer",
    "time": "Time (s)",
    "tokens": "Tokens",
    "cost": "Cost (USD)",
    "outcome": "Outcome",
    "exact": "Exact match",
    "contains": "Contains expected",
}
_CELL_CHARS = 300
_TABLE_PX = 420
_FEW_ROWS = 10


def draw_table(run: Batch) -> None:
    """Draw the results as they are now; they can be read while others are still being made."""
    draw_results(run.make_results(run.poll().queue))


def draw_results(results: BatchResults) -> None:
    """The table of any batch, under way, ended, or read back from MLflow."""
    rows, figures = _choose(results)
    if not rows:
        st.caption("No row is of that sort.")
    else:
        event = st.dataframe(
            _frame(rows, results.lane_names, figures, has_expected=results.has_expected),
            hide_index=True,
            height="auto" if len(rows) <= _FEW_ROWS else _TABLE_PX,
            on_select="rerun",
            selection_mode="single-row",
            placeholder=MISSING,
            column_config=_column_config(results.lane_names),
            key="batch.table",
        )
        chosen = cast("list[int]", cast(Any, event).selection.rows)
        if chosen and chosen[0] < len(rows):
            _draw_row(rows[chosen[0]], results.lane_names)
        else:
            st.caption("Choose a row to read its answers side by side.")
    secrets = known_secrets()
    st.download_button(
        "CSV",
        lambda: table_csv(long_frame(results), secrets),
        file_name="gwtrace_batch.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="batch.csv",
        help="Every row by every lane, whole answers and trace ids.",
    )


def _choose(results: BatchResults) -> tuple[tuple[ResultRow, ...], Sequence[str]]:
    """Which rows are shown, and what of each lane."""
    counts = {label: len(filter_rows(results.rows, name)) for label, name in _FILTERS.items()}
    labels = [
        label
        for label, name in _FILTERS.items()
        if (results.has_expected or name not in _ABOUT_EXPECTED)
        and (counts[label] or name != "missing")
    ]
    offered = [
        name for name in _FIGURES if results.has_expected or name not in ("exact", "contains")
    ]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        label = st.segmented_control(
            "Rows",
            labels,
            default="All rows",
            required=True,
            format_func=lambda name: f"{name} ({count_text(counts[name])})",
            key="batch.filter",
            persist_state="session",
        )
        figures = st.pills(
            "Of each lane",
            offered,
            selection_mode="multi",
            default=["answer", "time"],
            format_func=lambda name: _FIGURES[name],
            key="batch.shown",
            persist_state="session",
        )
    return filter_rows(results.rows, _FILTERS[label or "All rows"]), figures


def _frame(
    rows: Sequence[ResultRow],
    lane_names: Sequence[str],
    figures: Sequence[str],
    *,
    has_expected: bool,
) -> pd.DataFrame:
    # Not at the top: pandas takes a while to load, and the file comes first.
    import pandas as pd

    columns: dict[str, list[Any]] = {
        "row": [row.number for row in rows],
        "prompt": [cell_text(row.prompt) for row in rows],
    }
    if has_expected:
        columns["expected"] = [cell_text(row.expected or "") for row in rows]
    for figure in _FIGURES:
        if figure not in figures:
            continue
        for name in lane_names:
            cells = (row.cells.get(name) for row in rows)
            columns[_column(name, figure)] = [
                None if cell is None else _value(cell, figure) for cell in cells
            ]
    return pd.DataFrame(columns)


def _column(lane_name: str, figure: str) -> str:
    label = _FIGURES[figure]
    return f"{lane_name} · {label[0].lower()}{label[1:]}"


def _column_config(lane_names: Sequence[str]) -> dict[str, Any]:
    config: dict[str, Any] = {
        "row": st.column_config.NumberColumn("Row", width=60, pinned=True),
        "prompt": st.column_config.TextColumn("Prompt", width="medium"),
        "expected": st.column_config.TextColumn("Expected", width="small"),
    }
    for name in lane_names:
        config[_column(name, "answer")] = st.column_config.TextColumn(width=320)
        config[_column(name, "time")] = st.column_config.NumberColumn(format="%.2f")
        config[_column(name, "cost")] = st.column_config.NumberColumn(format="$%.6f")
    return config


def _value(cell: ResultCell, figure: str) -> Any:
    reply = cell.reply
    match figure:
        case "answer":
            if cell.state in ("waiting", "running", "missing"):
                return f"({cell.state})"
            answer = cell_text(cell.answer)
            told = cell.outcome
            if cell.state == "finished" and not cell.is_from_cache:
                told = cell.ending
            return f"({told}) {answer}".strip() if told else answer
        case "time":
            return None if reply is None or reply.duration_ms is None else reply.duration_ms / 1000
        case "tokens":
            return None if reply is None or reply.usage is None else reply.usage.total_tokens
        case "cost":
            return None if cell.cost is None else cell.cost.amount_usd
        case "outcome":
            return cell.outcome
        case "exact":
            return cell.is_exact
        case _:
            return cell.contains_expected


def cell_text(text: str) -> str:
    """A text for a cell: without line breaks, cut."""
    return one_line(text, _CELL_CHARS)


def long_frame(results: BatchResults) -> pd.DataFrame:
    """One line for each row by each lane, nothing cut: what the CSV holds."""
    import pandas as pd

    return pd.DataFrame(
        [
            _line(row, name, cell)
            for row in results.rows
            for name in results.lane_names
            if (cell := row.cells.get(name)) is not None
        ]
    )


def _line(row: ResultRow, name: str, cell: ResultCell) -> dict[str, Any]:
    reply = cell.reply
    usage = None if reply is None else reply.usage
    return {
        "row": row.number,
        "prompt": row.prompt,
        "expected": row.expected,
        "lane": name,
        "model": cell.lane.model,
        "SDK path": cell.lane.sdk_path.label,
        "outcome": cell.outcome,
        "finish reason": None if reply is None else reply.finish_reason,
        "answer": cell.answer,
        "exact match (case and spaces aside)": cell.is_exact,
        "contains expected": cell.contains_expected,
        "first token (ms)": None if reply is None else reply.first_token_ms,
        "total (ms)": None if reply is None else reply.duration_ms,
        "speed (tok/s)": None if reply is None else reply.output_tokens_per_s,
        "from gateway's cache": cell.is_from_cache,
        "input tokens": None if usage is None else usage.input_tokens,
        "cached input tokens": None if usage is None else usage.cache_read_tokens,
        "output tokens": None if usage is None else usage.output_tokens,
        "cost (USD)": None if cell.cost is None else cell.cost.amount_usd,
        "trace": cell.trace_id,
    }


def _draw_row(row: ResultRow, lane_names: Sequence[str]) -> None:
    """One row's answers side by side, with the expected one, and the trace of one lane."""
    with st.container(border=True, key="batch-row"):
        st.markdown(f"**Row {row.number}** {model_markdown(row.prompt)}")
        if row.expected is not None:
            st.caption(f":material/check_circle: Expected: {plain_label(row.expected, limit=600)}")
        names = [name for name in lane_names if name in row.cells]
        for place, name in zip(st.columns(len(names), gap="medium"), names, strict=True):
            with place:
                _draw_cell(row, name, row.cells[name])
        traced = [name for name in names if row.cells[name].trace_id is not None]
        if not traced:
            return
        chosen = st.segmented_control(
            "Trace",
            traced,
            format_func=lambda name: f"Trace of lane {name}",
            key="batch.trace",
            label_visibility="collapsed",
        )
        if chosen is not None:
            turn = _turn(row, row.cells[chosen])
            trace_panel(turn, turn.snapshot(), key=f"batch.{turn.stored_trace_id}")


def _draw_cell(row: ResultRow, name: str, cell: ResultCell) -> None:
    st.caption(f":violet-badge[{name}] {plain_label(cell.lane.model)} · {path_caption(cell.lane)}")
    reply = cell.reply
    if reply is None or cell.state == "running":
        missing = "This call is missing: it was not made, or not recorded."
        st.caption(missing if cell.state == "missing" else f"This call is {cell.state}.")
        return
    if cell.answer:
        st.markdown(model_markdown(cell.answer))
    reply_outcome(reply)
    if cell.contains_expected is not None:
        words = (
            "Exactly the expected answer, case and spaces aside"
            if cell.is_exact
            else "Contains the expected answer"
            if cell.contains_expected
            else "Does not contain the expected answer"
        )
        icon = ":material/check:" if cell.contains_expected else ":material/close:"
        st.caption(f"{icon} {words}")
    listed = find_table_cost(cell.lane.provider, cell.lane.model, reply.usage)
    figures_strip(
        make_figures(reply, table_cost=listed, trace_cost=None),
        key=f"batch.figures.{row.number}.{name}",
    )


def _turn(row: ResultRow, cell: ResultCell) -> ChatTurn:
    return ChatTurn(
        message=Message(role="user", text=row.prompt),
        lane=cell.lane,
        stored_reply=cell.reply,
        stored_trace_id=cell.trace_id,
    )
