"""The filter over the list of traces: what is always in sight, what is behind a button, chips."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import streamlit as st

from gwtrace_core.trace.filters import (
    TraceFilter,
)
from pages.ui.draw.model_text import plain_label
from pages.ui.session.kept import recall
from pages.ui.session.local_time import EARLIEST, LATEST, to_epoch_ms, to_local_moment, zone_words
from pages.ui.traces.filter_fields import (
    CHIPPED,
    GROUPS,
    MORE,
    ORDER_WORDS,
    RANGE,
    SINCE_WORDS,
    STATUS_WORDS,
    Field,
)
from pages.ui.traces.state import TracesState

_CHIP_CHARS = 60


def draw_filter_bar(state: TracesState) -> None:
    """Draw the filter; what is changed in it has the list read anew."""
    _fill_widgets(state)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text_input(
            "Search",
            key="traces.f.preview",
            type="search",
            placeholder="Search questions and answers",
            label_visibility="collapsed",
            icon=":material/search:",
            on_change=_apply,
            args=("preview",),
            width=320,
        )
        st.segmented_control(
            "Status",
            list(STATUS_WORDS),
            format_func=lambda status: STATUS_WORDS[status],
            key="traces.f.status",
            label_visibility="collapsed",
            on_change=_apply,
            args=("status",),
        )
        st.selectbox(
            "Time",
            list(SINCE_WORDS),
            format_func=lambda since: SINCE_WORDS[since],
            key="traces.f.since",
            label_visibility="collapsed",
            on_change=_apply,
            args=("since",),
            width=150,
        )
        st.selectbox(
            "Order",
            list(ORDER_WORDS),
            format_func=lambda order: ORDER_WORDS[order],
            key="traces.f.order",
            label_visibility="collapsed",
            on_change=_apply,
            args=("order",),
            width=150,
        )
        with st.popover("Filter", icon=":material/tune:", key="traces.more", width="content"):
            _draw_more()
    if state.since == "range":
        _draw_range(state)
    _draw_chips(state)


def _draw_range(state: TracesState) -> None:
    """Two moments; either may be left open."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for name, label in RANGE.items():
            st.datetime_input(
                label,
                value=None,
                min_value=EARLIEST,
                max_value=LATEST,
                key=f"traces.f.{name}",
                format="YYYY-MM-DD",
                step=60,
                on_change=_apply,
                args=(name,),
                width=200,
            )
        st.caption(f"Time zone {zone_words()}, as in the list", width="content")
    after_ms, before_ms = state.filter.after_ms, state.filter.before_ms
    if after_ms is not None and before_ms is not None and after_ms >= before_ms:
        st.caption(":material/info: *From* is not before *To*, so nothing can match.")


def _draw_more() -> None:
    for tab, fields in zip(st.tabs(list(GROUPS)), GROUPS.values(), strict=True):
        names = list(fields)
        with tab:
            for first in range(0, len(names), 2):
                for place, name in zip(st.columns(2), names[first : first + 2], strict=False):
                    with place:
                        _draw_input(name, fields[name])


def _draw_input(name: str, field: Field) -> None:
    # As the input's own beginning, not as a value of the session: that is sent to the browser once,
    # which forgets it while the button's box is closed.
    state = recall(TracesState)
    key, value = _input_key(state, name), getattr(state.filter, name)
    if field.choices is not None:
        words = field.choices
        st.selectbox(
            field.label,
            list(words),
            index=None if value is None else list(words).index(value),
            format_func=lambda choice: words[choice],
            key=key,
            placeholder="Any",
            help=field.help,
            on_change=_apply,
            args=(name,),
        )
    elif field.kind == "number":
        st.number_input(
            field.label,
            min_value=0.0,
            value=None if value is None else float(value / field.scale),
            key=key,
            placeholder="Any",
            help=field.help,
            on_change=_apply,
            args=(name,),
        )
    else:
        st.text_input(
            field.label,
            value=value or "",
            key=key,
            placeholder="Any",
            help=field.help,
            on_change=_apply,
            args=(name,),
        )


