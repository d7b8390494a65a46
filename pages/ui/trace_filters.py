"""The filter over the list of traces: what is always in sight, what is behind a button, chips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, cast, get_args

import streamlit as st

from gwtrace_core.connection import SdkPath
from gwtrace_core.format import count_text, duration_text, usd_text
from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.trace.filters import (
    PARAMETERS,
    OutcomeFilter,
    TraceFilter,
    TraceOrder,
    filter_from_params,
    filter_to_params,
)
from pages.ui.model_text import plain_label
from pages.ui.state import Notice, traces
from pages.ui.traces_state import Since, TracesState

SINCE_WORDS: dict[Since, str] = {
    "any": "Any time",
    "hour": "Last hour",
    "day": "Last 24 hours",
    "week": "Last 7 days",
    "month": "Last 30 days",
}
ORDER_WORDS: dict[TraceOrder, str] = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "slowest": "Slowest first",
    "fastest": "Fastest first",
}
_STATUS_WORDS = {"ok": "OK", "error": "Error", "in_progress": "Running"}
_PATH_LABELS = {path.value: path.label for path in SdkPath}
_PROVIDER_LABELS = {provider.value: label for provider, label in PROVIDER_LABELS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """How a condition is typed and told."""

    label: str
    kind: Literal["text", "choice", "number"] = "text"
    choices: dict[Any, str] | None = None
    """Value → words."""
    scale: float = 1
    """What is typed times this is the filter's value."""
    told: Callable[[Any], str] = str
    help: str | None = None


_MORE: dict[str, _Field] = {
    "sdk_path": _Field(label="SDK path", kind="choice", choices=_PATH_LABELS),
    "provider": _Field(label="Provider", kind="choice", choices=_PROVIDER_LABELS),
    "model": _Field(label="Model", help="Exactly as it was asked for, of traces run by gwtrace."),
    "outcome": _Field(
        label="Outcome",
        kind="choice",
        choices={each: each.capitalize() for each in get_args(OutcomeFilter)},
        help="MLflow knows no stopped traces; gwtrace tags its own.",
    ),
    "by_gwtrace": _Field(
        label="Made by", kind="choice", choices={True: "gwtrace", False: "Other programs"}
    ),
    "name": _Field(label="Trace name"),
    "session_id": _Field(label="Session"),
    "user": _Field(label="User"),
    "comparison_id": _Field(label="Comparison"),
    "verdict_name": _Field(label="Verdict named", help="`verdict` is what the thumbs are called."),
    "verdict_value": _Field(label="Verdict is", help="`true` is a thumb up, `false` one down."),
    "min_duration_ms": _Field(
        label="At least (s)", kind="number", scale=1000, told=lambda ms: f"≥ {duration_text(ms)}"
    ),
    "max_duration_ms": _Field(
        label="At most (s)", kind="number", scale=1000, told=lambda ms: f"≤ {duration_text(ms)}"
    ),
    "min_tokens": _Field(
        label="Tokens at least", kind="number", told=lambda n: f"≥ {count_text(n)} tokens"
    ),
    "max_tokens": _Field(
        label="Tokens at most", kind="number", told=lambda n: f"≤ {count_text(n)} tokens"
    ),
    "min_cost_usd": _Field(
        label="Cost at least (USD)", kind="number", told=lambda usd: f"≥ {usd_text(usd)}"
    ),
    "max_cost_usd": _Field(
        label="Cost at most (USD)", kind="number", told=lambda usd: f"≤ {usd_text(usd)}"
    ),
    "full_text": _Field(
        label="Anywhere in the spans",
        help="MLflow reads every span of every trace for this: slow with many of them.",
    ),
}
_CHIPPED = {
    **_MORE,
    "after_ms": _Field(label="From", told=lambda ms: _moment(ms)),
    "before_ms": _Field(label="Until", told=lambda ms: _moment(ms)),
    "has_error": _Field(label="Failed", choices={True: "yes", False: "no"}),
}


def read_address(state: TracesState) -> Notice | None:
    """On the page's first draw: the filter of the address. Tells what could not be read."""
    if state.has_read_address:
        return None
    state.has_read_address = True
    params = st.query_params.to_dict()
    found = filter_from_params(params)
    state.filter = found.filter
    if params.get("since") in SINCE_WORDS:
        state.since = cast(Since, params["since"])
    if params.get("order") in ORDER_WORDS:
        state.order = cast(TraceOrder, params["order"])
    state.experiment_id = params.get("experiment") or None
    if params.get("view") == "sessions":
        state.view = "sessions"
    if not found.ignored:
        return None
    return Notice(
        kind="error",
        message=f"The address sets {', '.join(found.ignored)} to something that is no such value.",
        hint="The list is shown without it.",
    )


