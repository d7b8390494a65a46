"""A key typed in the page: kept in the memory of this browser session only."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.connection import ConnectionKind, Provider
from gwtrace_core.errors import SettingsError
from gwtrace_core.typed_connections import typed_connection
from pages.ui.problems import show_error
from pages.ui.services import services
from pages.ui.state import typed_connections
from pages.ui.visitor import is_open_to_others

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
    with st.form("connections.key", border=True):
        choice = st.selectbox("What for", list(_CHOICES), key="connections.key.what")
        base_url = st.text_input(
            "Base URL",
            key="connections.key.base_url",
            placeholder="empty: the host of the key's region, or the provider's own",
        )
        api_key = st.text_input("Key", type="password", key="connections.key.key")
        st.caption(
            "Never written anywhere, gone with the browser session, and sent only to the host "
            "it was typed for."
        )
        if not st.form_submit_button("Use for this session", icon=":material/key:"):
            return
    kind, provider = _CHOICES[choice]
    try:
        connection = typed_connection(
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
    typed_connections()[connection.id] = connection
    st.rerun()
