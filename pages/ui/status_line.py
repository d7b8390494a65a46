"""The line that always says where calls go, where traces go, and what is simulated."""

from __future__ import annotations

from typing import assert_never

import streamlit as st

from gwtrace_core.connection import Connection
from gwtrace_core.tracing.setup import DATABASE_FILE, Down, Ready, Starting, TrackingState
from pages.ui.lane_picker import connection_key
from pages.ui.model_text import plain_label
from pages.ui.services import connections, services
from pages.ui.state import chat

_RECHECK_S = 1.0
_WATCH_S = 5.0
"""A server can go away while nobody clicks; the embedded store cannot."""

# Streamlit's own Stop ends the page's script and not the call: the answer would stand still and go
# on unseen. Ours does what it says.
_NO_SECOND_STOP = "<style>[data-testid=stStatusWidget] { display: none; }</style>"


def status_line() -> None:
    """Draw it; it looks again by itself whether MLflow has come or gone."""
    st.html(_NO_SECOND_STOP)
    # Asked for here already: the pickers choose by the list, and come later in the script.
    is_list_awaited = services().model_lists.is_awaited(_current_connection())
    recheck_s = _RECHECK_S if is_list_awaited else _recheck_s(services().tracking.state)
    st.fragment(_draw, run_every=recheck_s)(is_list_awaited)


def _recheck_s(state: TrackingState) -> float | None:
    match state:
        case Ready(is_server=False):
            return None
        case Ready(is_server=True):
            return _WATCH_S
        case _:
            return _RECHECK_S


def _draw(was_list_awaited: bool) -> None:
    connection = _current_connection()
    if was_list_awaited and not services().model_lists.is_awaited(connection):
        # What was chosen without the list may not be on it.
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="status"):
        st.markdown(_connection_text(connection), width="content")
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


def _current_connection() -> Connection:
    everything = connections()
    lane = chat().lane
    chosen = st.session_state.get(
        connection_key("chat.lane"), None if lane is None else lane.connection_id
    )
    return next((item for item in everything if item.id == chosen), everything[0])


def _connection_text(connection: Connection) -> str:
    address = f"`{connection.base_url}`"
    if connection.is_simulated:
        return f":orange-badge[:material/science: Demo · simulated answers] :small[{address}]"
    return f":green-badge[:material/bolt: {plain_label(connection.label)}] :small[{address}]"


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
