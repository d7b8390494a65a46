"""Deleting traces: the only thing on the traces page that destroys anything, and it asks first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.text import plural
from pages.ui.draw.messages import show_error
from pages.ui.session.kept import recall
from pages.ui.session.services import services
from pages.ui.traces.state import TracesState


@st.dialog("Delete traces", icon=":material/delete:")
def draw_delete_traces_dialog(trace_ids: Sequence[str]) -> None:
    """Ask, naming the count, and delete these."""
    _ask(len(trace_ids), lambda: services().traces.delete_traces(trace_ids))


@st.dialog("Delete all that match", icon=":material/delete_sweep:")
def draw_delete_matching_dialog(experiment_id: str | None, chosen: TraceFilter) -> None:
    """Count what the filter lets pass, ask, and delete exactly what was counted."""
    try:
        with st.spinner("Counting"):
            found = services().traces.count_matching(experiment_id, chosen)
    except (TrackingError, RequestRefused) as error:
        show_error(error)
        return
    if not found.trace_ids:
        st.caption("No trace passes the filter any more.")
        return
    if chosen.is_empty:
        st.warning("No filter is set: this is every trace of the experiment.")
    if not found.is_complete:
        st.caption(
            f"The count ended at its bound after {found.looked_at:,} traces; only those counted "
            "are deleted."
        )
    _ask(len(found.trace_ids), lambda: services().traces.delete_matching(found))


def _ask(count: int, delete: Callable[[], int]) -> None:
    what = plural(count, "trace")
    st.markdown(
        f"**{what}** with all spans, verdicts and expectations will be deleted from MLflow, "
        "for everybody. This cannot be undone."
    )
    with st.container(horizontal=True):
        confirmed = st.button(f"Delete {what}", type="primary", key="traces.delete.confirm")
        if st.button("Keep", key="traces.delete.keep"):
            st.rerun()
    if confirmed:
        _delete(delete)


def _delete(delete: Callable[[], int]) -> None:
    recall(TracesState).ask_again()
    try:
        with st.spinner("Deleting"):
            count = delete()
    except (TrackingError, RequestRefused) as error:
        show_error(error)
        return
    for name in ("trace", "span", "left", "right"):
        st.query_params.pop(name, None)
    st.toast(f"{plural(count, 'trace')} deleted.", icon=":material/delete:")
    st.rerun()
