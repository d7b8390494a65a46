"""One lane's place under one question: its answer as it comes, its figures, buttons and trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gwtrace_core.figures.repeated import (
    Repetition,
    RunFacts,
    describe_repetition,
    make_median_figures,
    summarise_runs,
)
from gwtrace_core.figures.reply_figures import Figure
from gwtrace_core.running.recorder import TraceMissing, TracePending, TraceRecorded
from gwtrace_core.trace.columns import Axis, columns
from gwtrace_core.trace.model import Nanoseconds
from gwtrace_core.trace.tree import TraceTree, build_tree
from pages.ui.compare import ask as asking
from pages.ui.compare.state import CompareLane, CompareRound
from pages.ui.components.figures import figures_strip
from pages.ui.components.trace_tree import trace_tree
from pages.ui.draw.model_text import plain_label
from pages.ui.feedback.words import said_line
from pages.ui.session.kept import open_dialog
from pages.ui.session.turns import ChatTurn, RepeatedTurn
from pages.ui.turn.reply import ReplyPainter
from pages.ui.turn.view import reply_outcome, turn_buttons, turn_figures

_TREE_HEIGHT_PX = 480
"""The most: small traces take less."""


class Cell:
    """What is drawn of one lane's answer; `advance` brings it up to date.

    All of it stands in one body, in the order in which it comes, so that a later run of the page
    changes it without taking it out first. While anything is to come the body is a new one, so
    that nothing of an earlier answer stays there.
    """

    def __init__(
        self, round_: CompareRound, column: CompareLane, *, name: str, has_later: bool
    ) -> None:
        self._round = round_
        self._lane_id = column.lane_id
        self._lane_name = column.name
        self._repeated = round_.repeated.get(column.lane_id)
        self._has_later = has_later
        self._told: tuple[bool, ...] = ()
        self._has_ended = False
        self._is_settled = False
        self._stop_slot: DeltaGenerator | None = None
        self._name_row = _name_row(round_, column, name)
        if self._repeated is not None:
            with st.container(key=f"compare-repeats-{round_.round_id}-{column.lane_id}"):
                self._open_summary = _place(is_final=self.is_over)
            _pager(round_, column.lane_id, self._repeated)
        turn = self.turn
        is_done = turn is not None and turn.snapshot().is_settled
        self._open_body = _place(is_final=is_done)
        self._body = self._open_body()
        self._painter = ReplyPainter(self._body)
        self._trace_slot: DeltaGenerator | None = None
        self._awaits_run = turn is None
        if turn is None:
            self._body.caption(_not_begun(self._repeated))

    def offer_stop(self) -> None:
        """Draw the lane's Stop button, while there is something to stop."""
        if self.has_replied or self._stop_slot is not None:
            return
        self._stop_slot = self._name_row.empty()
        self._stop_slot.button(
            "",
            icon=":material/stop_circle:",
            key=f"compare.stop.{self._round.turns[self._lane_id].turn_id}",
            help=f"Stop lane {self._lane_name}",
            type="tertiary",
            on_click=asking.stop_in_round,
            args=(self._round, self._lane_id),
        )

    @property
    def turn(self) -> ChatTurn | None:
        """The run that is shown; None while it has not begun."""
        return self._round.shown(self._lane_id)

    @property
    def has_replied(self) -> bool:
        """Whether no reply is on its way and no run will follow."""
        if self._repeated is not None:
            return self._repeated.is_over
        return not self._round.turns[self._lane_id].snapshot().reply.running

    @property
    def awaits_first_piece(self) -> bool:
        """Whether a reply is on its way of which nothing has come yet."""
        turn = self.turn
        return turn is not None and turn.snapshot().awaits_first_piece

    @property
    def is_blank(self) -> bool:
        """Whether nothing of the reply is drawn."""
        return self._painter.is_blank

    @property
    def is_over(self) -> bool:
        """Whether nothing of the lane will change: every run has ended, every trace is read."""
        if self._repeated is not None:
            return self._repeated.is_over
        return self._round.turns[self._lane_id].snapshot().is_settled

    @property
    def is_drawn(self) -> bool:
        """Whether all that can be drawn of a lane that is over has been drawn."""
        return self.is_over and (self._is_settled or self.turn is None)

    @property
    def lane_id(self) -> str:
        """Whose cell it is."""
        return self._lane_id

    def strip(self) -> Sequence[Figure]:
        """The figures that stand for the lane: of its one run, or the medians of several."""
        if self._repeated is not None:
            return make_median_figures(_summed(self._repeated))
        turn = self._round.turns[self._lane_id]
        return turn_figures(turn, turn.snapshot())

    def tree(self) -> TraceTree | None:
        """The tree of the run that is shown, once its trace is read."""
        turn = self.turn
        trace = None if turn is None else turn.snapshot().trace
        return build_tree(trace.trace) if isinstance(trace, TraceRecorded) else None

    def advance(self) -> bool:
        """Draw what has come since; True when something was sent."""
        sent = self._advance_summary()
        turn = self.turn
        if self._stop_slot is not None and self.has_replied:
            self._stop_slot.empty()
            self._stop_slot = None
        if turn is None or self._is_settled:
            return sent
        if self._awaits_run:
            self._awaits_run = False
            self._body = self._open_body()
            self._painter = ReplyPainter(self._body)
        snapshot = turn.snapshot()
        if snapshot.reply.running:
            return self._painter.paint(snapshot.reply) or sent
        if not self._has_ended:
            if self._painter.paint(snapshot.reply):
                # Its last words first, and those of the lanes beside it.
                return True
            self._has_ended = sent = True
            self._draw_ended(turn, None)
            if not snapshot.is_settled:
                self._trace_slot = self._body.empty()
                self._trace_slot.caption(":shimmer[Reading the trace from MLflow]")
        if snapshot.is_settled:
            self._is_settled = sent = True
            self._draw_trace(turn, None)
        return sent

    def _advance_summary(self) -> bool:
        if self._repeated is None:
            return False
        is_over = self._repeated.is_over
        told = (is_over, *(turn.is_running for turn in self._repeated.poll()))
        if told == self._told:
            return False
        self._told = told
        # Words only until then: a strip can be drawn once in each run of the page.
        self._draw_summary(self._repeated, self.strip() if is_over else None)
        return True

    def _draw_summary(self, repeated: RepeatedTurn, figures: Sequence[Figure] | None) -> None:
        with self._open_summary():
            summed = _summed(repeated)
            words = plain_label(describe_repetition(summed), limit=300)
            if figures is None or not summed.finished:
                st.caption(words)
            else:
                st.caption(f"{words}. Median (lowest to highest):")
                key = f"compare.medians.{self._round.round_id}.{self._lane_id}"
                figures_strip(figures, key=key)

    def complete(self, figures: Sequence[Figure], longest_ns: int) -> None:
        """Draw all of a lane that is over: its figures held against the others', the common axis.

        `longest_ns` is the duration of the longest trace of the row, in nanoseconds.
        """
        turn = self.turn
        if self._repeated is not None:
            self._draw_summary(self._repeated, figures)
        if turn is not None:
            self._draw_ended(turn, figures if self._repeated is None else None)
            self._draw_trace(turn, longest_ns)

    def _draw_ended(self, turn: ChatTurn, figures: Sequence[Figure] | None) -> None:
        snapshot = turn.snapshot()
        self._painter.finish(snapshot.reply)
        shown = turn_figures(turn, snapshot) if figures is None else figures
        with self._body:
            reply_outcome(snapshot.reply)
            if turn.distinct_line:
                line = plain_label(turn.distinct_line, limit=200)
                st.caption(f":material/fingerprint: Its system prompt ended in: {line}")
            figures_strip(shown, key=f"compare.figures.{turn.turn_id}")
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                turn_buttons(
                    turn,
                    snapshot.reply.text,
                    page="compare",
                    regenerate=asking.regenerate,
                    show_code=_asker("code"),
                    open_mlflow=_asker("mlflow"),
                    regenerate_help=self._regenerate_help(),
                )
            said_line(turn.assessments)

    def _regenerate_help(self) -> str:
        words = "Ask this lane again"
        if self._repeated is not None:
            words += f", {self._repeated.planned} times"
        if self._has_later:
            words += (
                ". Later answers that went on from this one leave; their traces stay in MLflow."
            )
        return words

    def _draw_trace(self, turn: ChatTurn, longest_ns: int | None) -> None:
        state = turn.snapshot().trace
        match state:
            case TraceRecorded(trace=trace):
                tree = build_tree(trace)
                end_ns = tree.end_ns if longest_ns is None else tree.start_ns + longest_ns
                axis = Axis(start_ns=tree.start_ns, end_ns=Nanoseconds(end_ns))
                key = f"compare.tree.{turn.turn_id}"
                with self._trace_slot or self._body:
                    trace_tree(columns(tree, axis=axis), key=key, height=_TREE_HEIGHT_PX)
            case TraceMissing(reason=reason):
                with self._trace_slot or self._body:
                    st.caption(f"No trace: {plain_label(reason, limit=300)}")
            case TracePending():
                pass
            case _:
                assert_never(state)


