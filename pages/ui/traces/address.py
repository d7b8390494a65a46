"""The list of traces in the address: read on the first draw, kept up to date afterwards."""

from __future__ import annotations

from typing import cast

import streamlit as st

from gwtrace_core.trace.filters import (
    TraceFilter,
    TraceOrder,
    filter_from_params,
    filter_to_params,
)
from pages.ui.frame.address import PARAMETERS, ListView, Since, is_readable
from pages.ui.traces.state import SINCE_MS, TracesState


def read_address(state: TracesState) -> None:
    """On the page's first draw: the filter of the address."""
    if state.has_read_address:
        return
    state.has_read_address = True
    params = st.query_params.to_dict()
    state.filter = filter_from_params(params).filter
    state.since = cast(Since, params.get("since", "any"))
    if state.since == "any" and _has_range(state.filter):
        state.since = "range"
    state.order = cast(TraceOrder, params.get("order", "newest"))
    state.experiment_id = params.get("experiment")
    if "view" in params:
        state.view = cast(ListView, params["view"])
        state.feedback.read_params(params)


def keep_address(state: TracesState) -> None:
    """Have the address restore the list as it is set up now."""
    wanted = filter_to_params(state.filter)
    wanted |= {"since": state.since} if state.since in SINCE_MS else {}
    wanted |= {"order": state.order} if state.order != "newest" else {}
    wanted |= {"experiment": state.experiment_id} if state.experiment_id else {}
    wanted |= {"view": state.view} if state.view != "traces" else {}
    wanted |= state.feedback.params() if state.view == "feedback" else {}
    # A word of a verdict, say, can be longer than an address may be.
    wanted = {name: text for name, text in wanted.items() if is_readable("traces", name, text)}
    present = st.query_params.to_dict()
    kept = {name: text for name, text in present.items() if name not in PARAMETERS["traces"]}
    if present != kept | wanted:
        st.query_params.from_dict(kept | wanted)


def _has_range(chosen: TraceFilter) -> bool:
    return chosen.after_ms is not None or chosen.before_ms is not None
