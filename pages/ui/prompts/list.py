"""The list of prompts: search, create, import, and what to begin with."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from gwtrace_core.prompts import example
from gwtrace_core.prompts.registry import PromptSummary
from gwtrace_core.values.errors import PromptsUnsupported, TrackingError
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import plain_label
from pages.ui.lane.prompt_values import FilledValues
from pages.ui.prompts.edit import draw_draft_dialog, draw_import_dialog
from pages.ui.prompts.state import PAGE_SIZE, Draft, PromptsState
from pages.ui.session.kept import recall
from pages.ui.session.services import current_user, services


def draw_prompt_list() -> None:
    """Search and list, or why there is nothing."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        text = st.text_input(
            "Search",
            key="prompts.search",
            type="search",
            placeholder="Search names",
            label_visibility="collapsed",
            icon=":material/search:",
            width=320,
        )
        st.space("stretch")
        wants_import = st.button("Import", icon=":material/upload_file:", key="prompts.import")
        wants_new = st.button(
            "New prompt", icon=":material/add:", key="prompts.new", type="primary"
        )
    if wants_new:
        recall(PromptsState).draft = Draft()
        draw_draft_dialog()
    if wants_import:
        draw_import_dialog()
    try:
        with st.spinner("Asking MLflow"):
            page = services().prompts.list_prompts(text or "", page_size=recall(PromptsState).shown)
    except TrackingError as error:
        show_error(error)
        if not isinstance(error, PromptsUnsupported):
            st.button("Try again", icon=":material/refresh:", key="prompts.retry")
        return
    if not page.prompts:
        _draw_nothing(text or "")
        return
    for summary in page.prompts:
        _draw_row(summary)
    if page.next_token is not None and st.button(
        f"Show {PAGE_SIZE} more", key="prompts.more", type="tertiary"
    ):
        recall(PromptsState).shown += PAGE_SIZE
        st.rerun()


def moment_text(since_epoch_ms: int | None) -> str:
    """`23 Nov 2026 16:40`, in the time zone of this machine; empty when it is not known."""
    if since_epoch_ms is None:
        return ""
    return f"{datetime.fromtimestamp(since_epoch_ms / 1000, UTC).astimezone():%d %b %Y %H:%M}"


def alias_badges(summary: PromptSummary) -> str:
    """The aliases with the version that each stands for."""
    return " ".join(
        f":violet-badge[{plain_label(alias)} v{version}]"
        for alias, version in summary.aliases.items()
    )


def tag_badges(tags: dict[str, str]) -> str:
    """Tags as small badges."""
    return " ".join(
        f":gray-badge[{plain_label(key, limit=40)}: {plain_label(value, limit=40)}]"
        for key, value in tags.items()
    )


def _draw_row(summary: PromptSummary) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        with st.container():
            latest = "" if summary.latest_version is None else f" :gray[v{summary.latest_version}]"
            badges = " ".join(
                part for part in (alias_badges(summary), tag_badges(dict(summary.tags))) if part
            )
            st.markdown(f"**{plain_label(summary.name, limit=120)}**{latest} {badges}")
            changed = moment_text(summary.changed_ms)
            words = [
                plain_label(summary.description, limit=160) if summary.description else "",
                f"changed {changed}" if changed else "",
            ]
            st.caption(" · ".join(word for word in words if word))
        st.button(
            "Open",
            key=f"prompts.open.{summary.name}",
            icon=":material/arrow_forward:",
            on_click=open_prompt,
            args=(summary.name,),
        )


def open_prompt(name: str) -> None:
    """Have the page show this prompt."""
    st.query_params["prompt"] = name


def _draw_nothing(text: str) -> None:
    if text.strip():
        st.caption(f"No prompt has {plain_label(text, limit=60)} in its name.")
        return
    with st.container(border=True, key="prompts-empty"):
        st.markdown("### Prompts with versions")
        st.markdown(
            "A prompt is kept in MLflow's prompt registry: every change is a new version with a "
            "message, aliases such as *production* and *challenger* say which one counts, and "
            "`{{variables}}` are filled in before it is sent. Use a version as system prompt of "
            "the chat or of a lane in Compare: the trace is linked to it, so that each version "
            "shows what it made and how that was judged."
        )
        st.button(
            "Create an example",
            icon=":material/auto_awesome:",
            key="prompts.example",
            type="primary",
            on_click=_create_example,
        )
        state = recall(PromptsState)
        if state.problem is not None:
            show_error(state.problem)
            state.problem = None


def _create_example() -> None:
    registry = services().prompts
    try:
        for number, (template, message) in enumerate(example.VERSIONS, start=1):
            registry.add_version(
                example.NAME, template, author=current_user(), commit_message=message
            )
            alias = (example.ALIAS_FIRST, example.ALIAS_SECOND)[number - 1]
            registry.set_alias(example.NAME, alias, number)
    except TrackingError as error:
        recall(PromptsState).problem = error
        return
    recall(FilledValues).by_prompt[example.NAME] = dict(example.VALUES)
    open_prompt(example.NAME)
