"""The report of a comparison as it stands on its page."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from gwtrace_core.figures.repeated import summarise_runs
from gwtrace_core.figures.reply_figures import compare_figures
from pages.ui.compare.blind import vote_text
from pages.ui.compare.cell import run_facts
from pages.ui.compare.state import CompareRound, CompareState
from pages.ui.lane.turn_requests import find_call
from pages.ui.report.content import build_input, build_turn, read_snapshot
from pages.ui.report.preview import preview_report, title_lanes
from pages.ui.turn.view import list_figures

if TYPE_CHECKING:
    from gwtrace_core.figures.repeated import Repetition
    from gwtrace_core.report.values import ReportInput, ReportParts, ReportRound


@st.dialog(
    "Report of this comparison", width="large", icon=":material/ios_share:", on_dismiss="rerun"
)
def draw_comparison_report(state: CompareState) -> None:
    """The report of a comparison."""
    if state.is_hidden:
        st.info(
            "A blind round waits for its vote; the report would tell who answered what.",
            icon=":material/visibility_off:",
        )
        return
    if not state.rounds:
        st.caption("There is nothing to report yet: ask the lanes a question first.")
        return
    # Not at the top: few make a report, and everybody would wait for it.
    from gwtrace_core.report.comparison import render_report

    preview_report(
        lambda title, parts, now: render_report(
            _build_input(state, title=title, parts=parts, made_at=now)
        ),
        title=title_lanes([column.lane for column in state.lanes], "lane", "compared"),
        running_count=len(state.running_turns),
        key="compare.report",
    )


def _build_input(
    state: CompareState, *, title: str, parts: ReportParts, made_at: datetime
) -> ReportInput:
    """The comparison as it stands. Raises RequestRefused for a lane whose connection is gone."""
    return build_input(
        tuple(_build_round(state, round_) for round_ in state.rounds),
        title=title.strip() or "Comparison",
        parts=parts,
        made_at=made_at,
        comparison_id=state.comparison_id,
    )


def _build_round(state: CompareState, round_: CompareRound) -> ReportRound:
    from gwtrace_core.report.values import ReportRound

    asked = [
        (column, turn)
        for column in state.lanes
        if (turn := round_.shown(column.lane_id) or round_.lead(column.lane_id)) is not None
    ]
    snapshots = [read_snapshot(turn) for _, turn in asked]
    ids = [column.lane_id for column, _ in asked]
    baseline = ids.index(state.baseline_id) if state.baseline_id in ids else None
    strips = [
        list_figures(turn, snapshot) for (_, turn), snapshot in zip(asked, snapshots, strict=True)
    ]
    turns = [
        build_turn(
            column.name,
            snapshots[place],
            find_call(turn, state.history(column.lane_id, round_)),
            figures,
            is_baseline=place == baseline,
            summed=_sum_up(round_, column.lane_id),
        )
        for place, ((column, turn), figures) in enumerate(
            zip(asked, compare_figures(strips, baseline=baseline), strict=True)
        )
    ]
    return ReportRound(question=round_.message, turns=tuple(turns), vote=vote_text(state, round_))


def _sum_up(round_: CompareRound, lane_id: str) -> Repetition | None:
    repeated = round_.repeated.get(lane_id)
    if repeated is None:
        return None
    return summarise_runs([run_facts(turn) for turn in repeated.poll()], planned=repeated.planned)
