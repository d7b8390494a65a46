"""Lanes that the app chose before it knew what the key may use."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from gwtrace_core.gateway.sure_models import first_model
from gwtrace_core.lanes.lanes import list_on_offer
from gwtrace_core.values.request import Lane
from pages.ui.lane.picker import connection_key, forget_picker
from pages.ui.session.services import connections, offered_routes


def note_first_choice(key: str) -> None:
    """Note that nobody has picked what the picker of this key is given."""
    st.session_state[_noted(key)] = True


def is_first_choice(key: str) -> bool:
    """Whether that was noted, and the list of what the key may use has not come since."""
    return _noted(key) in st.session_state


def on_the_list(lane: Lane, *, key: str) -> Lane:
    """The lane with what is on the list in place of a first choice that is not on it.

    Before its picker is drawn. What was picked meanwhile stays.
    """
    connection = next((each for each in connections() if each.id == lane.connection_id), None)
    if connection is None or not is_first_choice(key):
        return lane
    listed = offered_routes(connection)
    if not listed or connection.is_simulated:
        return lane
    del st.session_state[_noted(key)]
    picker = connection_key(key).removesuffix("connection")
    provider_key = f"{picker}provider.{lane.connection_id}"
    if not (
        _shows(f"{picker}connection", lane.connection_id) and _shows(provider_key, lane.provider)
    ):
        return lane
    model_key = f"{picker}model.{lane.connection_id}.{lane.provider}"
    # What the browser has now is not in the lane before the next draw.
    model = st.session_state.get(model_key) or lane.model
    is_chosen = model == lane.model == first_model(connection, lane.provider, lane.route, ())
    lane = replace(lane, model=model)
    followed = list_on_offer(lane, connection, listed, keeps_model=not is_chosen)
    if followed != lane:
        forget_picker(key)
    return followed


def _shows(name: str, value: object) -> bool:
    """Whether the widget of that key, where there is one, was left at the value."""
    return st.session_state.get(name, value) == value


def _noted(key: str) -> str:
    return f"{key}.first_choice"
