"""New session, and the list of sessions to return to, read from MLflow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import streamlit as st

from gwtrace_core.mlflow_store.conversations.conversations import StoredTurn
from gwtrace_core.running.run import Run
from gwtrace_core.trace.model import Assessment
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.text import plural
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import plain_label
from pages.ui.lane.picker import forget_picker
from pages.ui.session.kept import chat, start_chat
from pages.ui.session.notice import Notice
from pages.ui.session.services import services
from pages.ui.session.turns import ChatTurn

_LISTED = 25


def session_menu() -> None:
    """Three buttons: return to an earlier conversation, make a file of this one, start anew."""
    with st.container(horizontal=True, horizontal_alignment="right", gap="xsmall"):
        with st.popover(
            "",
            icon=":material/history:",
            help="Earlier sessions",
            key="chat.sessions",
            on_change="rerun",
            width="content",
        ) as menu:
            if menu.open:
                _list_sessions()
        wants_report = st.button(
            "",
            icon=":material/ios_share:",
            key="chat.report",
            help="Report: one HTML file with questions, answers, figures and traces",
            disabled=not chat().turns,
        )
        st.button(
            "",
            icon=":material/add_comment:",
            key="chat.new",
            help="New session",
            on_click=_new_session,
            disabled=not chat().turns,
        )
    if wants_report:
        # Not at the top: few make a report, and everybody would wait for it.
        from pages.ui.report.dialog import chat_report_dialog

        chat_report_dialog(chat())


def restore_session() -> None:
    """After a reload, return to the session that the URL names."""
    state = chat()
    if state.is_restored:
        return
    session_id = st.query_params.get("session")
    if session_id is None or state.turns:
        state.is_restored = True
        return
    with st.spinner("Returning to the session"):
        open_session(session_id)


def open_session(session_id: str) -> None:
    """Show a session: its turns in MLflow, and those that this process still holds."""
    state = start_chat(session_id)
    state.is_restored = True
    live = services().hub.find_runs(session_id)
    try:
        stored = services().store.session_turns(session_id)
    except TrackingError as error:
        stored = ()
        state.notice = Notice(kind="error", message=error.message, hint=error.hint)
    said = {turn.trace_id: turn.assessments for turn in stored}
    live_ids = {run.trace_id for run in live}
    turns = [
        (turn.start_ms, turn.turn_index, _stored_turn(turn))
        for turn in stored
        if turn.trace_id not in live_ids
    ]
    turns += [(run.started_ms, run.context.turn_index, _live_turn(run, said)) for run in live]
    kept: list[ChatTurn] = []
    for _, turn_index, turn in sorted(turns, key=lambda entry: entry[0]):
        # A turn that was asked again or edited replaces itself and all that came after it.
        kept[turn_index:] = [turn]
    state.turns = kept
    if kept:
        state.lane = kept[-1].lane
        forget_picker("chat.lane")
        st.query_params["session"] = session_id
    elif state.notice is None:
        state.notice = Notice(
            kind="info",
            message="MLflow holds no turns of the session that the address names.",
            hint="A new session has begun.",
        )


def _stored_turn(turn: StoredTurn) -> ChatTurn:
    return ChatTurn(
        message=turn.message,
        lane=turn.lane,
        stored_reply=turn.reply,
        stored_trace_id=turn.trace_id,
        assessments=turn.assessments,
    )


def _live_turn(run: Run, said: Mapping[str, tuple[Assessment, ...]]) -> ChatTurn:
    return ChatTurn(
        message=run.request.messages[-1],
        lane=run.request.lane,
        run=run,
        assessments=said.get(run.trace_id or "", ()),
    )


def _new_session() -> None:
    start_chat()
    st.query_params.pop("session", None)


def _list_sessions() -> None:
    try:
        sessions = services().store.sessions(limit=_LISTED)
    except TrackingError as error:
        show_error(error)
        return
    if not sessions:
        st.caption("MLflow holds no sessions yet.")
    for session in sessions:
        when = datetime.fromtimestamp(session.last_ms / 1000, UTC).astimezone()
        st.button(
            f"{plain_label(session.title or 'Untitled', limit=48)}  \n"
            f":small[{when:%d %b %H:%M} · {plural(session.turn_count, 'turn')}]",
            key=f"chat.session.{session.session_id}",
            type="tertiary",
            width="stretch",
            on_click=open_session,
            args=(session.session_id,),
            disabled=session.session_id == chat().session_id,
        )
