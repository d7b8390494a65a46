"""The report of a conversation as it stands on its page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from pages.ui.chat.state import ChatState
from pages.ui.lane.turn_requests import find_call
from pages.ui.report.content import build_input, build_turn, read_snapshot
from pages.ui.report.preview import preview_report, title_lanes
from pages.ui.session.turns import ChatTurn
from pages.ui.turn.view import list_figures

if TYPE_CHECKING:
    from gwtrace_core.report.values import ReportInput, ReportParts, ReportRound

_LANE_NAME = "A"


@st.dialog("Report of this chat", width="large", icon=":material/ios_share:", on_dismiss="rerun")
def draw_chat_report(state: ChatState) -> None:
    """The report of a conversation."""
    from gwtrace_core.report.comparison import render_report

    preview_report(
        lambda title, parts, now: render_report(
            _build_input(state, title=title, parts=parts, made_at=now)
        ),
        title=title_lanes([turn.lane for turn in state.turns], "question"),
        running_count=int(state.running_turn is not None),
        key="chat.report",
    )


def _build_input(
    state: ChatState, *, title: str, parts: ReportParts, made_at: datetime
) -> ReportInput:
    """The conversation as it stands, as a comparison with one lane. Raises RequestRefused too."""
    return build_input(
        tuple(_build_round(turn, state.turns[:index]) for index, turn in enumerate(state.turns)),
        title=title.strip() or "Chat",
        parts=parts,
        made_at=made_at,
        session_id=state.session_id,
    )


def _build_round(turn: ChatTurn, earlier: Sequence[ChatTurn]) -> ReportRound:
    from gwtrace_core.report.values import ReportRound

    snapshot = read_snapshot(turn)
    made = build_turn(_LANE_NAME, snapshot, find_call(turn, earlier), list_figures(turn, snapshot))
    return ReportRound(question=turn.message, turns=(made,))
