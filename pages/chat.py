"""The chat page: a conversation on one lane, and beside it the trace of the selected turn."""

from __future__ import annotations

import time

import streamlit as st

from gwtrace_core.lanes.lanes import choose_default_lane
from pages.ui.chat import actions
from pages.ui.chat.handed_over import take_over
from pages.ui.chat.sessions import draw_session_menu, restore_session
from pages.ui.chat.state import ChatState
from pages.ui.components.into_view import into_view
from pages.ui.draw.layout import NARROW_PX, open_panes
from pages.ui.feedback.state import find_open_form
from pages.ui.lane.first_choice import follow_list, note_first_choice
from pages.ui.lane.picker import draw_lane_picker
from pages.ui.lane.wait_for_pickers import note_picks
from pages.ui.session.filled_message import place_in_box
from pages.ui.session.handover import ChatInbox
from pages.ui.session.kept import recall, yield_to_clicks
from pages.ui.session.services import connections, offered_routes
from pages.ui.session.turns import ChatTurn
from pages.ui.trace.panel import Progress, draw_trace_panel
from pages.ui.turn.dialogs import draw_asked_dialog, open_dialog
from pages.ui.turn.message_box import draw_message_box
from pages.ui.turn.view import TurnActions, begin_reply, draw_question, end_reply, question_key

_TICK_S = 0.05
"""Between two repaints of a growing reply: 20 a second look continuous and cost little."""
_FIRST_PIECE_TICK_S = 0.02

_ACTIONS = TurnActions(
    regenerate=actions.regenerate,
    begin_edit=actions.begin_edit,
    resend=actions.resend,
    cancel_edit=actions.cancel_edit,
    select=actions.select,
    show_code=lambda turn_id: open_dialog("code", turn_id),
    open_mlflow=lambda turn_id: open_dialog("mlflow", turn_id),
)


def _draw_turn(turn: ChatTurn, progress: Progress) -> None:
    state = recall(ChatState)
    draw_question(turn, _ACTIONS, is_editing=state.editing_turn_id == turn.turn_id)
    container, painter = begin_reply(turn)
    snapshot = turn.snapshot()
    while snapshot.reply.running:
        sent = painter.paint(snapshot.reply)
        if turn is state.selected_turn:
            progress.paint(snapshot)
        if find_open_form() is not None:
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
        if find_open_form() is not None:
            return
        yield_to_clicks()
        time.sleep(_TICK_S / 2)
        snapshot = turn.snapshot()


recall(ChatInbox).receive(take_over)
restore_session()
state = recall(ChatState)
if state.lane is None:
    state.lane = choose_default_lane(connections()[0], offered_routes)
    note_first_choice("chat.lane")
state.lane = follow_list(state.lane, key="chat.lane")

picker, menu = st.columns([6, 1.15], vertical_alignment="bottom", gap="small")
# Below both: the menu stands beside the picker's last row.
notes = st.container()
with picker:
    # Kept by no name: Streamlit keeps those of a script for longer than a key may be.
    state.lane = draw_lane_picker(state.lane, connections(), key="chat.lane", notes=notes)
note_picks("chat")
with menu, st.container(key="chat-menu"):
    draw_session_menu()

left, right = open_panes()
selected = state.selected_turn
is_settled = selected is None or selected.snapshot().is_settled
# Emptying the pane first would take the tree out of the page, and with it focus and selection.
trace_slot = right.container() if is_settled else right.empty()
place_in_box("chat", state.filled)
bar = draw_message_box(
    "chat",
    notice=state.notice,
    is_running=state.running_turn is not None,
    send=actions.send,
    stop=actions.stop,
)
if state.running_turn is not None:
    # Wider, the conversation has a pane of its own that follows its newest line.
    with st.bottom:
        into_view(question_key(state.running_turn), up_to_px=NARROW_PX)
progress = Progress(trace_slot)
# A dialog of an earlier turn must not wait for the answer that streams.
draw_asked_dialog("chat", state)

with left:
    if not state.turns:
        actions.draw_empty_state()
    actions.draw_earlier_turns_button()
    for turn in state.turns[-state.shown_turns :]:
        _draw_turn(turn, progress)
bar.take_stop_away()

if selected is not None:
    _wait_for_trace(selected, progress)
with trace_slot if is_settled else trace_slot.container():
    if selected is None:
        actions.draw_empty_trace()
    else:
        draw_trace_panel(selected, selected.snapshot(), key="chat")
