"""What happens on the chat page: sending, asking again, editing, stopping, and its greeting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from gwtrace_core.demo_gateway.common.examples import EXAMPLE_PROMPTS
from gwtrace_core.gateway.catalog import capabilities
from gwtrace_core.lanes.input_checks import check_images, check_text
from gwtrace_core.values.connection import Provider, SdkPath
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import Lane, Message, TurnContext
from pages.ui.chat.state import ChatState
from pages.ui.lane.picker import forget_picker
from pages.ui.lane.prompt_alias import follow_aliases
from pages.ui.lane.turn_requests import prepare_turn
from pages.ui.lane.wait_for_pickers import act_on_picks
from pages.ui.session.filled_message import find_prompt
from pages.ui.session.kept import recall
from pages.ui.session.notice import Notice
from pages.ui.session.services import current_user
from pages.ui.turn.view import edit_key


def send(text: str, files: Sequence[tuple[str, bytes]] = ()) -> bool:
    """Check and send a new message; False when it was refused (the notice says why)."""
    state = recall(ChatState)
    state.notice = None
    if state.running_turn is not None:
        state.notice = Notice(
            kind="info",
            message="The previous answer is still on its way.",
            hint="Your message is kept in the box: send it when the answer has ended, or press "
            "Stop first.",
        )
        return False
    try:
        images = check_images(files)
        checked = check_text(text, has_images=bool(images))
        prompt = find_prompt(state.filled, checked.text)
        message = Message(role="user", text=checked.text, images=images, prompt=prompt)
        notes = [checked.note, *_follow_alias()]
        _start(message, before=len(state.turns))
    except RequestRefused as refused:
        state.notice = Notice(kind="error", message=refused.message, hint=refused.hint)
        return False
    state.filled = None
    if any(notes):
        state.notice = Notice(kind="info", message=" ".join(note for note in notes if note))
    return True


def _follow_alias() -> tuple[str, ...]:
    """Have the lane's prompt be what its alias stands for now; what to tell about it."""
    state = recall(ChatState)
    if state.lane is None:
        return ()
    followed = follow_aliases([state.lane])
    if followed.lanes[0] != state.lane:
        state.lane = followed.lanes[0]
        forget_picker("chat.lane")
    return followed.notes


def _start(message: Message, *, before: int, lane: Lane | None = None) -> None:
    """Start a turn in place of the turns from index `before` on. Raises `RequestRefused`."""
    state = recall(ChatState)
    lane = lane or state.lane
    if lane is None:
        raise RequestRefused("No lane is picked yet.", hint="Pick a connection and a model first.")
    kept = state.turns[:before]
    context = TurnContext(session_id=state.session_id, user=current_user(), turn_index=len(kept))
    start = prepare_turn(lane, message, kept, context)
    state.turns = [*kept, start()]
    state.selected_turn_id = None
    state.editing_turn_id = None
    st.query_params["session"] = state.session_id


def stop() -> None:
    """Stop the run under way; what has arrived stays."""
    turn = recall(ChatState).running_turn
    if turn is not None and turn.run is not None:
        turn.run.stop()


def regenerate(turn_id: str) -> None:
    """Ask the turn's question again, on the lane as it is picked now."""
    act_on_picks("chat", partial(_replace, turn_id, None))


def begin_edit(turn_id: str) -> None:
    """Open the turn's question for editing."""
    recall(ChatState).editing_turn_id = turn_id


def cancel_edit() -> None:
    """Leave the question as it was."""
    recall(ChatState).editing_turn_id = None


def resend(turn_id: str) -> None:
    """Send the edited question in place of the turn and those after it."""
    turn = recall(ChatState).find_turn(turn_id)
    if turn is not None:
        text = st.session_state.get(edit_key(turn), turn.message.text)
        act_on_picks("chat", partial(_replace, turn_id, text))


def _replace(turn_id: str, text: str | None) -> None:
    state = recall(ChatState)
    turn = state.find_turn(turn_id)
    if turn is None:
        return
    stop()
    state.notice = None
    try:
        message = turn.message
        if text is not None:
            checked = check_text(text, has_images=bool(message.images))
            prompt = message.prompt if checked.text == message.text else None
            message = replace(message, text=checked.text, prompt=prompt)
        _start(message, before=state.turns.index(turn))
    except RequestRefused as refused:
        state.notice = Notice(kind="error", message=refused.message, hint=refused.hint)


def select(turn_id: str) -> None:
    """Show the trace of this turn."""
    state = recall(ChatState)
    newest = bool(state.turns) and state.turns[-1].turn_id == turn_id
    state.selected_turn_id = None if newest else turn_id


def draw_earlier_turns_button() -> None:
    """Long conversations show their newest turns first: drawing hundreds takes a second."""
    state = recall(ChatState)
    hidden = len(state.turns) - state.shown_turns
    if hidden > 0 and st.button(
        f"Show {min(hidden, 30)} earlier turns", key="chat.earlier", type="tertiary"
    ):
        state.shown_turns += 30
        st.rerun()


def draw_empty_state() -> None:
    """What a new conversation shows: what this is, and three prompts to click."""
    with st.container(key="chat-empty"):
        st.markdown("### Ask a model, see its trace")
        st.caption(
            "The answer streams on this side; the trace that MLflow recorded of that very call "
            "appears beside it."
        )
        for example in EXAMPLE_PROMPTS:
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                with st.container():
                    st.markdown(f"**{example.title}**")
                    st.caption(example.text)
                st.button(
                    "Try it",
                    key=f"chat.example.{example.title}",
                    icon=":material/north_east:",
                    on_click=_send_example,
                    args=(example.text, example.shows == "reasoning"),
                )


def _send_example(text: str, needs_reasoning: bool) -> None:
    act_on_picks("chat", partial(_ask_example, text, needs_reasoning))


def _ask_example(text: str, needs_reasoning: bool) -> None:
    state = recall(ChatState)
    state.notice = None
    lane = state.lane
    if needs_reasoning and lane is not None and capabilities(lane.provider, lane.model).reasoning:
        lane = _add_reasoning(lane)
    try:
        _start(Message(role="user", text=text), before=len(state.turns), lane=lane)
    except RequestRefused as refused:
        state.notice = Notice(kind="error", message=refused.message, hint=refused.hint)


def _add_reasoning(lane: Lane) -> Lane:
    """The lane for this one turn, with an effort and by an API that shows the reasoning."""
    path = lane.sdk_path
    if lane.provider is Provider.OPENAI and path is SdkPath.OPENAI_CHAT:
        # OpenAI's chat completions bill reasoning without showing any of it.
        path = SdkPath.OPENAI_RESPONSES
    parameters = replace(lane.parameters, reasoning_effort="medium")
    return replace(lane, parameters=parameters, sdk_path=path)


def draw_empty_trace() -> None:
    """The place of the trace before there is one."""
    with st.container(border=True, key="chat-trace-empty"):
        st.markdown("**Trace**")
        st.caption(
            "Spans, times, tokens and cost of the call appear here as soon as the answer has "
            "ended, read back from MLflow."
        )