def _name_row(round_: CompareRound, column: CompareLane, words: str) -> DeltaGenerator:
    """Which lane it is, and where its Stop button stands."""
    row = st.container(
        horizontal=True,
        vertical_alignment="center",
        gap="xsmall",
        wrap=False,
        key=f"compare-name-{round_.round_id}-{column.lane_id}",
    )
    row.caption(f":violet-badge[{column.name}] {plain_label(words)}")
    return row


def _place(*, is_final: bool) -> Callable[[], DeltaGenerator]:
    """Gives the container to draw in: a new one each time, unless nothing in it will change."""
    if not is_final:
        return st.empty().container
    container = st.container()
    return lambda: container


def _pager(round_: CompareRound, lane_id: str, repeated: RepeatedTurn) -> None:
    key = f"compare.run.{round_.round_id}.{lane_id}"
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption("Run", width="content")
        repeated.shown = st.pagination(
            repeated.planned,
            default=repeated.shown,
            # Of the width of its content it takes itself for too narrow, and leaves numbers out.
            width="stretch",
            key=key,
            persist_state="session",
        )


def _summed(repeated: RepeatedTurn) -> Repetition:
    return summarise_runs([run_facts(turn) for turn in repeated.poll()], planned=repeated.planned)


def run_facts(turn: ChatTurn) -> RunFacts:
    """What counts of a run when several are summed up."""
    snapshot = turn.snapshot()
    costs = [each.amount for each in turn_figures(turn, snapshot) if each.label == "cost"]
    return RunFacts(reply=snapshot.reply, cost_usd=costs[0] if costs else None)


def _not_begun(repeated: RepeatedTurn | None) -> str:
    over = repeated is not None and repeated.is_over
    return "This run was not made." if over else "This run is still to come."


def _asker(name: str) -> Callable[[str], None]:
    return lambda turn_id: open_dialog(name, turn_id)
