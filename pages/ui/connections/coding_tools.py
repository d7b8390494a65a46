"""Claude Code and Codex by a connection: the lines to copy."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.code.coding_tools import set_up_tools
from gwtrace_core.values.connection import Connection
from pages.ui.session.services import offered_routes


def draw_coding_tools(connection: Connection) -> None:
    """Draw them, folded; nothing for a connection that such a tool does not need."""
    setups = set_up_tools(connection, offered_routes(connection))
    if not setups:
        return
    names = " and ".join(setup.tool for setup in setups)
    with st.expander(f"{names} by this connection", icon=":material/terminal:"):
        for setup in setups:
            st.markdown(f"**{setup.tool}** :small[{setup.where}]")
            st.code(setup.lines, language=setup.language, wrap_lines=True)
        st.caption("The key is read from the environment; it is in none of these lines.")
