"""A lane's system prompt: typed, or filled from a version of a prompt in MLflow's registry."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from gwtrace_core.prompts.registry import PromptHistory, PromptVersion
from gwtrace_core.prompts.use import prepare_prompt, use_words
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.request import Lane, PromptUse
from pages.ui.components.prompt_text import prompt_text
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import plain_label
from pages.ui.lane.prompt_values import draw_values_form
from pages.ui.session.services import services

_LISTED = 200


def take_picked_prompt(key: str) -> tuple[str, PromptUse] | None:
    """The text and the version that were picked from the registry since it was last asked."""
    return st.session_state.pop(f"{key}.picked_prompt", None)


def pick_system_prompt(lane: Lane, *, key: str) -> Lane:
    """The text area, and a button to fill it from the registry; typing in it ends the link."""
    text = (
        st.text_area(
            "System prompt",
            value=lane.system_prompt,
            key=f"{key}.system",
            persist_state="session",
            height=90,
            placeholder="None",
        )
        or ""
    )
    prompt = lane.prompt if text == lane.system_prompt else None
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "From a prompt",
            icon=":material/edit_note:",
            key=f"{key}.from_prompt",
            type="tertiary",
            help="Fill it from a version in MLflow's prompt registry; the trace is linked to it.",
            on_click=_ask_for_prompt,
            args=(key,),
        )
        if prompt is not None:
            st.markdown(
                f":violet-badge[:material/edit_note: {plain_label(use_words(prompt), limit=60)}]",
                width="content",
            )
    return replace(lane, system_prompt=text, prompt=prompt)


def ask_for_prompt_if_wanted(key: str) -> None:
    """Open the dialog that the button asks for; outside of the settings, which are closed then."""
    if st.session_state.pop(f"{key}.asks_for_prompt", False):
        draw_pick_dialog(key)


def gear_key(key: str) -> str:
    """The key of the popover that a picker's settings are in."""
    return f"{key}.gear"


def _ask_for_prompt(key: str) -> None:
    # The popover would stay open above the dialog.
    st.session_state[gear_key(key)] = False
    st.session_state[f"{key}.asks_for_prompt"] = True


@st.dialog("System prompt from the registry", width="large", icon=":material/edit_note:")
def draw_pick_dialog(key: str) -> None:
    """Pick prompt and version, fill in the variables, and use the text."""
    try:
        with st.spinner("Asking MLflow"):
            page = services().prompts.list_prompts(page_size=_LISTED)
            names = [summary.name for summary in page.prompts]
            if not names:
                st.caption("There are no prompts yet: write one on the Prompts page.")
                return
            name = st.selectbox("Prompt", names, key=f"{key}.prompt.name")
            history = services().prompts.read_history(name)
    except TrackingError as error:
        show_error(error)
        return
    picked = None if history is None else _pick_version(history, key)
    if picked is None:
        st.caption("This prompt has no versions.")
        return
    version, alias = picked
    values = draw_values_form(version, key=f"{key}.prompt.{version.name}.{version.version}")
    prompt_text(version.template, values, key=f"{key}.prompt.text")
    if not st.button("Use", type="primary", key=f"{key}.prompt.use"):
        return
    try:
        ready = prepare_prompt(version, values, place="system", alias=alias)
        if ready.message or ready.earlier:
            raise RequestRefused(
                "This chat prompt has messages besides the system prompt.",
                hint="Use it in the chat from the Prompts page.",
            )
    except RequestRefused as refused:
        show_error(refused)
        return
    st.session_state[f"{key}.picked_prompt"] = (ready.system_prompt, ready.use)
    st.rerun()


def _pick_version(history: PromptHistory, key: str) -> tuple[PromptVersion, str] | None:
    """A version and the alias by which it was picked."""
    choices: list[tuple[str, int]] = [
        *history.summary.aliases.items(),
        *(("", version.version) for version in history.versions),
    ]
    if not choices:
        return None
    chosen = st.selectbox(
        "Version",
        choices,
        format_func=lambda each: f"{each[0]} (v{each[1]})" if each[0] else f"v{each[1]}",
        key=f"{key}.prompt.version.{history.summary.name}",
        help="An alias is looked up again when a message is sent; the trace is linked to the "
        "version that it stands for then.",
    )
    version = history.version(chosen[1])
    return None if version is None else (version, chosen[0])
