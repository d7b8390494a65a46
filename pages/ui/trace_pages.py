"""The three screens of the traces page: the list, one trace in full, two span by span."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.errors import RequestRefused, TrackingError
from gwtrace_core.format import bytes_text, count_text
from gwtrace_core.trace.diff import diff_traces
from gwtrace_core.trace.view import ReadProgress, TraceView
from pages.ui.model_text import plain_label
from pages.ui.problems import show_error
from pages.ui.services import services
from pages.ui.state import chat, traces, yield_to_clicks
from pages.ui.trace_diff_view import trace_diff_view
from pages.ui.trace_feedback import trace_feedback
from pages.ui.trace_filters import clear_filter, filter_bar, keep_address, read_address
from pages.ui.trace_hand_on import hand_on
from pages.ui.trace_list import refresh_button, trace_list
from pages.ui.trace_overview import trace_overview
from pages.ui.trace_sessions import session_list, session_strip
from pages.ui.traces_state import TracesState

_TICK_S = 0.1
_VIEWS = {"traces": "Traces", "sessions": "Sessions"}


def list_page() -> None:
    """Filter and list, or the sessions."""
    state = traces()
    notice = read_address(state)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        chosen = st.segmented_control(
            "View",
            list(_VIEWS),
            default=state.view,
            required=True,
            format_func=lambda view: _VIEWS[view],
            key="traces.view",
            label_visibility="collapsed",
        )
        state.view = "sessions" if chosen == "sessions" else "traces"
        # Filled in last: it asks MLflow, which may still be starting.
        picker = st.empty()
        st.space("stretch")
        refresh_button(state)
    keep_address(state)
    if notice is not None:
        st.error(f"{notice.message}  \n*{notice.hint}*", icon=":material/error:")
    if state.view == "sessions":
        session_list(state)
    else:
        filter_bar(state)
        if session_strip(state):
            st.switch_page("chat.py", query_params={"session": chat().session_id})
        trace_list(state)
    with picker:
        _experiment_picker(state)


def _experiment_picker(state: TracesState) -> None:
    """Other experiments, when there are any; our own comes first."""
    try:
        found = services().traces.experiments()
        own_id = services().traces.current_experiment_id()
    except TrackingError:
        # The list says what is wrong; the picker would say it twice.
        return
    names = {each.experiment_id: each.name for each in found}
    shown = state.experiment_id or own_id
    ids = sorted({*names, shown}, key=lambda each: (each != own_id, names.get(each, "")))
    if len(ids) < 2:
        return
    st.selectbox(
        "Experiment",
        ids,
        index=ids.index(shown),
        format_func=lambda each: names.get(each, f"Experiment {each}"),
        key="traces.experiment",
        label_visibility="collapsed",
        width=260,
        on_change=_experiment_picked,
        args=(own_id,),
    )


def _experiment_picked(own_id: str) -> None:
    picked = st.session_state.get("traces.experiment")
    traces().experiment_id = None if picked == own_id else picked
    clear_filter()


def trace_page(trace_id: str, span_id: str | None) -> None:
    """One trace in full; the address keeps the selected span."""
    _way_back()
    view = _opened(trace_id)
    if view is None:
        return
    place, selected = trace_overview(view, key="traces.one", span_id=span_id)
    with place:
        wants_chat = hand_on(view, selected)
    if wants_chat:
        st.switch_page("chat.py")
    if selected is not None and st.query_params.get("span") != selected:
        st.query_params["span"] = selected
    span = view.span(selected)
    st.markdown("##### Feedback and expectations")
    trace_feedback(
        trace_id,
        view.trace.summary.assessments,
        span_id=None if span is None else span.span_id,
        span_name="" if span is None else span.name,
    )


def compared_page(left_id: str, right_id: str) -> None:
    """Two traces, aligned span by span."""
    _way_back()
    views = [_opened(trace_id) for trace_id in (left_id, right_id)]
    left, right = views
    if left is None or right is None:
        return
    names = [
        plain_label(view.trace.summary.request_preview or view.trace.trace_id, limit=60)
        for view in (left, right)
    ]
    st.markdown(f"#### {names[0]} :gray[against] {names[1]}")
    st.caption(f"Left `{left_id}`, right `{right_id}`. Steps are matched by place and name.")
    trace_diff_view(
        diff_traces(left.trace, right.trace),
        left_label="left",
        right_label="right",
        key=f"traces.diff.{left_id}.{right_id}",
    )


def _way_back() -> None:
    st.button(
        "All traces",
        icon=":material/arrow_back:",
        key="traces.all",
        type="tertiary",
        on_click=_to_list,
    )


def _to_list() -> None:
    st.query_params.clear()


def _opened(trace_id: str) -> TraceView | None:
    """The trace, with progress while it is read; says so when there is none."""
    slot = st.empty()
    try:
        opening = services().traces.open_trace(trace_id)
        while not opening.wait(_TICK_S):
            slot.markdown(f":shimmer[{_words(opening.progress)}]")
            yield_to_clicks()
        view = opening.view()
    except (TrackingError, RequestRefused) as error:
        with slot.container():
            show_error(error)
            st.button("Try again", icon=":material/refresh:", key=f"traces.reread.{trace_id}")
        return None
    if view is None:
        with slot.container(border=True):
            st.markdown("**No such trace**")
            st.caption(
                f"MLflow has no trace {plain_label(trace_id)}. It may have been deleted, or it is "
                "kept on another tracking server."
            )
        return None
    slot.empty()
    return view


def _words(progress: ReadProgress) -> str:
    match progress.phase:
        case "asking":
            return "Asking MLflow for the trace"
        case "reading":
            of = f" of about {bytes_text(progress.total)}" if progress.total else ""
            return f"Reading the trace, {bytes_text(progress.done)}{of}"
        case "building":
            return f"Reading spans, {count_text(progress.done)} of {count_text(progress.total)}"
        case "drawing":
            return "Drawing the tree"
