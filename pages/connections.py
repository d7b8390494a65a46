"""The connections page: what is configured and from where, and tests that name what fails."""

from __future__ import annotations

import streamlit as st

from pages.ui.connections.cards import draw_connection_cards
from pages.ui.connections.key_form import draw_key_form
from pages.ui.connections.tables import (
    draw_demo_faults,
    draw_reach_matrix,
    draw_variables_table,
    draw_versions_table,
)
from pages.ui.connections.tracking_card import draw_tracking_card
from pages.ui.session.services import services

left, right = st.columns([1.25, 1], gap="large")
with left:
    st.subheader("Where calls go", anchor=False)
    draw_connection_cards()
with right:
    st.subheader("Where traces go", anchor=False)
    draw_tracking_card()
    if services().settings.takes_typed:
        st.subheader("A key for this browser session", anchor=False)
        draw_key_form()

st.subheader("Which SDK path reaches which provider", anchor=False)
draw_reach_matrix()
st.subheader("Settings", anchor=False)
draw_variables_table()
st.subheader("Failures to show with the demo gateway", anchor=False)
draw_demo_faults()
st.subheader("Versions", anchor=False)
draw_versions_table()
