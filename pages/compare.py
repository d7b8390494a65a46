"""The compare page: one question to several lanes at once, every answer with its own trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.compare import actions, ask, board, watch
from pages.ui.compare.batch import draw_batch_view
from pages.ui.compare.batch_state import BatchState
from pages.ui.compare.blind import draw_blind_round, wait_for_answers
from pages.ui.compare.cell import Cell
from pages.ui.compare.handed_over import take_over
from pages.ui.compare.history import keep_address, restore_comparison
from pages.ui.compare.report import draw_comparison_report
from pages.ui.compare.state import CompareRound, CompareState
from pages.ui.compare.toolbar import draw_toolbar
from pages.ui.compare.views import draw_comparison_views
from pages.ui.components.into_view import into_view
from pages.ui.draw.layout import open_board, open_views_below
from pages.ui.feedback.state import find_open_form
from pages.ui.lane.wait_for_pickers import is_awaited, note_picks
from pages.ui.session.filled_message import place_in_box
from pages.ui.session.handover import ComparedLanes, CompareInbox
from pages.ui.session.kept import recall
from pages.ui.turn.dialogs import DialogKind, draw_asked_dialog, open_dialog
from pages.ui.turn.message_box import draw_message_box

Awaited = tuple[CompareRound, DeltaGenerator]
"""A blind question whose answers are not all in, and where it says how many are."""

recall(CompareInbox).receive(take_over)
restore_comparison()
actions.set_up()
state = recall(CompareState)
recall(ComparedLanes).count = len(state.lanes)
keep_address()
top = st.container()
is_streaming = state.is_running and not recall(BatchState).is_shown
if not is_streaming:
    # What is switched there counts for what is drawn below it.
    with top:
        draw_toolbar(state)


def _draw_heads(cells: Sequence[Cell] = ()) -> None:
    if state.is_hidden:
        st.caption("Which lane is which shows after the vote.")
    else:
        board.draw_lane_heads(state, cells)
        actions.keep_link()
    note_picks("compare")


def _draw_board() -> None:
    """The board: every question with each lane's answer, and the box for the next."""
    newest = state.rounds[-1] if state.rounds else None
    is_growing = is_streaming and newest is not None and newest.is_running
    growing = newest.round_id if newest is not None and is_growing else None
    with open_board(len(state.lanes)), st.container():
        heads = st.container()
        if is_awaited("compare"):
            with heads:
                _draw_heads()
            # What has waited is done: a question that was sent so is drawn like any other.
            st.rerun()
        place_in_box("compare", state.filled)
        bar = draw_message_box(
            "compare",
            notice=state.notice,
            is_running=state.is_running,
            send=ask.send,
            stop=ask.stop_all,
            placeholder="Ask all lanes",
            stop_label="Stop all",
        )
        # Has its place also when there is an answer: its buttons would stand there, faded, until
        # all lanes have ended.
        beginning = st.empty()
        if not state.rounds:
            with beginning.container(key="compare-beginning"):
                board.draw_empty()
        places = board.place_rounds(state)
    cells, awaited = _draw_rounds(places, growing)
    if is_streaming:
        with top:
            draw_toolbar(state)
    with heads:
        _draw_heads(cells)

    # A dialog must not wait for the slowest lane, and stay when the page is drawn whole.
    dialog = draw_asked_dialog("compare", state, report=lambda: draw_comparison_report(state))
    if cells or awaited:
        _watch(cells, awaited, bar.take_stop_away, dialog)
        return
    bar.take_stop_away()
    if any(not round_.is_hidden for round_ in state.rounds):
        with open_views_below():
            draw_comparison_views(state)


def _draw_rounds(places: board.Places, growing: str | None) -> tuple[list[Cell], list[Awaited]]:
    """The lanes' answers to each question; those on their way, and the blind ones awaited."""
    # The newest first, and all else after its first tokens: those must not wait until eight lanes
    # of earlier answers are drawn, which stand there from the run of the page before.
    cells: list[Cell] = []
    awaited: list[Awaited] = []
    for round_, place in reversed(places.shown):
        if round_.round_id == growing:
            watch.hold(round_)
        with place:
            board.draw_question(state, round_)
            if not round_.is_hidden:
                cells += board.draw_round(state, round_, cells)
            elif (slot := draw_blind_round(round_)) is not None:
                awaited.append((round_, slot))
        if round_.round_id == growing:
            _scroll_to(board.question_key(round_))
        elif round_.round_id == state.revealed_id:
            state.revealed_id = None
            _scroll_to(board.voted_key(round_))
        if round_ is state.rounds[-1]:
            watch.await_first_pieces(cells)
            places.clear()
        watch.offer_stops(cells)
    return cells, awaited


def _scroll_to(key: str) -> None:
    # Where nothing follows that would get another place by it.
    with st.bottom:
        into_view(key)


def _watch(
    cells: list[Cell],
    awaited: Sequence[Awaited],
    on_replied: Callable[[], None],
    dialog: tuple[DialogKind, str] | None,
) -> None:
    """Draw what comes until every lane is whole, then the page with all that it holds."""
    # In the place of the views: they would show an earlier state as if it were the newest.
    place_of_views = st.empty()
    if cells:
        place_of_views.caption(":shimmer[Table and views come when every lane has ended]")
    if find_open_form() is not None:
        # A click in the form would wait for the slowest lane; closing it draws the page again.
        watch.advance(cells)
        return
    if cells:
        watch.watch(cells, on_replied)
    for round_, slot in awaited:
        wait_for_answers(round_, slot)
    if dialog is not None:
        open_dialog(*dialog)
    st.rerun()


if recall(BatchState).is_shown:
    with open_board(len(state.lanes)), st.container():
        _draw_heads()
    draw_batch_view(state)
    draw_asked_dialog("compare", state, report=lambda: draw_comparison_report(state))
else:
    _draw_board()
