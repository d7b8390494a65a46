"""What one can do with a trace besides reading it: open it elsewhere, take it along, delete it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from gwtrace_core.lanes.open_in_chat import OpenedConversation, open_in_chat
from gwtrace_core.trace.model import Span
from gwtrace_core.trace.totals import MODEL_KINDS
from gwtrace_core.trace.view import TraceView
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.masking import Masker
from gwtrace_core.values.masking_json import masked_trace
from gwtrace_core.values.reply import Reply, TextBlock
from pages.ui.draw.model_text import plain_label
from pages.ui.lane.picker import forget_picker
from pages.ui.report.dialog import trace_report_dialog
from pages.ui.session.kept import chat, start_chat
from pages.ui.session.known_secrets import known_secrets
from pages.ui.session.notice import Notice
from pages.ui.session.services import connections, offered_routes, services
from pages.ui.session.turns import ChatTurn
from pages.ui.traces.delete import delete_dialog
from pages.ui.turn.dialogs import mlflow_dialog, recorded_code_dialog


def hand_on(view: TraceView, span_id: str | None) -> bool:
    """Draw the buttons in one row that wraps; True when the chat is to be shown."""
    trace_id = view.trace.trace_id
    secrets = known_secrets()
    span = model_span(view, span_id)
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
            mlflow_dialog(trace_id)
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
            trace_report_dialog(view)
        st.space("stretch")
        if st.button("Delete", icon=":material/delete:", key="traces.delete_one", type="tertiary"):
            delete_dialog((trace_id,))
    if span is None or not (wants_chat or wants_code):
        return False
    try:
        opened = open_in_chat(span, connections(), offered=offered_routes)
    except RequestRefused as refused:
        st.error(plain_label(f"{refused.message} {refused.hint}", limit=300))
        return False
    if wants_code:
        recorded_code_dialog(opened)
        return False
    _begin_chat(opened, span, trace_id)
    return True


def model_span(view: TraceView, span_id: str | None) -> Span | None:
    """The selected span if it is a call of a model, else the trace's first."""
    selected = view.span(span_id)
    if selected is not None and selected.kind in MODEL_KINDS:
        return selected
    spans = (row.span for row in view.tree.rows)
    return next((span for span in spans if span.kind in MODEL_KINDS), None)


def _begin_chat(opened: OpenedConversation, span: Span, trace_id: str) -> None:
    """A new conversation of the recorded turns; the last has the trace they were found in."""
    state = start_chat()
    state.lane = opened.lane
    answers = [message.text for message in opened.messages[1::2]]
    replies = [*map(_reply, answers), _recorded_reply(opened.answer, span)]
    state.turns = [
        ChatTurn(message=question, lane=opened.lane, stored_reply=reply)
        for question, reply in zip(opened.messages[::2], replies, strict=True)
    ]
    state.turns[-1].stored_trace_id = trace_id
    forget_picker("chat.lane")
    words = "Ask again, or edit the question, to run it on the lane that is picked above."
    chat().notice = Notice(
        kind="info",
        message="Opened from a trace; nothing has been sent.",
        hint=" ".join([words, *(f"Left out: {each}" for each in opened.left_out)]),
    )


def _reply(text: str) -> Reply:
    return Reply(status="finished", blocks=(TextBlock(text=text),) if text else ())


def _recorded_reply(text: str, span: Span) -> Reply:
    """The answer with what the span says of it."""
    duration_ns, first_ns = span.duration_ns, span.first_token_ns
    return replace(
        _reply(text),
        usage=span.usage,
        response_model=span.model,
        duration_ms=None if duration_ns is None else duration_ns / 1e6,
        first_token_ms=None if first_ns is None else (first_ns - span.start_ns) / 1e6,
    )
