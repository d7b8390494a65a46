"""The trace of the selected turn: progress while it runs, then tree, waterfall and span details."""

from __future__ import annotations

import time
from typing import assert_never

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gwtrace_core.running.recorder import TraceMissing, TracePending, TraceRecorded, TraceState
from gwtrace_core.running.run import RunSnapshot
from gwtrace_core.trace.columns import columns
from gwtrace_core.trace.ending import is_cut
from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.tree import TraceTree, build_tree
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.reply import ToolBlock
from gwtrace_core.values.text import duration_text, plural
from pages.ui.components.trace_tree import trace_tree
from pages.ui.draw.model_text import plain_label
from pages.ui.session.kept import yield_to_clicks
from pages.ui.session.services import services
from pages.ui.session.turns import ChatTurn
from pages.ui.trace.link import draw_traces_link
from pages.ui.trace.span import draw_span_details

_REPAINT_S = 0.2
_SHOWN_DEFECTS = 5
_TICK_S = 0.1


class Progress:
    """What a run is doing, by our own stopwatch, until MLflow has its trace. Repaints sparingly."""

    def __init__(self, slot: DeltaGenerator) -> None:
        self._slot = slot
        self._text: DeltaGenerator | None = None
        self._painted_s = 0.0
        self._started_s = time.monotonic()

    def paint(self, snapshot: RunSnapshot) -> None:
        """Show the steps so far, at most five times a second."""
        now_s = time.monotonic()
        if now_s - self._painted_s < _REPAINT_S:
            return
        self._painted_s = now_s
        lines = _list_steps(snapshot, waited_ms=(now_s - self._started_s) * 1000)
        if self._text is None:
            # The form that the panel has later; afterwards only the text is sent.
            with self._slot.container(), st.container(border=True):
                st.markdown("**Under way** :gray-badge[not yet recorded]")
                self._text = st.empty()
        self._text.caption("  \n".join(lines))


def _list_steps(snapshot: RunSnapshot, *, waited_ms: float) -> list[str]:
    reply = snapshot.reply
    if not snapshot.is_begun:
        return [f":shimmer[Loading MLflow and the SDK] · {duration_text(waited_ms)}"]
    if not reply.running:
        return [":shimmer[Reading the trace from MLflow]"]
    lines = [f"{plural(reply.model_request_count, 'model request')} sent"]
    if reply.first_token_ms is None:
        lines.append(f":shimmer[Waiting for the first token] · {duration_text(waited_ms)}")
    else:
        lines.append(
            f"First token after {duration_text(reply.first_token_ms)}, "
            f"{plural(reply.chunk_count, 'piece')} so far"
        )
    lines += [_tool_step_text(tool) for tool in reply.tool_calls]
    return lines


def _tool_step_text(tool: ToolBlock) -> str:
    name = plain_label(tool.name or "tool")
    if tool.content is None:
        return f":material/build: {name} :shimmer[running]"
    return f":material/build: {name} answered"


def draw_trace_panel(turn: ChatTurn, snapshot: RunSnapshot, *, key: str) -> None:
    """Draw the recorded trace of an ended turn, or why there is none."""
    state = read_settled(snapshot.trace)
    match state:
        case TraceRecorded(trace=trace):
            _draw_trace(trace, key=key)
        case TraceMissing(reason=reason):
            with st.container(border=True):
                st.markdown("**No trace of this turn**")
                st.caption(plain_label(reason, limit=600))
        case TracePending():
            st.skeleton(height=180)
        case _:
            assert_never(state)


def read_settled(state: TraceState) -> TraceState:
    """A turn that came from MLflow knows only its trace id; fetch the trace itself."""
    if not isinstance(state, TracePending) or state.trace_id is None:
        return state
    try:
        opening = services().traces.open_trace(state.trace_id)
        while not opening.wait(_TICK_S):
            yield_to_clicks()
        view = opening.view()
    except TrackingError as error:
        return TraceMissing(reason=f"{error.message} {error.hint}".strip())
    if view is None:
        return TraceMissing(reason="MLflow no longer has this trace.")
    return TraceRecorded(trace=view.trace)


def _draw_trace(trace: Trace, *, key: str) -> None:
    tree = build_tree(trace)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _draw_header(trace)
        draw_traces_link(trace.trace_id, key=f"{key}.traces")
    _draw_defects(tree, is_cut=is_cut(trace.summary))
    row_id = trace_tree(columns(tree), key=f"{key}.tree", selected=find_initial_span(trace))
    row = tree.find(row_id)
    if row is not None:
        draw_span_details(trace, row.span, key=f"{key}.span")


def _draw_defects(tree: TraceTree, *, is_cut: bool) -> None:
    """What is wrong with the recording; a span that still runs, or was cut off, is not."""
    has_open_spans = tree.is_running or is_cut
    found = [
        defect.message
        for defect in tree.defects
        if not (has_open_spans and defect.kind == "no_end")
    ]
    for message in found[:_SHOWN_DEFECTS]:
        st.caption(f":material/warning: {plain_label(message, limit=200)}")
    if len(found) > _SHOWN_DEFECTS:
        st.caption(f"… and {plural(len(found) - _SHOWN_DEFECTS, 'more defect')}.")


def find_initial_span(trace: Trace) -> str | None:
    """The span to open first: what failed deepest, else the newest answer of a model."""
    failed = [span for span in trace.spans if span.has_failed and span.parent_id]
    if failed:
        return failed[-1].span_id
    answered = [span for span in trace.spans if span.kind in {"CHAT_MODEL", "LLM"}]
    if answered:
        return answered[-1].span_id
    return trace.spans[0].span_id if trace.spans else None


def _draw_header(trace: Trace) -> None:
    summary = trace.summary
    badge = {
        "ok": ":green-badge[:material/check: OK]",
        "error": ":red-badge[:material/error: Error]",
        "in_progress": ":blue-badge[Running]",
        "cut": ":orange-badge[:material/power_off: Cut off]",
        "unset": ":gray-badge[No status]",
    }[summary.status]
    if any(span.is_stopped for span in trace.spans):
        badge = ":orange-badge[:material/stop_circle: Stopped]"
    took = "" if summary.duration_ms is None else f" · {duration_text(summary.duration_ms)}"
    st.markdown(
        f"**Trace** {badge} :small[{plural(len(trace.spans), 'span')}{took} · `{trace.trace_id}`]",
        width="content",
    )
