"""A typed key taken into use, and given up."""

from __future__ import annotations

from functools import partial

from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from gwtrace_core.values.connection import Connection
from pages.ui.connections.state import ConnectionsState
from pages.ui.session.kept import recall
from pages.ui.session.services import key_ring, services


def use_typed(connection: Connection) -> None:
    """Have this browser session use a connection that was just typed."""
    ring = key_ring()
    ring.add(connection)
    recall(ConnectionsState).tested.pop(connection.id, None)
    context = get_script_run_ctx()
    if context is not None:
        services().ring_watch.add(ring, partial(_is_here, context.session_id))


def forget_typed(connection_id: str) -> None:
    """Stop what is under way with a typed key, and use it no more."""
    key_ring().forget(connection_id)
    recall(ConnectionsState).tested.pop(connection_id, None)


def _is_here(session_id: str) -> bool:
    """Whether the session's browser is connected."""
    return not Runtime.exists() or Runtime.instance().is_active_session(session_id)
