"""A page of Streamlit's with nothing but the trace tree, for the browser tests. `?shape=…&n=…`

`span` selects one, `tab=1` puts the tree behind a tab that is not shown at first.
"""

from __future__ import annotations

import streamlit as st

from gwtrace_core.trace.columns import columns
from gwtrace_core.trace.tree import build_tree
from pages.ui.components.trace_tree import trace_tree
from pages.ui.trace.span import draw_span_details
from tests.browser.harness.shapes import SHAPES

st.set_page_config(layout="wide", page_title="Tree")

shape = st.query_params.get("shape", "chat")
count = int(st.query_params.get("n", "12"))
linked = st.query_params.get("span")

with st.container(horizontal=True):
    st.button("Rerun", key="harness.rerun")
    grown = st.toggle("Grown", key="harness.grown")
    other = st.toggle("Other trace", key="harness.other")
    told = st.toggle("Select the last", key="harness.told")
    hidden = st.toggle("Hidden", key="harness.hidden")
    with_details = st.toggle("Details", key="harness.details")

trace = SHAPES[shape](count + 5 * grown, "tr-other" if other else f"tr-{shape}")
tree = build_tree(trace)
last = tree.rows[-1].row_id if tree.rows else None


@st.fragment
def viewer() -> None:
    selected = trace_tree(columns(tree), key="harness.tree", selected=last if told else linked)
    st.text(f"selected: {selected}")
    row = tree.find(selected)
    if with_details and row is not None:
        draw_span_details(trace, row.span, key="harness.details_of")


if "tab" in st.query_params:
    with st.tabs(["Nothing", "Tree"])[1]:
        viewer()
elif not hidden:
    viewer()