def _fill_widgets(state: TracesState) -> None:
    """What is always in sight shows the filter; a key that is not there yet gets its value here."""
    values: dict[str, Any] = {
        "preview": state.filter.preview or "",
        "status": state.filter.status,
        "since": state.since,
        "order": state.order,
    }
    if state.since == "range":
        for name in RANGE:
            moment_ms = getattr(state.filter, f"{name}_ms")
            values[name] = None if moment_ms is None else _as_typed(moment_ms)
    for name, value in values.items():
        st.session_state.setdefault(_input_key(state, name), value)


def _input_key(state: TracesState, name: str) -> str:
    """Of an input. Those behind the button begin anew when the page fills them in.

    A browser that has closed the button's box would send what they held before with the next click.
    """
    is_new = name in MORE and state.filled_in
    return f"traces.f.{name}.{state.filled_in}" if is_new else f"traces.f.{name}"


def _apply(name: str) -> None:
    """What was changed in one input becomes part of the filter.

    Only that: a browser sends nothing of an input until it has shown it.
    """
    state = recall(TracesState)
    value = st.session_state.get(_input_key(state, name))
    since, order = state.since, state.order
    chosen = state.filter
    if name == "since":
        since = value or "any"
        if since != "range":
            chosen = replace(chosen, **{f"{each}_ms": None for each in RANGE})
    elif name == "order":
        order = value or "newest"
    elif name == "status":
        chosen = replace(chosen, status=value)
    else:
        chosen = replace(chosen, **_read_input(name, value, chosen))
    if (chosen, since, order) == (state.filter, state.since, state.order):
        # Blanks were typed, say: the page that is shown is still the one that is asked for.
        return
    set_filter(state, chosen, is_typed=True)
    state.since, state.order = since, order


def _read_input(name: str, value: Any, before: TraceFilter) -> dict[str, Any]:
    """The condition that an input holds."""
    if name in RANGE:
        return {f"{name}_ms": _read_moment_ms(value, getattr(before, f"{name}_ms"))}
    field = MORE.get(name)
    if field is None or (field.kind != "number" and field.choices is None):
        return {name: (value or "").strip() or None}
    if field.kind == "number" and value is not None:
        scaled = value * field.scale
        return {name: scaled if name.endswith("usd") else round(scaled)}
    return {name: value}


def _as_typed(moment_ms: int) -> datetime:
    """As the input has it: whole minutes, in the reader's zone but without it."""
    return to_local_moment(moment_ms).replace(second=0, microsecond=0, tzinfo=None)


def _read_moment_ms(typed: datetime | None, before_ms: int | None) -> int | None:
    """The moment that is typed; one that was not touched keeps its seconds."""
    if typed is None:
        return None
    if before_ms is not None and _as_typed(before_ms) == typed:
        return before_ms
    return to_epoch_ms(typed)


def set_filter(state: TracesState, chosen: TraceFilter, *, is_typed: bool = False) -> None:
    """Use this filter from now on."""
    state.filter = chosen
    state.ask_again()
    if not is_typed:
        state.filled_in += 1
        for name in ("preview", "status", *RANGE):
            st.session_state.pop(f"traces.f.{name}", None)


def clear_filter() -> None:
    """Let every trace pass."""
    state = recall(TracesState)
    set_filter(state, TraceFilter())
    state.since = "any"
    st.session_state.pop("traces.f.since", None)


def _drop(name: str) -> None:
    state = recall(TracesState)
    set_filter(state, replace(state.filter, **{name: None}))


def _draw_chips(state: TracesState) -> None:
    """What is filtered for besides what is in sight, each to be taken away by a click."""
    in_sight = {f"{name}_ms" for name in RANGE} if state.since == "range" else set[str]()
    active = {
        name: field
        for name, field in CHIPPED.items()
        if getattr(state.filter, name) is not None and name not in in_sight
    }
    if not active:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        for name, field in active.items():
            value: Any = getattr(state.filter, name)
            st.button(
                plain_label(field.words(value), limit=_CHIP_CHARS),
                icon=":material/close:",
                key=f"traces.chip.{name}",
                help="Take this condition away",
                on_click=_drop,
                args=(name,),
            )
        st.button("Clear all", key="traces.clear", type="tertiary", on_click=clear_filter)
