"""The message box with its Stop button, and the notice above it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.draw.model_text import plain_label
from pages.ui.lane.wait_for_pickers import Page, act_on_picks
from pages.ui.session.kept import recall
from pages.ui.session.notice import Notice

Send = Callable[[str, Sequence[tuple[str, bytes]]], bool]
"""Sends a text and files (name, content); False when it was refused."""


@dataclass(slots=True, kw_only=True)
class _RefusedMessages:
    """What pages refused to send, by page: Streamlit forgets a box with its page."""

    texts: dict[Page, str] = field(default_factory=dict[Page, str])
    files: dict[Page, tuple[tuple[str, bytes], ...]] = field(
        default_factory=dict[Page, tuple[tuple[str, bytes], ...]]
    )
    """Name and content; they go with the page's next message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BottomBar:
    """What is drawn at the bottom; Stop leaves when the replies have ended."""

    stop_slot: DeltaGenerator

    def take_stop_away(self) -> None:
        """Once the replies have ended: nothing is left to stop."""
        self.stop_slot.empty()


def draw_message_box(
    page: Page,
    *,
    notice: Notice | None,
    is_running: bool,
    send: Send,
    stop: Callable[[], None],
    placeholder: str = "Ask anything",
    stop_label: str = "Stop",
) -> BottomBar:
    """Draw the bar before replies stream, so that one can type and stop meanwhile."""
    key = f"{page}.prompt"
    refused = recall(_RefusedMessages)
    with st.bottom:
        if notice is None:
            # Whoever began anew has let go of it.
            refused.texts.pop(page, None)
        else:
            if key not in st.session_state and (text := refused.texts.get(page)):
                st.session_state[key] = text
            words = plain_label(notice.message, limit=400)
            words += f" *{plain_label(notice.hint, limit=400)}*" if notice.hint else ""
            if notice.kind == "error":
                st.error(words, icon=":material/error:")
            else:
                st.info(words, icon=":material/info:")
        _draw_kept(page)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.chat_input(
                placeholder,
                key=key,
                accept_file="multiple",
                file_type=["png", "jpg", "jpeg", "gif", "webp"],
                on_submit=_submit,
                args=(page, send),
            )
            stop_slot = st.empty()
            if is_running:
                stop_slot.button(
                    stop_label,
                    key=f"{page}.stop",
                    icon=":material/stop_circle:",
                    type="primary",
                    shortcut="Esc",
                    on_click=stop,
                )
    return BottomBar(stop_slot=stop_slot)


def _draw_kept(page: Page) -> None:
    """The files of a refused message: nothing can put them back into the box itself."""
    files = recall(_RefusedMessages).files.get(page)
    if not files:
        return
    names = ", ".join(plain_label(name, limit=40) for name, _ in files)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption(f":material/attach_file: {names}: kept, goes with the next message.")
        st.button(
            "Remove",
            key=f"{page}.drop_files",
            type="tertiary",
            on_click=_drop_files,
            args=(page,),
        )


def _drop_files(page: Page) -> None:
    recall(_RefusedMessages).files.pop(page, None)


def _submit(page: Page, send: Send) -> None:
    value = st.session_state[f"{page}.prompt"]
    kept = recall(_RefusedMessages).files.get(page, ())
    files = [*kept, *((file.name, file.getvalue()) for file in value.files)]
    act_on_picks(page, partial(_deliver, page, send, value.text, files))


def _deliver(page: Page, send: Send, text: str, files: Sequence[tuple[str, bytes]]) -> None:
    refused = recall(_RefusedMessages)
    if send(text, files):
        refused.texts.pop(page, None)
        refused.files.pop(page, None)
        return
    # Nothing is lost: the text of a refused message goes back into the box, its files beside it.
    refused.texts[page] = text
    refused.files[page] = tuple(files)
    st.session_state[f"{page}.prompt"] = text
