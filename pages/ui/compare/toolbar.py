"""Above the board: presets, one more lane, a new comparison."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.evaluation.sources import ComparisonTraces
from gwtrace_core.figures.repeated import MAX_RUNS, make_distinct_line
from gwtrace_core.lanes.lanes import MAX_LANES
from pages.ui.compare import actions as act
from pages.ui.compare.batch_actions import mode_switch
from pages.ui.compare.history import history_menu
from pages.ui.compare.setups import setups_menu
from pages.ui.compare.state import CompareState
from pages.ui.evaluate.actions import evaluate_button
from pages.ui.session.kept import batch, open_dialog


def toolbar(state: CompareState) -> None:
    """Draw it in one row."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        mode_switch()
        st.menu_button(
            "Presets",
            list(act.PRESETS),
            key="compare.preset",
            icon=":material/dashboard:",
            help="Made from the first lane. Replaces the lanes and their answers.",
            on_click=_preset_clicked,
        )
        setups_menu(state)
        st.button(
            "Lane",
            icon=":material/add:",
            key="compare.add",
            on_click=act.add_lane,
            disabled=len(state.lanes) >= MAX_LANES,
            help=f"Another path, model or provider; *Duplicate* in a lane's menu copies it. "
            f"Up to {MAX_LANES} lanes.",
        )
        if batch().is_shown:
            history_menu()
            return
        state.is_blind = st.toggle(
            "Blind",
            value=state.is_blind,
            key="compare.blind",
            persist_state="session",
            help="Hides which lane answers what, until you have voted.",
        )
        state.runs = st.selectbox(
            "Runs per lane",
            range(1, MAX_RUNS + 1),
            index=state.runs - 1,
            format_func=_runs_words,
            key="compare.runs",
            label_visibility="collapsed",
            width=150,
            persist_state="session",
        )
        if state.runs > 1:
            state.is_distinct = st.toggle(
                "Distinct requests",
                value=state.is_distinct,
                key="compare.distinct",
                persist_state="session",
                help="A gateway's response cache answers the same request without asking the "
                "model. This adds a line to the end of each run's system prompt, where its trace "
                f"shows it: “{make_distinct_line(2, '3fa9c1')}”",
            )
        st.button(
            "New",
            icon=":material/add_comment:",
            key="compare.new",
            on_click=act.new_comparison,
            disabled=not state.rounds,
            help="A new comparison. The lanes stay; the address restores them anywhere.",
        )
        history_menu()
        evaluate_button(
            ComparisonTraces(comparison_id=state.comparison_id),
            key="compare.evaluate",
            disabled=not state.rounds or state.is_running or state.is_hidden,
            help="Score all answers by code or by judges, lane against lane.",
        )
        st.button(
            "Report",
            icon=":material/ios_share:",
            key="compare.report",
            on_click=open_dialog,
            args=("report", state.comparison_id),
            disabled=not state.rounds,
            help="One HTML file with questions, answers, figures and traces, to send round.",
        )


def _runs_words(count: int) -> str:
    return "1 run per lane" if count == 1 else f"{count} runs per lane"


def _preset_clicked() -> None:
    act.apply_preset(st.session_state.get("compare.preset"))
