"""Warns before a call that a gateway could throw away, and block the key for."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from gwtrace_core.gateway.sure_models import price_risk
from gwtrace_core.values.connection import Connection, Provider
from gwtrace_core.values.request import Lane
from pages.ui.session.services import offered_routes, services


def say_lane_risk(lane: Lane, connections: Iterable[Connection]) -> None:
    """A line about what a call of the lane could cost its key, where it could."""
    for connection in connections:
        if connection.id == lane.connection_id:
            say_price_risk(connection, lane.provider, lane.model, route=lane.route)


def say_price_risk(connection: Connection, provider: Provider, model: str, *, route: str) -> None:
    """The same for a model; nothing for one that the gateway surely has a price for."""
    if services().model_lists.is_awaited(connection):
        # Its list may name the model.
        return
    if risk := price_risk(connection, provider, model, route, offered_routes(connection)):
        st.caption(f":orange[:material/warning:] {risk}")
