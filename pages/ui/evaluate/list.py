"""The list of evaluations, gwtrace's and those made by MLflow's own evaluate elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from gwtrace_core.evaluation.stored import EvaluationSummary
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.text import MISSING, one_line, plural
from pages.ui.draw.messages import show_error
from pages.ui.draw.tables import make_moment_column, table_height
from pages.ui.evaluate import actions
from pages.ui.evaluate.state import EvaluateState
from pages.ui.evaluate.words import STATE_COLOURS, scorer_text, state_word
from pages.ui.session.kept import recall
from pages.ui.session.services import services
from pages.ui.session.waiting import wait_for

if TYPE_CHECKING:
    import pandas as pd

_LISTED = 100
# A cell that is too narrow cuts its text without a sign, so each gets what fits its column's width.
_NAME_CHARS = 29
_JUDGE_CHARS = 16
_SOURCE_CHARS = 22
_USER_CHARS = 9


def draw_evaluation_list() -> None:
    """List them, or say why there is nothing."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("#### Evaluations", width="content")
        st.space("stretch")
        st.button("Refresh", icon=":material/refresh:", key="evaluate.refresh")
        if st.button("New evaluation", icon=":material/add:", key="evaluate.new", type="primary"):
            actions.begin_new()
    source = services().evaluations
    try:
        found = wait_for(
            lambda: source.list_evaluations(_LISTED),
            words="Reading the evaluations",
            skeleton_px=360,
        )
    except TrackingError as error:
        show_error(error)
        st.button("Try again", icon=":material/refresh:", key="evaluate.retry")
        return
    recall(EvaluateState).listed_ids = tuple(each.evaluation_id for each in found)
    if not found:
        _draw_nothing()
        return
    # A tick draws only this again: MLflow is not asked for the list anew.
    st.fragment(_draw_rows)(found)
    if len(found) == _LISTED:
        st.caption(f"The newest {_LISTED}; MLflow's own page lists older ones.")


def _draw_rows(found: Sequence[EvaluationSummary]) -> None:
    place = st.container(height="content")
    chosen = _draw_table(found)
    state = recall(EvaluateState)
    if state.clicked_id is not None:
        clicked_id, state.clicked_id = state.clicked_id, None
        actions.show_evaluation(clicked_id)
    with place:
        _draw_actions(chosen)


def _draw_nothing() -> None:
    with st.container(border=True, key="evaluate-empty"):
        st.markdown("### Which answers are good, and which version is better?")
        st.markdown(
            "An evaluation takes traces that are there, from a comparison, a batch, a session or "
            "the list, and scores each of them: by code (exact match, a pattern, a JSON schema, "
            "time, cost, length, tools called), by MLflow's own judges, or by a judge with your "
            "own instruction. The scores are stored on the traces as MLflow's assessments, and the "
            "pass rates tell lanes, models and versions of a prompt apart."
        )
        if st.button(
            "Evaluate the newest traces",
            icon=":material/rule:",
            key="evaluate.first",
            type="primary",
        ):
            actions.begin_new()


def _draw_actions(chosen: Sequence[EvaluationSummary]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            f"{plural(len(chosen), 'evaluation')} ticked"
            if chosen
            else "Click a name to open it. Tick two rows to compare them.",
            width="content",
        )
        if st.button(
            "Compare",
            icon=":material/difference:",
            key="evaluate.compare",
            type="tertiary",
            disabled=len(chosen) != 2,
            help="The later against the earlier; takes two.",
        ):
            left, right = sorted(chosen, key=lambda each: each.start_ms)
            actions.show_compared(left.evaluation_id, right.evaluation_id)


def _draw_table(found: Sequence[EvaluationSummary]) -> list[EvaluationSummary]:
    """Draw the rows; returns those that are ticked."""
    event = st.dataframe(
        _make_frame(found),
        hide_index=True,
        height=table_height(len(found)),
        on_select="rerun",
        selection_mode="multi-row",
        placeholder=MISSING,
        column_config=_column_config(),
        key="evaluate.table",
        alt="Evaluations",
    )
    rows = cast("list[int]", cast(Any, event).selection.rows)
    return [found[row] for row in rows if row < len(found)]


def _make_frame(found: Sequence[EvaluationSummary]) -> pd.DataFrame:
    # Not at the top: pandas takes a while to load, and other pages can do without.
    import pandas as pd

    live, now_ms = services().live_evaluations, time.time_ns() // 1_000_000
    return pd.DataFrame(
        {
            "name": [one_line(each.name, _NAME_CHARS) for each in found],
            "time": make_moment_column(each.start_ms for each in found),
            "state": [
                [state_word(each, is_live=live.find(each.evaluation_id) is not None, now_ms=now_ms)]
                for each in found
            ],
            "traces": pd.array([each.trace_count for each in found], "Int64"),
            "scorers": [[scorer_text(scorer) for scorer in each.scorers] for each in found],
            "judge": [one_line(each.judge_model, _JUDGE_CHARS) or None for each in found],
            "source": [one_line(each.source, _SOURCE_CHARS) or None for each in found],
            "user": [one_line(each.user, _USER_CHARS) or None for each in found],
        }
    )


def _column_config() -> dict[str, Any]:
    column = st.column_config
    return {
        "name": column.ButtonColumn(
            "Name",
            type="tertiary",
            alignment="left",
            width=200,
            key="evaluate.open",
            on_click=_note_click,
        ),
        "time": column.DatetimeColumn(
            "Started", format="D MMM HH:mm:ss", timezone=st.context.timezone, width=110
        ),
        "state": column.MultiselectColumn(
            "State", options=list(STATE_COLOURS), color=list(STATE_COLOURS.values()), width=84
        ),
        "traces": column.NumberColumn("Traces", width=56),
        "scorers": column.ListColumn(
            "Scorers", width=330, help="How many passed of those that passed or failed."
        ),
        "judge": column.TextColumn("Judge's model", width=112),
        "source": column.TextColumn("Traces from", width=150),
        "user": column.TextColumn("By", width=64),
    }


def _note_click() -> None:
    click: Any = st.session_state.get("evaluate.open")
    ids = recall(EvaluateState).listed_ids
    if click is not None and click["row"] < len(ids):
        # Not shown here: in a callback of a new session no page is known yet.
        recall(EvaluateState).clicked_id = ids[click["row"]]
