"""The form for a prompt's variables, and the ways from it into the chat and Compare."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from gwtrace_core.lanes.lanes import MAX_LANES
from gwtrace_core.prompts.registry import PromptVersion
from gwtrace_core.prompts.template import list_missing_values, variables_of
from gwtrace_core.prompts.use import Place, prepare_prompt
from gwtrace_core.values.errors import RequestRefused
from pages.ui.components.prompt_text import prompt_text
from pages.ui.draw.messages import show_error
from pages.ui.lane.prompt_values import draw_values_form
from pages.ui.session.handover import (
    AddLane,
    BeginWithPrompt,
    ComparedLanes,
    OfferToLanes,
    lead_to_chat,
    lead_to_compare,
)
from pages.ui.session.kept import recall


def draw_use_form(version: PromptVersion, *, key: str) -> None:
    """Fill in the variables, see the text, and take it where it is needed."""
    left, right = st.columns([1, 1.3], gap="medium")
    with left:
        if not variables_of(version.template):
            st.caption("This version has no variables.")
        values = draw_values_form(version, key=key)
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
        wants_chat, wants_compare = _draw_buttons(version, values, place, key=key)
    with right:
        prompt_text(version.template, values, key=f"{key}.filled")
    if not (wants_chat or wants_compare):
        return
    try:
        ready = prepare_prompt(version, values, place=place)
    except RequestRefused as refused:
        with left:
            show_error(refused)
        return
    if wants_chat:
        lead_to_chat(BeginWithPrompt(prompt=ready))
    lead_to_compare(OfferToLanes(prompt=ready) if place == "user" else AddLane(prompt=ready))


def _draw_buttons(
    version: PromptVersion, values: Mapping[str, str], place: Place, *, key: str
) -> tuple[bool, bool]:
    is_open = bool(list_missing_values(version.template, values))
    why = "Fill in every variable first." if is_open else None
    is_full = place == "system" and recall(ComparedLanes).count >= MAX_LANES
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
