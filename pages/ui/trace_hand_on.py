"""What one can do with a trace besides reading it: open it elsewhere, take it along, delete it."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.trace.view import TraceView
from pages.ui.dialogs import mlflow_dialog
from pages.ui.services import services
from pages.ui.trace_delete import delete_dialog


def hand_on(view: TraceView) -> None:
    """Draw the buttons in one row that wraps."""
    trace_id = view.trace.trace_id
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if st.button("Open in MLflow", icon=":material/open_in_new:", key="traces.mlflow"):
            mlflow_dialog(trace_id)
        st.download_button(
            "JSON",
            lambda: _json(trace_id),
            file_name=f"{trace_id}.json",
            mime="application/json",
            icon=":material/data_object:",
            key="traces.json",
            on_click="ignore",
            help="MLflow's own form, whole and unmasked; `Trace.from_json` of MLflow reads it.",
        )
        st.space("stretch")
        if st.button("Delete", icon=":material/delete:", key="traces.delete_one", type="tertiary"):
            delete_dialog((trace_id,))


def _json(trace_id: str) -> str:
    return services().traces.trace_json(trace_id) or ""
