"""Below the board: one view of a round at a time, drawn only when it is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from gwtrace_core.running.recorder import TraceRecorded
from gwtrace_core.trace.columns import Axis, columns
from gwtrace_core.trace.diff.diff import diff_traces
from gwtrace_core.trace.ending import has_ended
from gwtrace_core.trace.model import Nanoseconds, Trace
from gwtrace_core.trace.parity.parity import parity
from gwtrace_core.trace.tree import build_tree
from pages.ui.compare.blind import draw_score_tables
from pages.ui.compare.names import list_short_names
from pages.ui.compare.state import CompareRound, CompareState
from pages.ui.compare.table import draw_comparison_table
from pages.ui.components.answer_diff import answer_diff
from pages.ui.components.parity_view import parity_view
from pages.ui.components.trace_tree import trace_tree
from pages.ui.draw.model_text import plain_label
from pages.ui.session.turns import ChatTurn
from pages.ui.trace.diff import draw_trace_diff
from pages.ui.trace.link import draw_traces_link

_LANES_TREE_PX = 480


def draw_comparison_views(state: CompareState) -> None:
    """Draw the chooser and the chosen view, of the newest round that is revealed."""
    round_ = next(each for each in reversed(state.rounds) if not each.is_hidden)
    named = [
        (f"Lane {column.name}", turn)
        for column in state.lanes
        if (turn := round_.shown(column.lane_id)) is not None
    ]
    views: Mapping[str, Callable[[], None]] = {
        "Table": lambda: draw_comparison_table(state),
        "Traces aligned": lambda: _draw_traces_aligned(round_, named),
        "Trace diff": lambda: _draw_trace_diff(named),
        "Answer diff": lambda: _draw_answer_diff(named),
        "Parity": lambda: _draw_parity(named),
        "Scores": draw_score_tables,
    }
    chosen = st.segmented_control(
        "View",
        list(views),
        default="Table",
        required=True,
        key="compare.view",
        label_visibility="collapsed",
        persist_state="session",
    )
    views.get(chosen or "Table", views["Table"])()


def _find_trace(turn: ChatTurn) -> Trace | None:
    state = turn.snapshot().trace
    return state.trace if isinstance(state, TraceRecorded) else None


def _draw_traces_aligned(round_: CompareRound, named: Sequence[tuple[str, ChatTurn]]) -> None:
    """All trees below each other at full width, on the axis of the longest."""
    trees = [
        (label, turn, build_tree(trace))
        for label, turn in named
        if (trace := _find_trace(turn)) is not None
    ]
    if not trees:
        st.caption("No trace of this round was recorded.")
        return
    longest_ns = max(tree.end_ns - tree.start_ns for _, _, tree in trees)
    names = list_short_names([turn.lane for _, turn, _ in trees])
    for name, (label, turn, tree) in zip(names, trees, strict=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(f"**{label}** {plain_label(name)}", width="content")
            key = f"compare.traces.{round_.round_id}.{turn.turn_id}"
            draw_traces_link(tree.trace_id, key=key)
        axis = Axis(start_ns=tree.start_ns, end_ns=Nanoseconds(tree.start_ns + longest_ns))
        key = f"compare.aligned.{round_.round_id}.{turn.turn_id}"
        trace_tree(columns(tree, axis=axis), key=key, height=_LANES_TREE_PX)


def _pick_pair(
    named: Sequence[tuple[str, ChatTurn]], *, key: str
) -> tuple[tuple[str, ChatTurn], tuple[str, ChatTurn]] | None:
    """Two lanes to hold against each other; None when there are not two."""
    if len(named) < 2:
        st.caption("It takes two lanes.")
        return None
    labels = [label for label, _ in named]
    with st.container(horizontal=True, gap="small"):
        left = st.selectbox("Left", labels, index=0, key=f"{key}.left", width=160)
        right = st.selectbox("Right", labels, index=1, key=f"{key}.right", width=160)
    by_label = dict(named)
    return (left, by_label[left]), (right, by_label[right])


def _draw_trace_diff(named: Sequence[tuple[str, ChatTurn]]) -> None:
    pair = _pick_pair(named, key="compare.trace_diff")
    if pair is None:
        return
    (left_label, left), (right_label, right) = pair
    traces = _find_trace(left), _find_trace(right)
    if traces[0] is None or traces[1] is None:
        st.caption("One of the two has no recorded trace.")
        return
    names = list_short_names([left.lane, right.lane])
    draw_trace_diff(
        diff_traces(traces[0], traces[1]),
        left_label=f"{left_label} · {names[0]}",
        right_label=f"{right_label} · {names[1]}",
        key=f"compare.trace_diff.{left.turn_id}.{right.turn_id}",
    )


def _draw_answer_diff(named: Sequence[tuple[str, ChatTurn]]) -> None:
    pair = _pick_pair(named, key="compare.answer_diff")
    if pair is None:
        return
    (left_label, left), (right_label, right) = pair
    names = list_short_names([left.lane, right.lane])
    answer_diff(
        left.snapshot().reply.text,
        right.snapshot().reply.text,
        left_label=f"{left_label} · {names[0]}",
        right_label=f"{right_label} · {names[1]}",
        key=f"compare.answer_diff.{left.turn_id}.{right.turn_id}",
    )


def _draw_parity(named: Sequence[tuple[str, ChatTurn]]) -> None:
    columns_ = [
        (f"{label} · {turn.lane.sdk_path.label}", parity(turn.snapshot().reply, trace, turn.lane))
        for label, turn in named
        if (trace := _find_trace(turn)) is not None and has_ended(trace.summary)
    ]
    if not columns_:
        st.caption("No trace of this round was recorded.")
        return
    st.caption(
        "Parity: does each trace tell what really happened? Every cell holds what was recorded "
        "against what the app itself saw, so that a gap in a recording is not taken for the "
        "model's."
    )
    parity_view(columns_, key="compare.parity")
