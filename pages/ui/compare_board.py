"""The board: a column for each lane, a row for each question, everything streaming at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gwtrace_core.figures import compared
from gwtrace_core.lanes import MAX_LANES
from gwtrace_core.running.recording import TraceMissing, TracePending, TraceRecorded
from gwtrace_core.trace.columns import Axis, columns
from gwtrace_core.trace.model import Nanoseconds
from gwtrace_core.trace.tree import TraceTree, build_tree
from pages.ui import compare_actions as act
from pages.ui.compare_blind import vote_words
from pages.ui.figures import figures_strip
from pages.ui.lane_picker import stacked_lane_picker
from pages.ui.model_text import model_markdown, plain_label
from pages.ui.reply_view import ReplyPainter
from pages.ui.services import connections
from pages.ui.state import (
    ChatTurn,
    CompareLane,
    CompareRound,
    CompareState,
    open_dialog,
    yield_to_clicks,
)
from pages.ui.trace_tree import trace_tree
from pages.ui.turn_view import lane_caption, path_caption, reply_outcome, turn_buttons, turn_figures

_TICK_S = 0.05
_TREE_HEIGHT_PX = 260


@dataclass(slots=True, kw_only=True)
class Cell:
    """One lane's place in one row, and what has been drawn in it."""

    turn: ChatTurn
    painter: ReplyPainter
    stop_slot: DeltaGenerator
    outcome: DeltaGenerator
    figures: DeltaGenerator
    buttons: DeltaGenerator
    trace: DeltaGenerator
    has_ended: bool = field(default=False)


def lane_heads(state: CompareState) -> None:
    """The lanes' names, menus and pickers."""
    offered = connections()
    for place, column in zip(_row(state, "head"), state.lanes, strict=True):
        with place:
            # The head names what is picked below it, so it is filled in afterwards.
            head = st.container()
            with st.expander("Set up this lane", key=f"{act.lane_key(column.lane_id)}.open"):
                column.lane = stacked_lane_picker(
                    column.lane, offered, key=act.lane_key(column.lane_id)
                )
            with head:
                _head(state, column)


def _row(state: CompareState, name: str) -> list[DeltaGenerator]:
    places = st.columns(len(state.lanes), gap="medium", wrap=False)
    return [
        place.container(key=f"compare-cell-{name}-{column.lane_id}")
        for place, column in zip(places, state.lanes, strict=True)
    ]


def _head(state: CompareState, column: CompareLane) -> None:
    is_baseline = state.baseline_id == column.lane_id
    badge = " :gray-badge[baseline]" if is_baseline else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False):
        st.menu_button(
            f"Lane {column.name}",
            _menu(state, column),
            key=f"{act.lane_key(column.lane_id)}.menu",
            on_click=_menu_clicked,
            args=(column.lane_id,),
        )
        with st.container(gap=None):
            st.markdown(f"**{plain_label(column.lane.model)}**{badge}")
            st.caption(path_caption(column.lane))


def _menu(state: CompareState, column: CompareLane) -> list[str]:
    index = state.lanes.index(column)
    entries = {
        "Duplicate": len(state.lanes) < MAX_LANES,
        "Move left": index > 0,
        "Move right": index < len(state.lanes) - 1,
        "Baseline": len(state.lanes) > 1,
        "Promote": bool(state.rounds),
        "Remove": len(state.lanes) > 1,
    }
    return [entry for entry, is_possible in entries.items() if is_possible]


def _menu_clicked(lane_id: str) -> None:
    act.lane_menu(lane_id, st.session_state.get(f"{act.lane_key(lane_id)}.menu"))


def draw_question(state: CompareState, round_: CompareRound) -> None:
    """What was asked of all lanes, and what was voted on a blind round."""
    with st.container(border=True, key=f"compare-question-{round_.round_id}"):
        st.markdown(f":material/person: {model_markdown(round_.message.text)}")
        if round_.message.images:
            st.image([image.data for image in round_.message.images], width=120)
        if words := vote_words(state, round_):
            st.caption(f":material/how_to_vote: {words}")


def draw_round(state: CompareState, round_: CompareRound) -> list[Cell]:
    """Each lane's cell, as far as the replies have come."""
    cells: list[Cell] = []
    for place, column in zip(_row(state, round_.round_id), state.lanes, strict=True):
        turn = round_.turns.get(column.lane_id)
        with place:
            if turn is None:
                st.caption("This lane was added later.")
            else:
                cells.append(_cell(column, turn))
    return cells


