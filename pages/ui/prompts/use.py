"""The form for a prompt's variables, and the ways from it into the chat and Compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from gwtrace_core.lanes.lanes import MAX_LANES, choose_default_lane
from gwtrace_core.prompts.registry import PromptVersion
from gwtrace_core.prompts.template import missing_values, variables_of
from gwtrace_core.prompts.use import Place, ReadyPrompt, ready_prompt, use_words
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.reply import Reply, TextBlock
from gwtrace_core.values.request import Message
from gwtrace_core.values.text import one_line
from pages.ui.compare import actions
from pages.ui.components.prompt_text import prompt_text
from pages.ui.draw.messages import show_error
from pages.ui.lane.picker import forget_picker
from pages.ui.lane.prompt_values import values_form
from pages.ui.session.filled_message import OfferedMessage
from pages.ui.session.kept import compare, start_chat
from pages.ui.session.notice import Notice
from pages.ui.session.services import connections, offered_routes
from pages.ui.session.turns import ChatTurn

_VALUE_CHARS = 40


def use_form(version: PromptVersion, *, key: str) -> None:
    """Fill in the variables, see the text, and take it where it is needed."""
    left, right = st.columns([1, 1.3], gap="medium")
    with left:
        if not variables_of(version.template):
            st.caption("This version has no variables.")
        values = values_form(version, key=key)
        place: Place = "system"
        if not version.is_chat:
            picked = st.segmented_control(
                "Use it as",
                ("system", "user"),
                default="system",
                required=True,
                format_func=lambda each: {"system": "System prompt", "user": "Message"}[each],
                key=f"{key}.place",
            )
            place = "user" if picked == "user" else "system"
        wants_chat, wants_compare = _buttons(version, values, place, key=key)
    with right:
        prompt_text(version.template, values, key=f"{key}.filled")
    if not (wants_chat or wants_compare):
        return
    try:
        ready = ready_prompt(version, values, place=place)
    except RequestRefused as refused:
        with left:
            show_error(refused)
        return
    if wants_chat:
        _begin_chat(ready)
        st.switch_page("chat.py")
    if place == "user":
        _offer_to_lanes(ready)
    else:
        _add_lane(ready)
    st.switch_page("compare.py")


def _buttons(
    version: PromptVersion, values: Mapping[str, str], place: Place, *, key: str
) -> tuple[bool, bool]:
    is_open = bool(missing_values(version.template, values))
    why = "Fill in every variable first." if is_open else None
    is_full = place == "system" and len(compare().lanes) >= MAX_LANES
    with st.container(horizontal=True, gap="small"):
        wants_chat = st.button(
            "Use in chat",
            icon=":material/chat:",
            key=f"{key}.chat",
            type="primary",
            disabled=is_open,
            help=why,
        )
        wants_compare = st.button(
            "Ask all lanes in Compare" if place == "user" else "Add as lane in Compare",
            icon=":material/view_column_2:",
            key=f"{key}.compare",
            disabled=is_open or is_full,
            help=why or (f"Compare has {MAX_LANES} lanes already." if is_full else None),
        )
    return wants_chat, wants_compare


def _words(ready: ReadyPrompt) -> str:
    """Which version, and what was filled in."""
    filled = ", ".join(f"{name} = {one_line(value, _VALUE_CHARS)}" for name, value in ready.values)
    return f"{use_words(ready.use)}{f' with {filled}' if filled else ''}"


def _begin_chat(ready: ReadyPrompt) -> None:
    """A new conversation with the prompt in its place; nothing is sent."""
    state = start_chat()
    lane = state.lane or choose_default_lane(connections()[0], offered_routes)
    if ready.system_prompt:
        lane = replace(lane, system_prompt=ready.system_prompt, prompt=ready.use)
    state.lane = lane
    forget_picker("chat.lane")
    state.turns = [
        ChatTurn(
            message=Message(role="user", text=question),
            lane=lane,
            stored_reply=Reply(status="finished", blocks=(TextBlock(text=answer),)),
        )
        for question, answer in ready.earlier
    ]
    places = ["the system prompt"] if ready.system_prompt else []
    if ready.message:
        state.offered = OfferedMessage(text=ready.message, prompt=ready.use)
        places.append("the message box")
    state.notice = Notice(
        kind="info",
        message=f"Filled {' and '.join(places)} from {_words(ready)}.",
        hint="Nothing has been sent." if ready.message else "",
    )


def _offer_to_lanes(ready: ReadyPrompt) -> None:
    """The message waits in Compare's box; nothing is sent."""
    actions.set_up()
    state = compare()
    state.offered = OfferedMessage(text=ready.message, prompt=ready.use)
    state.notice = Notice(
        kind="info",
        message=f"Filled the message box from {_words(ready)}.",
        hint="Nothing has been sent.",
    )


def _add_lane(ready: ReadyPrompt) -> None:
    """A lane like the last one, with the prompt as its system prompt."""
    actions.set_up()
    state = compare()
    lane = replace(state.lanes[-1].lane, system_prompt=ready.system_prompt, prompt=ready.use)
    state.lanes.append(state.new_lane(lane))
    state.notice = Notice(
        kind="info",
        message=f"Lane {state.lanes[-1].name} has its system prompt from {_words(ready)}.",
    )
