"""The three screens of the traces page: the list, one trace in full, two span by span."""

from __future__ import annotations

import time
from typing import cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gwtrace_core.mlflow_store.connection.tracking import Starting
from gwtrace_core.trace.diff.diff import diff_traces
from gwtrace_core.trace.diff.totals import models_text, path_text
from gwtrace_core.trace.listing import ExperimentSummary
from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.view import ReadProgress, TraceView
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.text import bytes_text, count_text, duration_text
from pages.ui.components.opened_here import opened_here
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import plain_label
from pages.ui.feedback.of_trace import draw_trace_feedback
from pages.ui.frame.address import ListView
from pages.ui.session.kept import recall, yield_to_clicks
from pages.ui.session.services import services
from pages.ui.trace.diff import draw_sides_table, draw_trace_diff
from pages.ui.traces.address import keep_address, read_address
from pages.ui.traces.feedback import draw_feedback_view
from pages.ui.traces.filters import clear_filter, draw_filter_bar
from pages.ui.traces.hand_on import draw_hand_on
from pages.ui.traces.list import compare_traces, draw_refresh_button, draw_trace_list
from pages.ui.traces.overview import draw_trace_overview, title_of
from pages.ui.traces.sessions import draw_session_list, draw_session_strip
from pages.ui.traces.state import TracesState
from pages.ui.traces.table import open_trace

_TICK_S = 0.1
_TOLD_AFTER_S = 1.0
_VIEWS: dict[ListView, str] = {
    "traces": "Traces",
    "sessions": "Sessions",
    "feedback": "Feedback",
}


def draw_traces_page() -> None:
    """Filter and list, or the sessions."""
    state = recall(TracesState)
    read_address(state)
    # Not as a default, which the browser would not follow once somebody has clicked.
    st.session_state.setdefault("traces.view", state.view)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        chosen = st.segmented_control(
            "View",
            list(_VIEWS),
            required=True,
            format_func=lambda view: _VIEWS[view],
            key="traces.view",
            label_visibility="collapsed",
        )
        state.view = cast(ListView, chosen)
        picker = st.container(width="content")
        st.space("stretch")
        draw_refresh_button(state)
    if state.experiments is not None:
        with picker:
            _draw_experiment_picker(state)
    keep_address(state)
    if state.view == "sessions":
        draw_session_list(state)
    elif state.view == "feedback":
        draw_feedback_view(state)
        # What is summed up is picked there.
        keep_address(state)
    else:
        draw_filter_bar(state)
        draw_session_strip(state)
        draw_trace_list(state)
    if state.experiments is None:
        # Only now: the question must not hold up the list, and MLflow may have had to start.
        state.experiments = _list_experiments()
        with picker:
            _draw_experiment_picker(state)


def _list_experiments() -> tuple[ExperimentSummary, ...] | None:
    """All of them, gwtrace's own first; None while MLflow cannot say."""
    try:
        found = services().traces.list_experiments()
        own_id = services().traces.find_current_experiment_id()
    except TrackingError:
        # The list says what is wrong; the picker would say it twice.
        return None
    return tuple(sorted(found, key=lambda each: (each.experiment_id != own_id, each.name)))


def _draw_experiment_picker(state: TracesState) -> None:
    """Other experiments, when there are any; the first is our own."""
    names = {each.experiment_id: each.name for each in state.experiments or ()}
    own_id = next(iter(names), None)
    shown = state.experiment_id or own_id
    if shown is None or own_id is None or {*names} <= {shown}:
        return
    ids = [*names] if shown in names else [*names, shown]
    st.selectbox(
        "Experiment",
        ids,
        index=ids.index(shown),
        format_func=lambda each: names.get(each, f"Experiment {each}"),
        key="traces.experiment",
        label_visibility="collapsed",
        width=260,
        on_change=_take_experiment,
        args=(own_id,),
    )


def _take_experiment(own_id: str) -> None:
    picked = st.session_state.get("traces.experiment")
    chosen = None if picked == own_id else picked
    # Also called for a picker that comes back with what it had, after another page was shown.
    if chosen != recall(TracesState).experiment_id:
        recall(TracesState).experiment_id = chosen
        clear_filter()


