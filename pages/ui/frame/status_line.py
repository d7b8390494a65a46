"""The line that always says where calls go, where traces go, and what is simulated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

import streamlit as st

from gwtrace_core.lanes.link import read_link
from gwtrace_core.mlflow_store.connection.tracking import (
    DATABASE_FILE,
    Down,
    Ready,
    Starting,
    TrackingState,
)
from gwtrace_core.settings.settings import is_demo_connection
from gwtrace_core.values.connection import Connection
from gwtrace_core.values.request import Lane
from pages.ui.draw.model_text import plain_label
from pages.ui.lane.picker import JUDGE_PICKER, LANE_PICKERS, connection_key
from pages.ui.session.kept import chat, compare, evaluate
from pages.ui.session.services import connections, services

_RECHECK_S = 1.0
_WATCH_S = 5.0
"""A server can go away while nobody clicks; a file cannot."""

# Streamlit's own Stop ends the page's script and not the call: the answer would stand still and go
# on unseen. Ours does what it says.
_NO_SECOND_STOP = "<style>[data-testid=stStatusWidget] { display: none; }</style>"


def status_line(page: str) -> None:
    """Draw it for the page of that path; it looks again by itself whether MLflow has come or gone.

    Only what a page shows or asks is called simulated: no list of everybody's traces is.
    """
    st.html(_NO_SECOND_STOP)
    # Asked for here already: the pickers choose by the list, and come later in the script.
    is_list_awaited = _is_list_awaited(page)
    recheck_s = _RECHECK_S if is_list_awaited else _recheck_s(services().tracking.state)
    st.fragment(_draw, run_every=recheck_s)(page, is_list_awaited)


def _is_list_awaited(page: str) -> bool:
    used = _used_ids(page) or (_chat_id(),)
    return any(services().model_lists.is_awaited(each) for each in connections() if each.id in used)


def _recheck_s(state: TrackingState) -> float | None:
    match state:
        case Ready(can_go_away=can_go_away):
            return _WATCH_S if can_go_away else None
        case _:
            return _RECHECK_S


def _draw(page: str, was_list_awaited: bool) -> None:
    if was_list_awaited and not _is_list_awaited(page):
        # What was chosen without the list may not be on it.
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="status"):
        for text in _connection_texts(page):
            st.markdown(text, width="content")
        st.markdown(_tracking_text(services().tracking.state), width="content")
        _draw_unused_settings()


def _draw_unused_settings() -> None:
    """Without them calls may go elsewhere than was meant, to the demo for one."""
    problems = services().settings.problems
    names = list(dict.fromkeys(each.name for each in problems if each.severity == "error"))
    if not names:
        return
    named = ", ".join(f"`{name}`" for name in names)
    st.markdown(
        f":red-badge[:material/settings_alert: Not understood] :small[{named}]", width="content"
    )
    if st.button("See Connections", key="status.settings", type="tertiary"):
        st.switch_page("connections.py")


def _used_ids(page: str) -> tuple[str, ...]:
    """The connections that the page asks, and those whose answers it shows, each once."""
    match page:
        case "":
            shown = [turn.lane.connection_id for turn in chat().turns]
            return tuple(dict.fromkeys((_chat_id(), *shown)))
        case "compare":
            return tuple(dict.fromkeys(_compare_ids()))
        case "new_evaluation":
            lane = evaluate().lane
            return () if lane is None else (_picked_id(JUDGE_PICKER, lane),)
        case _:
            return ()


def _chat_id() -> str:
    lane = chat().lane
    return connections()[0].id if lane is None else _picked_id("chat.lane", lane)


def _compare_ids() -> Iterable[str]:
    state = compare()
    for column in state.lanes:
        yield _picked_id(f"{LANE_PICKERS}.{column.lane_id}", column.lane)
    for turn in state.all_turns:
        yield turn.lane.connection_id
    if not state.lanes:
        yield from _linked_ids()


def _linked_ids() -> Iterable[str]:
    """Before the page has been drawn once, what its address says."""
    link = st.query_params.get("lanes")
    if link is not None:
        return [lane.connection_id for lane in read_link(link)]
    return () if "comparison" in st.query_params else (connections()[0].id,)


def _picked_id(picker: str, lane: Lane) -> str:
    # As the browser has it now: what was picked there is not in `lane` before the next draw.
    return st.session_state.get(connection_key(picker), lane.connection_id)


def _connection_texts(page: str) -> list[str]:
    used = _used_ids(page)
    known = {each.id: each for each in connections()}
    simulated = [each for each in used if is_demo_connection(each)]
    if not used:
        return _idle_texts(known)
    texts: list[str] = []
    if simulated:
        which = "simulated answers" if len(simulated) == len(used) else "some answers simulated"
        address = f" :small[`{known[simulated[0]].base_url}`]" if simulated[0] in known else ""
        texts.append(f":orange-badge[:material/science: Demo · {which}]{address}")
    for each in used:
        if each in known and each not in simulated:
            label, address = plain_label(known[each].label), known[each].base_url
            texts.append(f":green-badge[:material/bolt: {label}] :small[`{address}`]")
    return texts


def _idle_texts(known: Mapping[str, Connection]) -> list[str]:
    """Where no call is made from: what the chat is set to, which nothing on the page came from."""
    connection = known.get(_chat_id())
    if connection is None:
        return []
    return [f":gray-badge[:material/chat: Chat by {plain_label(connection.label)}]"]


def _tracking_text(state: TrackingState) -> str:
    match state:
        case Starting():
            return ":gray-badge[:material/hourglass_top: MLflow is starting]"
        case Ready(is_embedded=True):
            # Where on this machine it lies is nothing for a room; Connections says it.
            return (
                f":gray-badge[:material/database: MLflow embedded store] :small[`{DATABASE_FILE}`]"
            )
        case Ready(is_server=is_server, uri=uri):
            where = "server" if is_server else "database"
            return f":gray-badge[:material/database: MLflow {where}] :small[`{uri}`]"
        case Down(reason=reason):
            return (
                ":red-badge[:material/cloud_off: Not recording] "
                f":small[{plain_label(reason, limit=140)}]"
            )
        case _:
            assert_never(state)
