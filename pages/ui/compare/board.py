"""The board: a column for each lane, a row for each question, everything streaming at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gwtrace_core.demo_gateway.common.examples import EXAMPLE_PROMPTS
from gwtrace_core.figures.reply_figures import compare_figures
from gwtrace_core.lanes.lanes import MAX_LANES
from gwtrace_core.values.text import plural
from pages.ui.compare import actions as act
from pages.ui.compare import ask as asking
from pages.ui.compare.blind import vote_words
from pages.ui.compare.cell import Cell
from pages.ui.compare.names import short_names
from pages.ui.compare.state import CompareLane, CompareRound, CompareState
from pages.ui.compare.watch import advance
from pages.ui.draw.model_text import model_markdown, plain_label
from pages.ui.draw.pictures import draw_pictures
from pages.ui.draw.price_risk import say_lane_risk
from pages.ui.lane.picker import stacked_lane_picker
from pages.ui.session.kept import compare
from pages.ui.session.services import connections
from pages.ui.turn.view import path_caption

_SHOWN_CELLS = 16
"""Answers that are drawn at first: every click draws them again, and a tree each."""


def lane_heads(state: CompareState, cells: Sequence[Cell]) -> None:
    """The lanes' names, menus and pickers; `cells` are brought up to date meanwhile."""
    offered = connections()
    for place, column in zip(_row(state, "head"), state.lanes, strict=True):
        advance(cells)
        with place:
            # The head names what is picked below it, so it is filled in afterwards.
            head = st.container()
            key = act.lane_key(column.lane_id)
            setup = st.expander(
                "Set up this lane", key=_head_key(column.lane_id, "open"), on_change="rerun"
            )
            # Drawn only when open: eight lanes' pickers would be sent again with every click.
            if setup.open:
                with setup:
                    column.lane = stacked_lane_picker(column.lane, offered, key=key)
            with head:
                _head(state, column)
            if why := act.why_not_here(column.lane):
                # Below, so that the heads beside it stay in line.
                st.markdown(f":small[:red[:material/link_off: {plain_label(why, limit=300)}]]")
            say_lane_risk(column.lane, offered)


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
            key=_head_key(column.lane_id, "menu"),
            on_click=_menu_clicked,
            args=(column.lane_id,),
        )
        with st.container(gap=None, key=f"compare-lane-name-{column.lane_id}"):
            st.markdown(f"**{plain_label(column.lane.model)}**{badge}")
            st.caption(path_caption(column.lane))


def _head_key(lane_id: str, name: str) -> str:
    # Not among the picker's, which are forgotten when the lane is replaced.
    return f"compare.head.{lane_id}.{name}"


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
    act.lane_menu(lane_id, st.session_state.get(_head_key(lane_id, "menu")))


