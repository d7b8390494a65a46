"""What feedback of one name comes to: by model, path, prompt or lane, over time, with its traces.

Every figure leads to the list of just the traces that it is about.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import streamlit as st

from gwtrace_core.trace.feedback import FeedbackSource
from gwtrace_core.trace.feedback_summary.summary import (
    FeedbackReading,
    GroupBy,
    GroupKey,
    failed_words,
    summarise,
)
from gwtrace_core.trace.feedback_summary.times import since_ms
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.text import plural
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import plain_label
from pages.ui.session.kept import recall
from pages.ui.session.services import connections, services
from pages.ui.session.waiting import wait_for
from pages.ui.traces.feedback_chart import draw_feedback_chart
from pages.ui.traces.feedback_state import OVER_WORDS, FeedbackState
from pages.ui.traces.feedback_table import draw_feedback_table
from pages.ui.traces.filter_fields import KIND_WORDS, SOURCE_WORDS
from pages.ui.traces.filters import set_filter
from pages.ui.traces.state import TracesState

BY_WORDS: dict[GroupBy, str] = {
    "model": "Model",
    "sdk_path": "SDK path",
    "prompt": "Prompt version",
    "connection": "Connection",
    "lane": "Lane",
}
_FROM_WORDS: dict[FeedbackSource | Literal["anybody"], str] = {"anybody": "Anybody", **SOURCE_WORDS}
_MOST_ERRORS = 5
_ERROR_CHARS = 200


def draw_feedback_view(state: TracesState) -> None:
    """Draw what to sum up, and the summary of each sort of value."""
    view = state.feedback
    try:
        names = _read_names(state)
        if not names and view.name is None:
            with st.container(border=True):
                st.markdown("**No feedback yet**")
                st.caption(
                    "Thumbs, stars and categories under an answer, and what judges and code say "
                    "of a trace, are summed up here."
                )
            return
        _draw_controls(view, names)
        reading = _read_feedback(state)
    except (TrackingError, RequestRefused) as error:
        show_error(error)
        st.button("Try again", icon=":material/refresh:", key="traces.feedback.retry")
        return
    _draw_summary(view, reading)


def _read_names(state: TracesState) -> dict[str, int]:
    """The names there are, with how often each was given."""
    view, source, experiment_id = state.feedback, services().traces, state.experiment_id
    if view.names is None:
        view.names = wait_for(
            lambda: source.list_feedback_names(experiment_id),
            words="Counting the feedback",
            skeleton_px=300,
        )
    return {each.name: each.count for each in view.names}


def _draw_controls(view: FeedbackState, names: dict[str, int]) -> None:
    options = list(names)
    if view.name is None:
        view.name = options[0]
    if view.name not in names:
        options.append(view.name)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        view.name = st.selectbox(
            "Feedback",
            options,
            index=options.index(view.name),
            format_func=lambda name: f"{name} ({names.get(name, 0):,})",
            key="traces.feedback.name",
            width=220,
            help="How often it was given, at any time and by anybody, is in brackets.",
        )
        view.by = st.selectbox(
            "By",
            list(BY_WORDS),
            index=list(BY_WORDS).index(view.by),
            format_func=lambda by: BY_WORDS[by],
            key="traces.feedback.by",
            width=170,
            help="A lane is model, SDK path and connection together.",
        )
        source = st.selectbox(
            "Given by",
            list(_FROM_WORDS),
            index=list(_FROM_WORDS).index(view.source or "anybody"),
            format_func=lambda source: _FROM_WORDS[source],
            key="traces.feedback.from",
            width=140,
        )
        view.source = None if source == "anybody" else source
        view.over = st.selectbox(
            "Traces of",
            list(OVER_WORDS),
            index=list(OVER_WORDS).index(view.over),
            format_func=lambda over: OVER_WORDS[over],
            key="traces.feedback.over",
            width=150,
        )


def _read_feedback(state: TracesState) -> FeedbackReading:
    view, source, experiment_id = state.feedback, services().traces, state.experiment_id
    name = view.name or ""
    if view.reading is None or view.read_for != (name, view.over):
        now_ms = time.time_ns() // 1_000_000
        after_ms = since_ms(view.over, now_ms=now_ms, offset_ms=_find_offset_ms())
        view.reading = wait_for(
            lambda: source.read_feedback(name, experiment_id=experiment_id, after_ms=after_ms),
            words="Reading what was said, for at most 8 s",
            skeleton_px=300,
        )
        view.read_for, view.after_ms = (name, view.over), after_ms
    return view.reading


def _find_offset_ms() -> int:
    """How far the browser's clock on the wall is ahead of UTC."""
    return -60_000 * (st.context.timezone_offset or 0)


