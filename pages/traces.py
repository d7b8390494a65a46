"""The traces page: the experiment's traces and sessions, one trace in full, or two side by side."""

from __future__ import annotations

import streamlit as st

from pages.ui.traces.screens import draw_compared_traces, draw_trace_page, draw_traces_page

asked = st.query_params
if "trace" in asked:
    draw_trace_page(asked["trace"], asked.get("span"))
elif "left" in asked and "right" in asked:
    draw_compared_traces(asked["left"], asked["right"])
else:
    draw_traces_page()
