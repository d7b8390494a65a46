"""The way to a trace's own page from wherever the trace is met."""

from __future__ import annotations

import re

import streamlit as st

_HEX_ID = re.compile(r"[0-9a-f]{32}")


def draw_traces_link(
    trace_id: str, *, key: str, span_id: str | None = None, label: str = "Open in Traces"
) -> None:
    """A small button; the trace opens on the Traces page."""
    if st.button(label, icon=":material/account_tree:", key=key, type="tertiary"):
        # Other programs name a trace by its digits alone.
        name = f"tr-{trace_id}" if _HEX_ID.fullmatch(trace_id) else trace_id
        span = {} if span_id is None else {"span": span_id}
        st.switch_page("traces.py", query_params={"trace": name, **span})
