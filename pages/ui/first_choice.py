"""Lanes that the app chose before it knew which models the key may use."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from gwtrace_core.chat import Lane
from gwtrace_core.lanes import static_models
from pages.ui.lane_picker import connection_key, forget_picker
from pages.ui.services import connections, services


def note_first_choice(key: str) -> None:
    """Note that nobody has picked what the picker of this key is given."""
    st.session_state[_noted(key)] = True


def is_first_choice(key: str) -> bool:
    """Whether that was noted, and the list of models has not come since."""
    return _noted(key) in st.session_state


def on_the_list(lane: Lane, *, key: str) -> Lane:
    """The lane with the list's first model in place of a first choice that is not on it.

    Before its picker is drawn. What was picked meanwhile stays.
    """
    connection = next((each for each in connections() if each.id == lane.connection_id), None)
    if connection is None or not is_first_choice(key):
        return lane
    listed = services().model_lists.listed(connection, lane.provider)
    if not listed:
        return lane
    del st.session_state[_noted(key)]
    is_untouched = lane.model == static_models(connection, lane.provider)[0] and all(
        st.session_state.get(name, shown) == shown for name, shown in _shown(lane, key)
    )
    if not is_untouched or lane.model in listed:
        return lane
    forget_picker(key)
    return replace(lane, model=listed[0])


def _shown(lane: Lane, key: str) -> tuple[tuple[str, object], ...]:
    """The picker's widgets that say where a call goes, and what each shows of the lane."""
    picker = connection_key(key).removesuffix("connection")
    place = f"{lane.connection_id}.{lane.provider}"
    return (
        (f"{picker}connection", lane.connection_id),
        (f"{picker}provider.{lane.connection_id}", lane.provider),
        (f"{picker}model.{place}", lane.model),
    )


def _noted(key: str) -> str:
    return f"{key}.first_choice"
