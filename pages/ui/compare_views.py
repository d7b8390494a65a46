"""Below the board: one view of the comparison at a time, drawn only when it is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.ui.compare_blind import score_tables
from pages.ui.compare_table import comparison_table
from pages.ui.state import CompareState


def comparison_views(state: CompareState) -> None:
    """Draw the chooser and the chosen view."""
    views: Mapping[str, Callable[[], None]] = {
        "Table": lambda: comparison_table(state),
        "Scores": score_tables,
    }
    chosen = st.segmented_control(
        "View",
        list(views),
        default="Table",
        required=True,
        key="compare.view",
        label_visibility="collapsed",
        persist_state="session",
    )
    views.get(chosen or "Table", views["Table"])()