def draw_empty() -> None:
    """What will be here, and questions to begin with."""
    st.caption(
        "Every lane gets the same question, streams on its own and shows its own trace; "
        "all traces share one time axis."
    )
    with st.container(horizontal=True, gap="small"):
        for example in EXAMPLE_PROMPTS:
            st.button(
                example.title,
                icon=":material/north_east:",
                key=f"compare.example.{example.title}",
                help=example.text,
                on_click=asking.ask_example,
                args=(example.text,),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where rounds are drawn."""

    shown: Sequence[tuple[CompareRound, DeltaGenerator]]
    """Oldest first."""
    leaving: DeltaGenerator | None
    """Where a round stands that the newest one drives out."""

    def clear(self) -> None:
        """Take away the round that leaves."""
        if self.leaving is not None:
            with self.leaving:
                # In the places of its question and its answers.
                st.empty()
                st.empty()


def place_rounds(state: CompareState) -> Places:
    """The newest rounds get a place each; those before are behind a button.

    All of them do once it was clicked. A round keeps its place in every run of the page: what was
    drawn there before stays until it is drawn again.
    """
    count = max(2, _SHOWN_CELLS // len(state.lanes))
    hidden = 0 if state.shows_earlier else max(0, len(state.rounds) - count)
    is_one_leaving = hidden > 0 and state.rounds[-1].is_running
    with st.container():
        if hidden:
            st.button(
                f"Show {plural(hidden, 'earlier question')}",
                key="compare.earlier",
                type="tertiary",
                on_click=_show_earlier,
            )
    for _ in range(hidden - 1 if is_one_leaving else hidden):
        st.empty()
    # Left as it is for now: the browser has enough to do until the first tokens are there.
    leaving = st.container(key=_row_key(state.rounds[hidden - 1])) if is_one_leaving else None
    shown = [(round_, st.container(key=_row_key(round_))) for round_ in state.rounds[hidden:]]
    return Places(shown=shown, leaving=leaving)


def _row_key(round_: CompareRound) -> str:
    return f"compare-row-{round_.round_id}"


def _show_earlier() -> None:
    compare().shows_earlier = True


def question_key(round_: CompareRound) -> str:
    """Of the container that `draw_question` draws in."""
    return f"compare-question-{round_.round_id}"


def voted_key(round_: CompareRound) -> str:
    """Of the container with what was voted on a blind round, in that of its question."""
    return f"compare-voted-{round_.round_id}"


def draw_question(state: CompareState, round_: CompareRound) -> None:
    """What was asked of all lanes, what was voted on a blind round, and what was promoted."""
    with st.container(border=True, key=question_key(round_)):
        # Scrolls by itself when it is long: the answers would be below the window.
        asked = "asking" if round_.is_running else "asked"
        with st.container(key=f"compare-{asked}-{round_.round_id}"):
            st.markdown(f":material/person: {model_markdown(round_.message.text)}")
        if round_.message.images:
            draw_pictures(round_.message.images, width=120)
        if words := vote_words(state, round_):
            with st.container(key=voted_key(round_)):
                st.caption(f":material/how_to_vote: {words}")
        if round_.promoted_lane_id is not None:
            name = act.letter(state, round_.promoted_lane_id)
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                st.caption(f":material/merge: Every lane goes on from lane {name}'s answer.")
                st.button(
                    "Undo",
                    key=f"compare.unpromote.{round_.round_id}",
                    type="tertiary",
                    help="Each lane goes on from its own answers again, in every turn.",
                    on_click=act.take_promotion_back,
                )


def draw_round(
    state: CompareState, round_: CompareRound, watched: Sequence[Cell] = ()
) -> list[Cell]:
    """Each lane's cell. Returns those to watch: none once the round is complete.

    A complete round is drawn whole, the best marked and the traces on one axis; earlier rounds
    do not wait for a later one. `watched` are cells that are brought up to date meanwhile.
    """
    cells: list[Cell] = []
    has_later = round_ is not state.rounds[-1]
    asked = [column.lane_id for column in state.lanes if column.lane_id in round_.turns]
    lanes = [round_.turns[lane_id].lane for lane_id in asked]
    names = dict(zip(asked, short_names(lanes), strict=True))
    for place, column in zip(_row(state, round_.round_id), state.lanes, strict=True):
        with place:
            if column.lane_id in round_.turns:
                name = names[column.lane_id]
                cells.append(Cell(round_, column, name=name, has_later=has_later))
            else:
                reason = round_.withdrawn.get(column.lane_id, "This lane was added later.")
                st.caption(reason)
        advance(watched)
    if not all(cell.is_over for cell in cells):
        return cells
    ids = [cell.lane_id for cell in cells]
    baseline = ids.index(state.baseline_id) if state.baseline_id in ids else None
    strips = compare_figures([cell.strip() for cell in cells], baseline=baseline)
    trees = [tree for cell in cells if (tree := cell.tree()) is not None]
    longest_ns = max((tree.end_ns - tree.start_ns for tree in trees), default=0)
    for cell, figures in zip(cells, strips, strict=True):
        cell.complete(figures, longest_ns)
        advance(watched)
    return []
