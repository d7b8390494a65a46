"""What one can do with a trace besides reading it: open it elsewhere, take it along, delete it."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.lanes.open_in_chat import open_in_chat
from gwtrace_core.trace.model import Span
from gwtrace_core.trace.totals import MODEL_KINDS
from gwtrace_core.trace.view import TraceView
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.masking import Masker
from gwtrace_core.values.masking_json import masked_trace
from pages.ui.draw.model_text import plain_label
from pages.ui.session.handover import OpenRecordedCall, lead_to_chat
from pages.ui.session.known_secrets import list_known_secrets
from pages.ui.session.services import connections, offered_routes, services
from pages.ui.traces.delete import draw_delete_traces_dialog
from pages.ui.traces.report import draw_trace_report
from pages.ui.turn.dialogs import draw_mlflow_dialog, draw_recorded_code_dialog


def draw_hand_on(view: TraceView, span_id: str | None) -> None:
    """Draw the buttons in one row that wraps, and do what was clicked."""
    trace_id = view.trace.trace_id
    secrets = list_known_secrets()
    span = find_model_span(view, span_id)
    which = "" if span is None else f"The call {plain_label(span.name, limit=40)}: "
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        wants_chat = st.button(
            "Open in chat",
            icon=":material/chat:",
            key="traces.chat",
            disabled=span is None,
            help=f"{which}the conversation with its settings, to be asked again on any lane.",
        )
        wants_code = st.button(
            "Code",
            icon=":material/code:",
            key="traces.code",
            disabled=span is None,
            help=f"{which}as a script.",
        )
        if st.button("Open in MLflow", icon=":material/open_in_new:", key="traces.mlflow"):
            draw_mlflow_dialog(trace_id)
        st.download_button(
            "JSON",
            lambda: masked_trace(
                services().traces.read_trace_json(trace_id) or "", Masker(secrets)
            ),
            file_name=f"{trace_id}.json",
            mime="application/json",
            icon=":material/data_object:",
            key="traces.json",
            on_click="ignore",
            help="MLflow's own form, whole but for keys that are known here; `Trace.from_json` of "
            "MLflow reads it.",
        )
        if st.button("HTML", icon=":material/ios_share:", key="traces.html"):
            draw_trace_report(view)
        st.space("stretch")
        if st.button("Delete", icon=":material/delete:", key="traces.delete_one", type="tertiary"):
            draw_delete_traces_dialog((trace_id,))
    if span is None or not (wants_chat or wants_code):
        return
    try:
        opened = open_in_chat(span, connections(), offered=offered_routes)
    except RequestRefused as refused:
        st.error(plain_label(f"{refused.message} {refused.hint}", limit=300))
        return
    if wants_code:
        draw_recorded_code_dialog(opened)
    else:
        lead_to_chat(OpenRecordedCall(conversation=opened, span=span, trace_id=trace_id))


def find_model_span(view: TraceView, span_id: str | None) -> Span | None:
    """The selected span if it is a call of a model, else the trace's first."""
    selected = view.span(span_id)
    if selected is not None and selected.kind in MODEL_KINDS:
        return selected
    spans = (row.span for row in view.tree.rows)
    return next((span for span in spans if span.kind in MODEL_KINDS), None)
