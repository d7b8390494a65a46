"""A key typed in the page: kept in the memory of this browser session only."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.settings.typed_connections import read_typed_connection
from gwtrace_core.values.connection import ConnectionKind, Provider
from gwtrace_core.values.errors import SettingsError
from pages.ui.connections.visitor import is_open_to_others
from pages.ui.draw.messages import show_error
from pages.ui.session.kept import picker_ages
from pages.ui.session.services import keep_typed, services

_BOX = "connections.key.key"

_CHOICES = {
    "Pydantic AI Gateway": (ConnectionKind.GATEWAY, None),
    "OpenAI-compatible server": (ConnectionKind.CUSTOM, Provider.OPENAI),
    "Anthropic-compatible server": (ConnectionKind.CUSTOM, Provider.ANTHROPIC),
    "OpenAI, direct": (ConnectionKind.DIRECT, Provider.OPENAI),
    "Anthropic, direct": (ConnectionKind.DIRECT, Provider.ANTHROPIC),
    "Groq, direct": (ConnectionKind.DIRECT, Provider.GROQ),
    "Google, direct": (ConnectionKind.DIRECT, Provider.GOOGLE),
}


def key_form() -> None:
    """Draw the form; a wrong entry is named and stays in its box."""
    ages = picker_ages()
    with st.form("connections.key", border=True):
        choice = st.selectbox("What for", list(_CHOICES), key="connections.key.what")
        base_url = st.text_input(
            "Base URL",
            key="connections.key.base_url",
            placeholder="empty: the host of the key's region, or the provider's own",
        )
        api_key = st.text_input("Key", type="password", key=f"{_BOX}.{ages.get(_BOX, 0)}")
        st.caption(
            "Never written anywhere, gone with the browser session (two minutes after its tab is "
            "closed or reloaded), and sent only to the host it was typed for."
        )
        if not st.form_submit_button("Use for this session", icon=":material/key:"):
            return
    kind, provider = _CHOICES[choice]
    try:
        connection = read_typed_connection(
            kind=kind,
            base_url=base_url or "",
            api_key=api_key or "",
            provider=provider,
            settings=services().settings,
            is_open_to_others=is_open_to_others(),
        )
    except SettingsError as error:
        show_error(error)
        return
    keep_typed(connection)
    # A new box in place of the one that still holds the key.
    ages[_BOX] = ages.get(_BOX, 0) + 1
    st.rerun()