def keep_address(state: TracesState) -> None:
    """Have the address restore the list as it is set up now."""
    wanted = filter_to_params(state.filter)
    wanted |= {"since": state.since} if state.since != "any" else {}
    wanted |= {"order": state.order} if state.order != "newest" else {}
    wanted |= {"experiment": state.experiment_id} if state.experiment_id else {}
    wanted |= {"view": state.view} if state.view != "traces" else {}
    present = st.query_params.to_dict()
    ours = {*PARAMETERS, "since", "order", "experiment", "view", "trace", "span", "left", "right"}
    kept = {name: value for name, value in present.items() if name not in ours}
    if present != kept | wanted:
        st.query_params.from_dict(kept | wanted)


def filter_bar(state: TracesState) -> None:
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
            width=320,
        )
        st.segmented_control(
            "Status",
            list(_STATUS_WORDS),
            format_func=lambda status: _STATUS_WORDS[status],
            key="traces.f.status",
            label_visibility="collapsed",
            on_change=_apply,
        )
        st.selectbox(
            "Time",
            list(SINCE_WORDS),
            format_func=lambda since: SINCE_WORDS[since],
            key="traces.f.since",
            label_visibility="collapsed",
            on_change=_apply,
            width=150,
        )
        st.selectbox(
            "Order",
            list(ORDER_WORDS),
            format_func=lambda order: ORDER_WORDS[order],
            key="traces.f.order",
            label_visibility="collapsed",
            on_change=_apply,
            width=150,
        )
        with st.popover("Filter", icon=":material/tune:", key="traces.more", width="content"):
            _more()
    _chips(state)


def _more() -> None:
    columns = st.columns(2, gap="small")
    for place, (name, field) in enumerate(_MORE.items()):
        with columns[place % 2]:
            key = f"traces.f.{name}"
            if field.choices is not None:
                words = field.choices
                st.selectbox(
                    field.label,
                    list(words),
                    index=None,
                    format_func=lambda value, words=words: words[value],
                    key=key,
                    placeholder="Any",
                    help=field.help,
                    on_change=_apply,
                )
            elif field.kind == "number":
                st.number_input(
                    field.label,
                    min_value=0.0,
                    value=None,
                    key=key,
                    placeholder="Any",
                    help=field.help,
                    on_change=_apply,
                )
            else:
                st.text_input(
                    field.label, key=key, placeholder="Any", help=field.help, on_change=_apply
                )


def _fill_widgets(state: TracesState) -> None:
    """Widgets show the filter; a key that is not there yet gets its value here."""
    values: dict[str, Any] = {
        "preview": state.filter.preview or "",
        "status": state.filter.status,
        "since": state.since,
        "order": state.order,
    }
    for name, field in _MORE.items():
        value: Any = getattr(state.filter, name)
        if field.kind == "number":
            value = None if value is None else value / field.scale
        elif field.choices is None:
            value = value or ""
        values[name] = value
    for name, value in values.items():
        st.session_state.setdefault(f"traces.f.{name}", value)


def _apply() -> None:
    """The widgets' values become the filter."""
    state = traces()

    def given(name: str) -> Any:
        return st.session_state.get(f"traces.f.{name}")

    changes: dict[str, Any] = {
        "preview": (given("preview") or "").strip() or None,
        "status": given("status"),
    }
    for name, field in _MORE.items():
        value = given(name)
        if field.kind == "number":
            whole = not name.endswith("usd")
            value = None if value is None else value * field.scale
            value = round(value) if whole and value is not None else value
        elif field.choices is None:
            value = (value or "").strip() or None
        changes[name] = value
    set_filter(state, replace(state.filter, **changes), is_typed=True)
    state.since = given("since") or "any"
    state.order = given("order") or "newest"


def set_filter(state: TracesState, chosen: TraceFilter, *, is_typed: bool = False) -> None:
    """Use this filter from now on."""
    state.filter = chosen
    state.ask_again()
    if not is_typed:
        for name in ("preview", "status", *_MORE):
            st.session_state.pop(f"traces.f.{name}", None)


def clear_filter() -> None:
    """Let every trace pass."""
    state = traces()
    set_filter(state, TraceFilter())
    state.since = "any"
    st.session_state.pop("traces.f.since", None)


def _drop(name: str) -> None:
    state = traces()
    set_filter(state, replace(state.filter, **{name: None}))


def _chips(state: TracesState) -> None:
    """What is filtered for besides what is in sight, each to be taken away by a click."""
    active = {
        name: field for name, field in _CHIPPED.items() if getattr(state.filter, name) is not None
    }
    if not active:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        for name, field in active.items():
            value: Any = getattr(state.filter, name)
            words = field.choices[value] if field.choices else field.told(value)
            label = f"{field.label.removesuffix(' (s)')}: {plain_label(words, limit=40)}"
            st.button(
                label,
                icon=":material/close:",
                key=f"traces.chip.{name}",
                help="Take this condition away",
                on_click=_drop,
                args=(name,),
            )
        st.button("Clear all", key="traces.clear", type="tertiary", on_click=clear_filter)


def _moment(since_epoch_ms: int) -> str:
    when = datetime.fromtimestamp(since_epoch_ms / 1000, UTC).astimezone()
    return f"{when:%d %b %Y %H:%M}"
