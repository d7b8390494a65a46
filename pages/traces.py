"""The traces page: the experiment's traces and sessions, one trace in full, or two side by side."""

from __future__ import annotations

import streamlit as st

from pages.ui.traces.screens import compared_page, list_page, trace_page

asked = st.query_params
if "trace" in asked:
    trace_page(asked["trace"], asked.get("span"))
elif "left" in asked and "right" in asked:
    compared_page(asked["left"], asked["right"])
else:
    list_page()
