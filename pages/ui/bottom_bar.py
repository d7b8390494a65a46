"""The message box with its Stop button, and the notice above it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import conversation as talk
from pages.ui.model_text import plain_label
from pages.ui.state import chat

_PROMPT_KEY = "chat.prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class BottomBar:
    """What is drawn at the bottom; Stop leaves when the reply has ended."""

    stop_slot: DeltaGenerator

    def reply_ended(self) -> None:
        """Take the Stop button away."""
        self.stop_slot.empty()


def bottom_bar() -> BottomBar:
    """Draw the bar before the reply streams, so that one can type and stop meanwhile."""
    state = chat()
    with st.bottom:
        notice = state.notice
        if notice is not None:
            words = plain_label(notice.message, limit=400)
            words += f" *{plain_label(notice.hint, limit=400)}*" if notice.hint else ""
            if notice.kind == "error":
                st.error(words, icon=":material/error:")
            else:
                st.info(words, icon=":material/info:")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.chat_input(
                "Ask anything",
                key=_PROMPT_KEY,
                accept_file="multiple",
                file_type=["png", "jpg", "jpeg", "gif", "webp"],
                on_submit=_submit,
            )
            stop_slot = st.empty()
            if state.running_turn is not None:
                stop_slot.button(
                    "Stop",
                    key="chat.stop",
                    icon=":material/stop_circle:",
                    type="primary",
                    shortcut="Esc",
                    on_click=talk.stop,
                )
    return BottomBar(stop_slot=stop_slot)


def _submit() -> None:
    value = st.session_state[_PROMPT_KEY]
    files = [(file.name, file.getvalue()) for file in value.files]
    if not talk.send(value.text, files):
        # Nothing typed is lost: a refused message goes back into the box.
        st.session_state[_PROMPT_KEY] = value.text
