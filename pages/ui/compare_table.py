"""All turns and lanes as a table, as CSV, and as a picture of time against cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from gwtrace_core.gateway.providers import PROVIDER_LABELS
from pages.ui import compare_actions as act
from pages.ui.state import ChatTurn, CompareState
from pages.ui.turn_view import turn_figures

if TYPE_CHECKING:
    import pandas as pd


def comparison_table(state: CompareState) -> None:
    """Draw the table, its download and the plot."""
    frame = _frame(state)
    st.subheader("All turns and lanes", anchor=False)
    st.dataframe(
        frame,
        hide_index=True,
        column_config={
            "first token (ms)": st.column_config.NumberColumn(format="%.0f"),
            "total (ms)": st.column_config.NumberColumn(format="%.0f"),
            "speed (tok/s)": st.column_config.NumberColumn(format="%.0f"),
            "cost (USD)": st.column_config.NumberColumn(format="$ %.6f"),
        },
        key="compare.table",
    )
    st.download_button(
        "CSV",
        table_csv(frame),
        file_name="gwtrace_comparison.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="compare.csv",
    )
    priced = frame.dropna(subset=["total (ms)", "cost (USD)"])
    if len(priced) > 1:
        st.caption("Time against cost: down and to the left is quick and cheap.")
        st.scatter_chart(priced, x="total (ms)", y="cost (USD)", color="lane", height=260)


def table_csv(frame: pd.DataFrame) -> str:
    """The table as CSV; a text that a spreadsheet would run as a formula is marked as text."""
    texts = frame.select_dtypes(exclude=["number", "bool"])
    safe = texts.map(
        lambda value: (
            f"'{value}"
            if isinstance(value, str) and value.startswith(("=", "+", "-", "@"))
            else value
        )
    )
    return frame.assign(**{str(name): safe[name] for name in safe}).to_csv(index=False)


def _frame(state: CompareState) -> pd.DataFrame:
    # Not at the top: pandas takes a while to load, and a comparison comes first.
    import pandas as pd

    rows = [
        _cells(number, act.letter(state, column.lane_id), turn)
        for number, round_ in enumerate(state.rounds, 1)
        for column in state.lanes
        if (turn := round_.turns.get(column.lane_id)) is not None
    ]
    return pd.DataFrame(rows)


def _cells(number: int, name: str, turn: ChatTurn) -> dict[str, Any]:
    snapshot = turn.snapshot()
    reply, lane = snapshot.reply, turn.lane
    amounts = {figure.label: figure.amount for figure in turn_figures(turn, snapshot)}
    usage = reply.usage
    return {
        "turn": number,
        "lane": name,
        "model": lane.model,
        "SDK path": lane.sdk_path.label,
        "provider": PROVIDER_LABELS[lane.provider],
        "streamed": lane.streamed,
        "status": reply.status if reply.failure is None else str(reply.failure.cause),
        "first token (ms)": reply.first_token_ms,
        "total (ms)": reply.duration_ms,
        "speed (tok/s)": reply.output_tokens_per_s,
        "input tokens": None if usage is None else usage.input_tokens,
        "output tokens": None if usage is None else usage.output_tokens,
        "cost (USD)": amounts.get("cost"),
        "answer": reply.text,
        "trace": turn.trace_id,
    }
