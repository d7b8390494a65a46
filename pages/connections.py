"""The connections page: what is configured and from where, and tests that name what fails."""

from __future__ import annotations

import streamlit as st

from pages.ui.connections.cards import connection_cards
from pages.ui.connections.key_form import key_form
from pages.ui.connections.tables import demo_faults, reach_matrix, variables_table, versions_table
from pages.ui.connections.tracking_card import tracking_card
from pages.ui.session.services import services

left, right = st.columns([1.25, 1], gap="large")
with left:
    st.subheader("Where calls go", anchor=False)
    connection_cards()
with right:
    st.subheader("Where traces go", anchor=False)
    tracking_card()
    if services().settings.takes_typed:
        st.subheader("A key for this browser session", anchor=False)
        key_form()

st.subheader("Which SDK path reaches which provider", anchor=False)
reach_matrix()
st.subheader("Settings", anchor=False)
variables_table()
st.subheader("Failures to show with the demo gateway", anchor=False)
demo_faults()
st.subheader("Versions", anchor=False)
versions_table()
