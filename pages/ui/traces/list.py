"""The list of traces: one page of it at a time, with what one can do to the chosen rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import streamlit as st

from gwtrace_core.evaluation.sources import ChosenTraces
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.trace.listing import ListedTrace, TracePage
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.text import plural
from pages.ui.draw.evaluate_button import draw_evaluate_button
from pages.ui.draw.messages import show_error
from pages.ui.session.kept import recall
from pages.ui.session.services import services
from pages.ui.session.waiting import wait_for
from pages.ui.traces.delete import draw_delete_matching_dialog, draw_delete_traces_dialog
from pages.ui.traces.filters import clear_filter
from pages.ui.traces.state import SINCE_MS, TracesState
from pages.ui.traces.table import draw_trace_table

PAGE_SIZE = 50
_REFRESH_S = 5.0


def make_asked_filter(state: TracesState) -> TraceFilter:
    """The filter as it is put to MLflow: how far back is counted from the first page's moment."""
    if state.since not in SINCE_MS:
        return state.filter
    after_ms = state.asked_ms - SINCE_MS[state.since]
    return replace(state.filter, after_ms=max(after_ms, state.filter.after_ms or 0))


def draw_trace_list(state: TracesState) -> None:
    """Draw the page that is shown, or why there is none."""
    if state.page is None:
        try:
            _load(state)
        except (TrackingError, RequestRefused) as error:
            show_error(error)
            st.button("Try again", icon=":material/refresh:", key="traces.retry")
            return
    page = cast(TracePage, state.page)
    if not page.rows:
        _draw_nothing(state, page)
        if len(state.tokens) == 1 and page.next_token is None:
            return
    else:
        # Above the rows, where it is in sight; it needs to know which are ticked.
        place = st.container(height="content")
        chosen = draw_trace_table(page)
        with place:
            _draw_actions(chosen)
    _draw_pager(state, page)


def _load(state: TracesState) -> None:
    if state.tokens == [None]:
        state.asked_ms = time.time_ns() // 1_000_000
    source, chosen = services().traces, make_asked_filter(state)
    words = "Searching the text of all spans, for at most 20 s" if chosen.full_text else "Reading"
    state.page = wait_for(
        lambda: source.list_traces(
            state.experiment_id,
            chosen,
            order=state.order,
            page_token=state.tokens[-1],
            page_size=PAGE_SIZE,
        ),
        words=words,
        skeleton_px=420,
    )


def _draw_nothing(state: TracesState, page: TracePage) -> None:
    with st.container(border=True, key="traces-empty"):
        if page.next_token is not None:
            st.markdown("**None yet**")
            st.caption(
                f"None of the {page.looked_at:,} traces that were looked at is of that sort. "
                "There are more: search on."
            )
        elif state.filter.is_empty and state.since not in SINCE_MS:
            st.markdown("**No traces yet**")
            st.caption("Ask something on the chat page: its trace is listed here.")
        else:
            st.markdown("**Nothing matches**")
            st.caption("No trace of this experiment passes the filter.")
            st.button("Clear the filter", key="traces.clear_empty", on_click=clear_filter)


def _draw_actions(chosen: Sequence[ListedTrace]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not chosen:
            words = "Click a question to open its trace. Tick two rows to compare them."
        else:
            words = f"{plural(len(chosen), 'trace')} ticked"
        st.caption(words, width="content")
        st.button(
            "Compare",
            icon=":material/difference:",
            key="traces.compare",
            type="tertiary",
            disabled=len(chosen) != 2,
            help="Span by span; takes two.",
            on_click=compare_traces,
            args=(tuple(each.trace_id for each in chosen[:2]),),
        )
        draw_evaluate_button(
            ChosenTraces(trace_ids=tuple(each.trace_id for each in chosen)),
            key="traces.evaluate",
            type="tertiary",
            disabled=not chosen,
        )
        if st.button(
            "Delete",
            icon=":material/delete:",
            key="traces.delete",
            type="tertiary",
            disabled=not chosen,
        ):
            draw_delete_traces_dialog(tuple(each.trace_id for each in chosen))


def compare_traces(pair: tuple[str, ...]) -> None:
    """Show two traces span by span."""
    if len(pair) == 2:
        st.query_params.from_dict({"left": pair[0], "right": pair[1]})


def _draw_pager(state: TracesState, page: TracePage) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Newer" if state.order == "newest" else "Back",
            icon=":material/chevron_left:",
            key="traces.back",
            on_click=_go_back,
            disabled=len(state.tokens) == 1,
        )
        st.button(
            "Search on" if not page.rows else "Older" if state.order == "newest" else "More",
            icon=":material/chevron_right:",
            key="traces.next",
            on_click=_go_on,
            disabled=page.next_token is None,
        )
        st.caption(_extent_text(state, page))
        st.space("stretch")
        if st.button(
            "Delete all that match",
            icon=":material/delete_sweep:",
            key="traces.delete_all",
            type="tertiary",
            disabled=not page.rows,
            help="Counts them first and asks.",
        ):
            draw_delete_matching_dialog(state.experiment_id, make_asked_filter(state))


def _extent_text(state: TracesState, page: TracePage) -> str:
    words = f"Page {len(state.tokens)}, {plural(len(page.rows), 'trace')}"
    if page.looked_at > len(page.rows):
        words += f" of {page.looked_at:,} looked at"
    return words


def _go_back() -> None:
    state = recall(TracesState)
    if len(state.tokens) > 1:
        state.tokens.pop()
        state.page = None


def _go_on() -> None:
    state = recall(TracesState)
    if state.page is not None and state.page.next_token is not None:
        state.tokens.append(state.page.next_token)
        state.page = None


def draw_refresh_button(state: TracesState) -> None:
    """Reads the list anew; while it watches, it says how many new traces there are."""
    watches = st.toggle(
        "Watch",
        key="traces.watch",
        persist_state="session",
        help="Looks every 5 s for new traces. Nothing in the list moves before you ask for them.",
    )
    with st.container(width="content"):
        st.fragment(_draw_refresh, run_every=_REFRESH_S if watches else None)(watches)


def _draw_refresh(watches: bool) -> None:
    state = recall(TracesState)
    count = _count_new(state) if watches and state.page is not None else 0
    label = "Refresh"
    if count:
        label = f"{count}{'+' if count >= PAGE_SIZE else ''} new"
    if st.button(
        label,
        icon=":material/refresh:",
        key="traces.refresh",
        type="primary" if count else "secondary",
    ):
        state.ask_again()
        state.experiments = None
        st.rerun()


def _count_new(state: TracesState) -> int:
    """How many traces that pass the filter began after the list was asked for."""
    newer = replace(make_asked_filter(state), after_ms=state.asked_ms)
    try:
        page = services().traces.list_traces(
            state.experiment_id, newer, order="newest", page_token=None, page_size=PAGE_SIZE
        )
    except (TrackingError, RequestRefused):
        # The list itself says what is wrong as soon as it is asked.
        return 0
    shown = {row.trace_id for row in state.page.rows} if state.page else set[str]()
    return sum(row.trace_id not in shown for row in page.rows)