def _cell(column: CompareLane, turn: ChatTurn) -> Cell:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False):
        st.caption(f":violet-badge[{column.name}] {lane_caption(turn.lane)}")
        stop_slot = st.empty()
        if turn.snapshot().reply.running:
            stop_slot.button(
                "",
                icon=":material/stop_circle:",
                key=f"compare.stop.{turn.turn_id}",
                help=f"Stop lane {column.name}",
                type="tertiary",
                on_click=act.stop_lane,
                args=(column.lane_id,),
            )
    return Cell(
        turn=turn,
        painter=ReplyPainter(st.container()),
        stop_slot=stop_slot,
        outcome=st.container(),
        figures=st.container(),
        buttons=st.container(),
        trace=st.empty(),
    )


def draw_settled(state: CompareState, round_: CompareRound, cells: Sequence[Cell]) -> bool:
    """Draw a round whole if nothing of it is under way; False otherwise.

    Earlier rounds must not wait for a later one: their figures and trees would go meanwhile.
    """
    if not all(cell.turn.snapshot().is_settled for cell in cells):
        return False
    watch(cells)
    end_round(state, round_, cells)
    draw_traces(cells)
    return True


def watch(cells: Sequence[Cell]) -> None:
    """Paint until every reply has ended; a lane that ends says how while the others go on."""
    while True:
        running = [cell for cell in cells if not cell.has_ended]
        sent = False
        for cell in running:
            reply = cell.turn.snapshot().reply
            sent |= cell.painter.paint(reply)
            if not reply.running:
                cell.has_ended = True
                cell.painter.finish(reply)
                cell.stop_slot.empty()
                with cell.outcome:
                    reply_outcome(reply)
        if all(cell.has_ended for cell in cells):
            return
        if not sent:
            yield_to_clicks()
        time.sleep(_TICK_S)


def end_round(state: CompareState, round_: CompareRound, cells: Sequence[Cell]) -> None:
    """Figures with the best marked, and the buttons; for a round whose replies have all ended."""
    strips = [turn_figures(cell.turn, cell.turn.snapshot()) for cell in cells]
    base = round_.turns.get(state.baseline_id or "")
    baseline = next((index for index, cell in enumerate(cells) if cell.turn is base), None)
    for cell, figures in zip(cells, compared(strips, baseline=baseline), strict=True):
        with cell.figures:
            figures_strip(figures, key=f"compare.figures.{cell.turn.turn_id}")
        with (
            cell.buttons,
            st.container(horizontal=True, vertical_alignment="center", gap="xsmall"),
        ):
            turn_buttons(
                cell.turn,
                cell.turn.snapshot().reply.text,
                page="compare",
                regenerate=act.regenerate,
                show_code=_asker("code"),
                open_mlflow=_asker("mlflow"),
            )


def _asker(name: str) -> Callable[[str], None]:
    return lambda turn_id: open_dialog(name, turn_id)


def wait_for_traces(cells: Sequence[Cell]) -> None:
    """Until MLflow has each trace, or it is known why not."""
    for cell in cells:
        if not cell.turn.snapshot().is_settled:
            cell.trace.caption(":shimmer[Reading the trace from MLflow]")
    while not all(cell.turn.snapshot().is_settled for cell in cells):
        yield_to_clicks()
        time.sleep(_TICK_S / 2)


def draw_traces(cells: Sequence[Cell]) -> None:
    """Each lane's tree under its answer, all on one time axis."""
    trees: dict[str, TraceTree] = {}
    for cell in cells:
        state = cell.turn.snapshot().trace
        match state:
            case TraceRecorded(trace=trace):
                trees[cell.turn.turn_id] = build_tree(trace)
            case TraceMissing(reason=reason):
                cell.trace.caption(f"No trace: {plain_label(reason, limit=300)}")
            case TracePending():
                cell.trace.empty()
    longest_ns = max((tree.end_ns - tree.start_ns for tree in trees.values()), default=0)
    for cell in cells:
        tree = trees.get(cell.turn.turn_id)
        if tree is None:
            continue
        axis = Axis(start_ns=tree.start_ns, end_ns=Nanoseconds(tree.start_ns + longest_ns))
        with cell.trace.container():
            trace_tree(
                columns(tree, axis=axis),
                key=f"compare.tree.{cell.turn.turn_id}",
                height=_TREE_HEIGHT_PX,
            )
