"""One span in full, drawn with Streamlit's own widgets: what it was, said, cost and raised."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Literal

import streamlit as st

from gwtrace_core.figures.reply_figures import Figure
from gwtrace_core.trace.ending import is_cut
from gwtrace_core.trace.messages import conversation_of
from gwtrace_core.trace.model import Span, SpanEvent, Trace
from gwtrace_core.trace.totals import MODEL_KINDS
from gwtrace_core.values import trace_names
from gwtrace_core.values.text import MISSING, count_text, duration_text, plural, usd_text
from pages.ui.components.figures import figures_strip
from pages.ui.components.recorded_value import clean_text, draw_long_text, draw_value
from pages.ui.draw.model_text import plain_label
from pages.ui.trace.span_attributes import draw_attributes, draw_links
from pages.ui.trace.span_messages import draw_conversation

_Colour = Literal["red", "orange", "green", "blue", "violet", "gray"]
_KIND_COLOURS: dict[str, _Colour] = {
    "AGENT": "violet",
    "LLM": "blue",
    "CHAT_MODEL": "blue",
    "TOOL": "orange",
    "RETRIEVER": "green",
    "EMBEDDING": "green",
    "RERANKER": "green",
    "MEMORY": "green",
}
_SHOWN_EVENTS = 30
# Autolog writes one event for every chunk of a stream.


def draw_span_details(trace: Trace, span: Span, *, key: str) -> None:
    """Draw `span` of `trace`, and of its views only the chosen one. `key` is unique on the page."""
    conversation = conversation_of(span)
    _draw_header(trace, span, key=key)
    _draw_problem(span)
    views: dict[str, Callable[[], None]] = {}
    if conversation:
        views["Messages"] = lambda: draw_conversation(conversation, span, key=f"{key}.messages")
    views["Input and output"] = lambda: _draw_inputs_outputs(span, key=key)
    views["Attributes"] = lambda: draw_attributes(span, key=key)
    if span.events:
        views["Events"] = lambda: _draw_events(span, key=key)
    if span.links:
        views["Links"] = lambda: draw_links(span, key=key)
    chosen = st.segmented_control(
        "View",
        list(views),
        default=next(iter(views)),
        required=True,
        key=f"{key}.view",
        label_visibility="collapsed",
    )
    views.get(chosen or "", next(iter(views.values())))()


def _draw_header(trace: Trace, span: Span, *, key: str) -> None:
    st.markdown(f"##### {plain_label(clean_text(span.name) or '(no name)', limit=120)}")
    with st.container(horizontal=True, gap="xsmall"):
        kind = plain_label(span.kind.replace("_", " ").lower())
        st.badge(kind, color=_KIND_COLOURS.get(span.kind, "gray"))
        label, icon, colour = _describe_status(trace, span)
        st.badge(label, icon=icon, color=colour)
        if span.model:
            provider = f" · {plain_label(span.provider)}" if span.provider else ""
            st.badge(f"{plain_label(clean_text(span.model))}{provider}", color="gray")
        _draw_recorder(span)
    figures_strip(_make_figures(trace, span), key=f"{key}.figures")


def _describe_status(trace: Trace, span: Span) -> tuple[str, str, _Colour]:
    if span.is_stopped:
        return "stopped", ":material/stop_circle:", "gray"
    if span.status == "error":
        return "failed", ":material/error:", "red"
    if span.end_ns is None:
        if trace.summary.status == "in_progress":
            return "running", ":material/pending:", "blue"
        if is_cut(trace.summary):
            return "cut off", ":material/power_off:", "orange"
        return "never closed", ":material/warning:", "orange"
    if span.status == "ok":
        return "ok", ":material/check:", "green"
    return "no status", ":material/remove:", "gray"


def _draw_recorder(span: Span) -> None:
    if span.recorded_by == "gwtrace":
        st.badge(
            "recorded by gwtrace",
            icon=":material/edit:",
            color="gray",
            help="gwtrace opened this span itself: autolog records nothing here, or not all of it.",
        )
    elif corrected := span.attributes.get(trace_names.CORRECTED):
        names = corrected if isinstance(corrected, str) else json.dumps(corrected, default=str)
        st.badge(
            "corrected by gwtrace",
            icon=":material/edit:",
            color="gray",
            help=f"Recorded by autolog; gwtrace put right: {plain_label(names)}.",
        )
    else:
        st.badge("recorded by MLflow", color="gray", help="By autolog or by the program itself.")


def _make_figures(trace: Trace, span: Span) -> list[Figure]:
    starts_ms = (span.start_ns - min(each.start_ns for each in trace.spans)) / 1e6
    started = f"Starts {duration_text(starts_ms)} after the trace."
    if span.duration_ns is None:
        figures = [_make_missing("duration", f"The span has no end. {started}")]
    else:
        took = duration_text(max(span.duration_ns, 0) / 1e6)
        figures = [Figure(label="duration", value=took, explanation=started)]
    if span.first_token_ns is not None:
        waited = duration_text(max(span.first_token_ns - span.start_ns, 0) / 1e6)
        note = "From the span's start to the first piece of the answer."
        figures.append(Figure(label="first token", value=waited, explanation=note))
    is_model = span.kind in MODEL_KINDS
    if span.usage is not None or is_model:
        figures.append(_make_tokens(span))
    if span.cost_usd is not None:
        note = "As recorded on this span, by MLflow's price table unless a program set it."
        figures.append(Figure(label="cost", value=usd_text(span.cost_usd), explanation=note))
    elif is_model:
        figures.append(
            _make_missing("cost", "No cost is recorded: no usage, or no price is known.")
        )
    return figures


def _make_missing(label: str, reason: str) -> Figure:
    return Figure(label=label, value=MISSING, explanation=reason, is_missing=True)


def _make_tokens(span: Span) -> Figure:
    usage = span.usage
    if usage is None:
        return _make_missing("tokens", "No usage is recorded on this span.")
    counts = (usage.input_tokens, usage.output_tokens)
    read, written = (MISSING if count is None else count_text(count) for count in counts)
    details = [
        f"{count_text(count)} {words}"
        for count, words in (
            (usage.cache_read_tokens, "of the input read from a cache"),
            (usage.cache_write_tokens, "of the input written to a cache"),
            (usage.reasoning_tokens, "of the output were reasoning"),
        )
        if count
    ]
    note = "; ".join(["Input → output", *details]) + "."
    unit = ", ".join(
        f"{count_text(count)} {word}"
        for count, word in (
            (usage.cache_read_tokens, "cached"),
            (usage.reasoning_tokens, "thought"),
        )
        if count
    )
    return Figure(label="tokens", value=f"{read} → {written}", unit=unit, explanation=note)


def _draw_problem(span: Span) -> None:
    if span.is_stopped:
        message = clean_text(span.status_message or "It was stopped.")
        st.caption(f":material/stop_circle: {plain_label(message, limit=600)}")
    elif span.has_failed:
        message = clean_text(span.status_message or "No message was recorded.")
        st.error(plain_label(message, limit=600), icon=":material/error:")
        if len(message) > 600:
            with st.expander("The whole message", type="compact"):
                st.code(message, language=None, wrap_lines=True)


def _draw_inputs_outputs(span: Span, *, key: str) -> None:
    for name, value in (("Input", span.inputs), ("Output", span.outputs)):
        st.caption(f"**{name}**")
        if value is None:
            st.caption("*Nothing was recorded.*")
        else:
            draw_value(value, name=name.lower(), key=f"{key}.{name.lower()}")


def _draw_events(span: Span, *, key: str) -> None:
    chunk_count = sum(event.name.startswith(trace_names.CHUNK_EVENT) for event in span.events)
    events = [event for event in span.events if not event.name.startswith(trace_names.CHUNK_EVENT)]
    for number, event in enumerate(events[:_SHOWN_EVENTS]):
        _draw_event(span, event, key=f"{key}.event{number}")
    if len(events) > _SHOWN_EVENTS:
        st.caption(f"{plural(len(events) - _SHOWN_EVENTS, 'further event')} not shown.")
    if chunk_count:
        st.caption(f"{plural(chunk_count, 'chunk')} of a stream, recorded as one event each.")


def _draw_event(span: Span, event: SpanEvent, *, key: str) -> None:
    after = duration_text(max(event.time_ns - span.start_ns, 0) / 1e6)
    st.caption(f"**{plain_label(clean_text(event.name))}** · {after} after the span's start")
    if event.name != "exception":
        draw_value(dict(event.attributes), name="event", key=key)
        return
    kind = clean_text(str(event.attributes.get("exception.type") or "Exception"))
    message = clean_text(str(event.attributes.get("exception.message") or ""))
    st.code(f"{kind}: {message}".rstrip(": "), language=None, wrap_lines=True)
    if stack := event.attributes.get("exception.stacktrace"):
        with st.expander("Stack trace", icon=":material/segment:", type="compact", expanded=True):
            draw_long_text(str(stack), name="stack trace", key=f"{key}.stack")
