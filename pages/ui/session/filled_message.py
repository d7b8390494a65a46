"""A message that was filled from a prompt: put into a page's box, and known again when sent."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from gwtrace_core.lanes.input_checks import check_text
from gwtrace_core.values.request import PromptUse


@dataclass(slots=True, kw_only=True)
class FilledMessage:
    """A message that was filled from a prompt and waits in the box to be sent."""

    text: str
    prompt: PromptUse
    is_placed: bool = False
    """Whether it has been put into the box."""


def place_in_box(page: str, filled: FilledMessage | None) -> None:
    """Put it into the box of that page, once; before the box is drawn."""
    if filled is not None and not filled.is_placed:
        st.session_state[f"{page}.prompt"] = filled.text
        # Last: a click may have cut in before.
        filled.is_placed = True


def find_prompt(filled: FilledMessage | None, text: str) -> PromptUse | None:
    """The prompt that the message was filled from; None once it was changed by hand."""
    if filled is None or text.strip() != check_text(filled.text).text.strip():
        return None
    return filled.prompt
