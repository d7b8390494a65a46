"""Where traces go, whether they get there, and a test that names the failing part."""

from __future__ import annotations

from typing import assert_never

import streamlit as st

from gwtrace_core.mlflow_store.check import check_tracking
from gwtrace_core.mlflow_store.connection.tracking import Down, Ready, Starting, TrackingState
from pages.ui.connections.state import ConnectionsState
from pages.ui.draw.model_text import plain_label
from pages.ui.session.kept import recall
from pages.ui.session.services import services


def draw_tracking_card() -> None:
    """State, address, experiment and the test."""
    tracking = services().tracking
    settings, state = services().settings, recall(ConnectionsState)
    with st.container(border=True, key="connections.tracking"):
        st.markdown(_state_text(tracking.state))
        if settings.tracking_problem is None:
            st.caption(
                f"`{tracking.config.shown_uri}` ({plain_label(settings.tracking_uri_source)}) · "
                f"experiment: {plain_label(settings.experiment_name)}"
            )
        if st.button("Test", key="connections.test.tracking", icon=":material/network_check:"):
            with st.spinner("Testing"):
                state.tracking_tested = check_tracking(tracking.config).steps
                tracking.look_again()
        for step in state.tracking_tested:
            icon = ":green[:material/check_circle:]" if step.is_ok else ":red[:material/error:]"
            hint = f"  \n:small[{plain_label(step.hint, limit=400)}]" if step.hint else ""
            st.markdown(f"{icon} **{step.part}** {plain_label(step.message, limit=400)}{hint}")


def _state_text(state: TrackingState) -> str:
    match state:
        case Starting():
            return "**MLflow** :gray-badge[starting]"
        case Ready(is_embedded=is_embedded, is_server=is_server):
            where = "embedded store" if is_embedded else "server" if is_server else "database"
            return f"**MLflow** :green-badge[recording] :small[{where}]"
        case Down(reason=reason, hint=hint, is_retrying=is_retrying):
            again = " It is tried again by itself." if is_retrying else ""
            return (
                f"**MLflow** :red-badge[not recording]  \n{plain_label(reason, limit=400)} "
                f"*{plain_label(hint, limit=400)}*{again}"
            )
        case _:
            assert_never(state)
