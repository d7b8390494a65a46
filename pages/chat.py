"""The chat page: a conversation on one lane, and beside it the trace of the selected turn."""

from __future__ import annotations

import time

import streamlit as st

from gwtrace_core.lanes.lanes import choose_default_lane
from pages.ui.chat import actions as talk
from pages.ui.chat.sessions import restore_session, session_menu
from pages.ui.components.into_view import into_view
from pages.ui.draw.layout import NARROW_PX, panes
from pages.ui.lane.first_choice import note_first_choice, on_the_list
from pages.ui.lane.picker import lane_picker
from pages.ui.lane.wait_for_pickers import picks_read
from pages.ui.session.filled_message import place_offered
from pages.ui.session.kept import chat, feedback_on, open_dialog, yield_to_clicks
from pages.ui.session.services import connections, offered_routes
from pages.ui.session.turns import ChatTurn
from pages.ui.trace.panel import Progress, trace_panel
from pages.ui.turn.dialogs import draw_asked_dialog
from pages.ui.turn.message_box import bottom_bar
from pages.ui.turn.view import TurnActions, begin_reply, draw_question, end_reply, question_key

_TICK_S = 0.05
"""Between two repaints of a growing reply: 20 a second look continuous and cost little."""
_FIRST_PIECE_TICK_S = 0.02

_ACTIONS = TurnActions(
    regenerate=talk.regenerate,
    begin_edit=talk.begin_edit,
    resend=talk.resend,
    cancel_edit=talk.cancel_edit,
    select=talk.select,
    show_code=lambda turn_id: open_dialog("code", turn_id),
    open_mlflow=lambda turn_id: open_dialog("mlflow", turn_id),
)


def _draw_turn(turn: ChatTurn, progress: Progress) -> None:
    state = chat()
    draw_question(turn, _ACTIONS, is_editing=state.editing_turn_id == turn.turn_id)
    container, painter = begin_reply(turn)
    snapshot = turn.snapshot()
    while snapshot.reply.running:
        sent = painter.paint(snapshot.reply)
        if turn is state.selected_turn:
            progress.paint(snapshot)
        if feedback_on() is not None:
            # A click in the form would wait for the end. The answer goes on, and is drawn again
            # when the form is closed.
            return
        if not sent:
            # Without this a click during a stalled stream would wait for the next token.
            yield_to_clicks()
        time.sleep(_FIRST_PIECE_TICK_S if snapshot.awaits_first_piece else _TICK_S)
        snapshot = turn.snapshot()
    painter.finish(snapshot.reply)
    with container:
        end_reply(turn, snapshot, _ACTIONS, is_selected=turn is state.selected_turn)


def _wait_for_trace(turn: ChatTurn, progress: Progress) -> None:
    snapshot = turn.snapshot()
    while not snapshot.is_settled:
        progress.paint(snapshot)
        if feedback_on() is not None:
            return
        yield_to_clicks()
        time.sleep(_TICK_S / 2)
        snapshot = turn.snapshot()


restore_session()
state = chat()
if state.lane is None:
    state.lane = choose_default_lane(connections()[0], offered_routes)
    note_first_choice("chat.lane")
state.lane = on_the_list(state.lane, key="chat.lane")

picker, menu = st.columns([6, 1.15], vertical_alignment="bottom", gap="small")
# Below both: the menu stands beside the picker's last row.
notes = st.container()
with picker:
    # Kept by no name: Streamlit keeps those of a script for longer than a key may be.
    state.lane = lane_picker(state.lane, connections(), key="chat.lane", notes=notes)
picks_read("chat")
with menu, st.container(key="chat-menu"):
    session_menu()

left, right = panes()
selected = state.selected_turn
is_settled = selected is None or selected.snapshot().is_settled
# Emptying the pane first would take the tree out of the page, and with it focus and selection.
trace_slot = right.container() if is_settled else right.empty()
place_offered("chat", chat().offered)
bar = bottom_bar(
    "chat",
    notice=state.notice,
    is_running=state.running_turn is not None,
    send=talk.send,
    stop=talk.stop,
)
if state.running_turn is not None:
    # Wider, the conversation has a pane of its own that follows its newest line.
    with st.bottom:
        into_view(question_key(state.running_turn), up_to_px=NARROW_PX)
progress = Progress(trace_slot)
# A dialog of an earlier turn must not wait for the answer that streams.
draw_asked_dialog("chat")

with left:
    if not state.turns:
        talk.empty_state()
    talk.earlier_turns_button()
    for turn in state.turns[-state.shown_turns :]:
        _draw_turn(turn, progress)
bar.replies_ended()

if selected is not None:
    _wait_for_trace(selected, progress)
with trace_slot if is_settled else trace_slot.container():
    if selected is None:
        talk.empty_trace()
    else:
        trace_panel(selected, selected.snapshot(), key="chat")