def _draw_summary(view: FeedbackState, reading: FeedbackReading) -> None:
    sections = summarise(reading.given, view.by, source=view.source, offset_ms=_find_offset_ms())
    failed = failed_words(reading.failed, source=view.source)
    if failed:
        _draw_failed(failed)
    elif not sections:
        with st.container(border=True):
            st.markdown("**Nothing of that**")
            st.caption("Nobody of these gave it to a trace of that time. Widen one or the other.")
    for section in sections:
        chosen = TraceFilter(
            verdict_name=view.name,
            verdict_source=view.source,
            verdict_kind=section.kind,
            after_ms=view.after_ms,
        )
        if len(sections) > 1:
            st.markdown(f"##### {KIND_WORDS[section.kind]}")
        key = f"traces.feedback.{section.kind}"
        draw_feedback_table(
            section,
            title=BY_WORDS[view.by],
            by=view.by,
            words=lambda group: group_words(view.by, group),
            chosen=chosen,
            show=show_traces,
            key=f"{key}.table",
        )
        draw_feedback_chart(
            section,
            by=view.by,
            words=lambda group: group_words(view.by, group),
            chosen=chosen,
            show=show_traces,
            key=f"{key}.chart",
        )
    if not reading.is_whole:
        st.caption(
            f":material/info: From the newest {plural(reading.looked_at, 'trace')} with such "
            "feedback: the reading ends at 5,000 traces or 8 s. Older ones are not counted."
        )


def _draw_failed(words: Sequence[str]) -> None:
    shown = [plain_label(each, limit=_ERROR_CHARS) for each in words[:_MOST_ERRORS]]
    if len(words) > _MOST_ERRORS:
        shown.append(f"{plural(len(words) - _MOST_ERRORS, 'other error')}")
    st.caption(
        f":material/error: Failed without a value, so in no figure below: {' · '.join(shown)}"
    )


def group_words(by: GroupBy, key: GroupKey) -> str:
    """What the members of a group have in common, as it is called on screen."""
    if not any(key):
        return "Without a prompt" if by == "prompt" else "Not run by gwtrace"
    paths = {path.value: path.label for path in SdkPath}
    labels = {each.id: each.label for each in connections()}
    match by:
        case "model":
            return key[0]
        case "sdk_path":
            return paths.get(key[0], key[0])
        case "connection":
            return labels.get(key[0], key[0])
        case "prompt":
            name, _, version = key[0].rpartition("/")
            return f"{name} v{version}"
        case "lane":
            model, path, connection = key
            return f"{model} · {paths.get(path, path)} · {labels.get(connection, connection)}"


def show_traces(chosen: TraceFilter) -> None:
    """List these traces, and nothing else; the view stays as it is for the way back."""
    state = recall(TracesState)
    state.view = "traces"
    state.since = "any" if chosen.after_ms is None and chosen.before_ms is None else "range"
    view = replace(state.feedback)
    set_filter(state, chosen)
    # Nothing of it has changed by having been looked at.
    state.feedback = view
    for name in ("traces.f.since", "traces.view"):
        st.session_state.pop(name, None)
