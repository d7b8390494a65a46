"""The user's own set-ups of lanes: applied, saved by a name, deleted. MLflow keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from gwtrace_core.mlflow_store.conversations.setups import SavedSetup
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.text import plural
from pages.ui.compare import actions
from pages.ui.compare.state import CompareLane, CompareState, name_lanes, start_comparison
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import plain_label
from pages.ui.lane.picker import forget_picker
from pages.ui.lane.targets import find_connection
from pages.ui.session.kept import keep, recall
from pages.ui.session.notice import Notice
from pages.ui.session.services import current_user, services

_MENU = "compare.setups"
_NAME_CHARS = 80


@dataclass(slots=True, kw_only=True)
class _AskedDialog:
    """The dialog about the saved set-ups that the next run is to draw, once."""

    kind: Literal["none", "save", "delete"] = "none"
    name: str = ""
    """Of the set-up that is to be deleted."""


def draw_setups_menu(state: CompareState) -> None:
    """A button with the saved set-ups; draws the dialog that was asked for in it."""
    with st.popover(
        "Saved",
        icon=":material/bookmark:",
        help="Set-ups of lanes that were saved under a name",
        key=_MENU,
        on_change="rerun",
        width="content",
    ) as menu:
        if menu.open:
            st.button(
                "Save these lanes",
                icon=":material/bookmark_add:",
                key="compare.setups.save",
                width="stretch",
                on_click=_ask,
                args=("save", ""),
            )
            with st.spinner("Asking MLflow"):
                _list_setups()
    asked = recall(_AskedDialog)
    kind, asked.kind = asked.kind, "none"
    match kind:
        case "save":
            _save_dialog(state)
        case "delete":
            _delete_dialog(asked.name)
        case "none":
            pass


def _list_setups() -> None:
    try:
        found = services().store.list_setups()
    except TrackingError as error:
        show_error(error)
        return
    if not found:
        st.caption("No set-up is saved yet.")
    for setup in found:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False):
            st.button(
                f"{plain_label(setup.name, limit=48)}  \n:small[{_facts_text(setup)}]",
                key=f"compare.setups.apply.{setup.name}",
                type="tertiary",
                width="stretch",
                on_click=_apply,
                args=(setup,),
                disabled=not setup.lanes,
                help="Replaces the lanes and begins a new comparison.",
            )
            st.button(
                "",
                icon=":material/delete:",
                key=f"compare.setups.delete.{setup.name}",
                type="tertiary",
                help=f"Delete {plain_label(setup.name, limit=48)}",
                on_click=_ask,
                args=("delete", setup.name),
            )


def _facts_text(setup: SavedSetup) -> str:
    if not setup.lanes:
        return "cannot be read"
    models = list(dict.fromkeys(lane.model for lane in setup.lanes))
    named = ", ".join(plain_label(model, limit=32) for model in models[:2])
    return f"{plural(len(setup.lanes), 'lane')} · {named}{'…' if len(models) > 2 else ''}"


def _ask(kind: Literal["save", "delete"], name: str) -> None:
    st.session_state[_MENU] = False
    keep(_AskedDialog(kind=kind, name=name))


def _apply(setup: SavedSetup) -> None:
    st.session_state[_MENU] = False
    for column in recall(CompareState).lanes:
        forget_picker(actions.lane_key(column.lane_id))
    actions.stop_all()
    start_comparison(name_lanes(setup.lanes), None)
    recall(CompareState).notice = make_refused_notice(recall(CompareState).lanes)


def make_refused_notice(columns: Sequence[CompareLane]) -> Notice | None:
    """Names the lanes whose connection this session does not have; they stay what they are."""
    refused: dict[str, RequestRefused] = {}
    for column in columns:
        try:
            find_connection(column.lane)
        except RequestRefused as problem:
            refused[column.name] = problem
    if not refused:
        return None
    first = next(iter(refused.values()))
    return Notice(
        kind="error", message=f"Lane {', '.join(refused)}: {first.message}", hint=first.hint
    )


@st.dialog("Save these lanes", icon=":material/bookmark_add:")
def _save_dialog(state: CompareState) -> None:
    """A name, and a question before a set-up of that name is replaced."""
    lanes = tuple(column.lane for column in state.lanes)
    st.caption(
        f"{plural(len(lanes), 'lane')} with connection, path, model, prompts and parameters, kept "
        "in MLflow for everybody who uses it. Keys are never part of it."
    )
    typed = st.text_input("Name", max_chars=_NAME_CHARS, key="compare.setups.name")
    name = " ".join(typed.split())
    try:
        taken = {setup.name.casefold(): setup for setup in services().store.list_setups()}
        same = taken.get(name.casefold())
        if same is not None:
            st.warning(
                f"{plain_label(same.name, limit=_NAME_CHARS)} exists: {_facts_text(same)}. "
                "Saving replaces it.",
                icon=":material/warning:",
            )
        # A click on the one is not a click on the other: the warning must have been seen.
        label, key = ("Save", "do") if same is None else ("Replace it", f"replace.{name}")
        if st.button(label, key=f"compare.setups.save.{key}", type="primary", disabled=not name):
            services().store.save_setup(name, lanes, user=current_user())
            st.toast(f"Saved as {plain_label(name)}.", icon=":material/bookmark_added:")
            st.rerun()
    except TrackingError as error:
        show_error(error)
        st.caption("The lanes stay as they are; the address of the page holds them as well.")


@st.dialog("Delete this set-up?", icon=":material/delete:")
def _delete_dialog(name: str) -> None:
    st.markdown(f"**{plain_label(name, limit=_NAME_CHARS)}** goes for everybody who uses it.")
    st.caption("Comparisons that were made with it stay.")
    with st.container(horizontal=True, gap="small"):
        is_sure = st.button("Delete", key="compare.setups.delete_now", type="primary")
        if st.button("Keep it", key="compare.setups.keep"):
            st.rerun()
    if is_sure:
        try:
            services().store.delete_setup(name)
        except TrackingError as error:
            show_error(error)
            return
        st.rerun()