def draw_trace_page(trace_id: str, span_id: str | None) -> None:
    """One trace in full; the address keeps the selected span."""
    opened_here(trace_id)
    is_fresh = _draw_way_back(can_read_again=True)
    view = _open_trace(trace_id, is_fresh=is_fresh)
    if view is None:
        return
    place, selected = draw_trace_overview(view, key="traces.one", span_id=span_id)
    with place:
        draw_hand_on(view, selected)
    if selected is not None and st.query_params.get("span") != selected:
        st.query_params["span"] = selected
    span = view.span(selected)
    st.markdown("##### Feedback and expectations")
    draw_trace_feedback(
        trace_id,
        view.trace.summary.assessments,
        span_id=None if span is None else span.span_id,
        span_name="" if span is None else span.name,
    )


def draw_compared_traces(left_id: str, right_id: str) -> None:
    """Two traces, aligned span by span."""
    opened_here(f"{left_id} {right_id}")
    _draw_way_back()
    views = [_open_trace(trace_id) for trace_id in (left_id, right_id)]
    left, right = views
    if left is None or right is None:
        return
    titles = [plain_label(title_of(view.trace.summary), limit=60) for view in (left, right)]
    st.markdown(f"#### {' :gray[against] '.join(dict.fromkeys(titles))}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for side, trace_id, view in (("A", left_id, left), ("B", right_id, right)):
            st.button(
                f"{side}: {plain_label(_short_text(view.trace), limit=80)}",
                icon=":material/account_tree:",
                key=f"traces.diff.open.{side}",
                type="tertiary",
                help=f"Open this trace, {plain_label(trace_id)}",
                on_click=open_trace,
                args=(trace_id,),
            )
        st.button(
            "Swap",
            icon=":material/swap_horiz:",
            key="traces.diff.swap",
            type="tertiary",
            on_click=compare_traces,
            args=((right_id, left_id),),
        )
    draw_sides_table(left, right, key="traces.diff.sides")
    st.caption("Steps are matched by place and name, not by id.")
    draw_trace_diff(
        diff_traces(left.trace, right.trace),
        left_label="A",
        right_label="B",
        key=f"traces.diff.{left_id}.{right_id}",
    )


def _short_text(trace: Trace) -> str:
    """What tells it from the other one."""
    known = [models_text(trace), path_text(trace)]
    return " · ".join(word for word in known if word) or trace.trace_id


def _draw_way_back(*, can_read_again: bool = False) -> bool:
    """To the list as it was left; True when the trace is to be read from MLflow once more."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "All traces",
            icon=":material/arrow_back:",
            key="traces.all",
            type="tertiary",
            on_click=_show_list,
        )
        return can_read_again and st.button(
            "Read again",
            icon=":material/refresh:",
            key="traces.one.reread",
            type="tertiary",
            help="From MLflow: spans and feedback may have come in since.",
        )


def _show_list() -> None:
    st.query_params.clear()


def _open_trace(trace_id: str, *, is_fresh: bool = False) -> TraceView | None:
    """The trace, with progress while it is read; says so when there is none."""
    slot = st.empty()
    try:
        _wait_for_mlflow(slot)
        opening = services().traces.open_trace(trace_id, is_fresh=is_fresh)
        begun_s = time.monotonic()
        while not opening.wait(_TICK_S):
            waited_s = time.monotonic() - begun_s
            waited = f" · {duration_text(waited_s * 1000)}" if waited_s > _TOLD_AFTER_S else ""
            slot.markdown(f":shimmer[{_progress_words(opening.progress)}]{waited}")
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


def _wait_for_mlflow(slot: DeltaGenerator) -> None:
    """Until MLflow is there or is known not to be; a click ends the waiting."""
    tracking = services().tracking
    tracking.start()
    while isinstance(tracking.state, Starting):
        slot.markdown(":shimmer[MLflow is starting; that takes some seconds, once]")
        yield_to_clicks()
        tracking.wait_ready(_TICK_S)


def _progress_words(progress: ReadProgress) -> str:
    match progress.phase:
        case "asking":
            return "Asking MLflow for the trace"
        case "reading":
            of = f" of about {bytes_text(progress.total)}" if progress.total else ""
            if not progress.done:
                return f"Waiting for MLflow to hand over the trace{of}"
            return f"Reading the trace, {bytes_text(progress.done)}{of}"
        case "building":
            return f"Reading spans, {count_text(progress.done)} of {count_text(progress.total)}"
        case "drawing":
            return "Drawing the tree"
