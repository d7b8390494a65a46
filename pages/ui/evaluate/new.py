"""A new evaluation: which traces, which scorers, who judges, what it may cost, and Start."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from gwtrace_core.evaluation.estimate import estimate_judges
from gwtrace_core.evaluation.scorers import check_scorers, find_judges
from gwtrace_core.evaluation.sources import FoundSubjects
from gwtrace_core.evaluation.stored import EvaluationSetup
from gwtrace_core.evaluation.values import (
    JUDGE_LIMIT_S,
    JUDGE_OUTPUT_TOKENS,
    MOST_AT_ONCE,
    Scorer,
)
from gwtrace_core.lanes.lanes import choose_default_lane
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.request import Lane
from gwtrace_core.values.text import count_text, plural, usd_text
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import plain_label
from pages.ui.draw.simulated import DEMO_BADGE, is_simulated
from pages.ui.evaluate import actions as act
from pages.ui.evaluate.scorers import choose_scorers
from pages.ui.evaluate.sources import choose_traces
from pages.ui.evaluate.state import EvaluateState
from pages.ui.evaluate.words import default_name
from pages.ui.lane.call import target_of
from pages.ui.lane.first_choice import note_first_choice, on_the_list
from pages.ui.lane.picker import JUDGE_PICKER, lane_picker
from pages.ui.session.kept import evaluate
from pages.ui.session.services import connections, current_user, offered_routes
from pages.ui.session.waiting import waited

_NAME = "evaluate.name"


def new_page() -> None:
    """Draw the form from top to bottom as it is filled in."""
    state = evaluate()
    act.back_to_list()
    if state.starting is not None:
        _await_start(state)
    st.markdown("#### New evaluation")
    with st.container(border=True, key="evaluate-traces"):
        st.markdown("**1. Traces**")
        found = choose_traces(state)
    with st.container(border=True, key="evaluate-scorers"):
        st.markdown("**2. Scorers**")
        scorers = choose_scorers(state)
    lane: Lane | None = None
    if find_judges(scorers):
        with st.container(border=True, key="evaluate-model"):
            st.markdown("**3. The judges' model**")
            lane = _pick_model(state)
    _start_row(state, found, scorers, lane)


def _pick_model(state: EvaluateState) -> Lane:
    known = connections()
    if state.lane is None:
        state.lane = act.judge_lane(choose_default_lane(known[0], offered_routes))
        note_first_choice(JUDGE_PICKER)
    before = on_the_list(state.lane, key=JUDGE_PICKER)
    state.lane = lane = act.judge_lane(lane_picker(before, known, key=JUDGE_PICKER))
    _say_limits(lane)
    connection = next((each for each in known if each.id == lane.connection_id), None)
    if connection is None:
        return lane
    if connection.is_simulated:
        st.markdown(
            f"{DEMO_BADGE} :small[The verdicts are made up by a fixed rule: no model is asked.]"
        )
    else:
        st.caption(
            f":material/payments: {plain_label(connection.label)} pays: each judge's call goes "
            f"to {plain_label(connection.base_url, limit=120)} and is charged there."
        )
    return lane


def _say_limits(lane: Lane) -> None:
    tokens = lane.parameters.max_output_tokens or JUDGE_OUTPUT_TOKENS
    st.caption(
        f"A judge may write {count_text(tokens)} tokens, reasoning included, and take "
        f"{JUDGE_LIMIT_S / 60:g} minutes. The settings beside the model change the first."
    )


def _start_row(
    state: EvaluateState,
    found: FoundSubjects | None,
    scorers: Sequence[Scorer],
    lane: Lane | None,
) -> None:
    """The name, what it comes to, and Start."""
    problem = _problem(found, scorers, lane)
    with st.container(border=True, key="evaluate-start"):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            name = st.text_input(
                "Name",
                key=_NAME,
                placeholder="From the scorers and the time",
                max_chars=200,
                width=320,
                persist_state="session",
            )
            if lane is not None:
                state.at_once = int(
                    st.number_input(
                        "Judges at once",
                        min_value=1,
                        max_value=MOST_AT_ONCE,
                        value=state.at_once,
                        key="evaluate.at_once",
                        persist_state="session",
                        width=160,
                    )
                )
        if found is not None and scorers:
            _say_cost(found, scorers, lane)
        if state.problem is not None:
            show_error(state.problem)
        elif problem:
            st.caption(f":material/info: {plain_label(problem, limit=400)}")
        if not st.button(
            "Start",
            icon=":material/play_arrow:",
            key="evaluate.start",
            type="primary",
            disabled=bool(problem) or not scorers,
        ):
            return
    if found is not None:
        _start(state, found, scorers, lane, name=name or "")


def _problem(found: FoundSubjects | None, scorers: Sequence[Scorer], lane: Lane | None) -> str:
    if found is None:
        return "Choose traces first."
    if not scorers:
        # What to do is said where scorers are added.
        return ""
    if problem := check_scorers(scorers):
        return problem
    if lane is not None:
        try:
            target_of(lane)
        except RequestRefused as refused:
            return f"{refused.message} {refused.hint}".strip()
    return ""


def _say_cost(found: FoundSubjects, scorers: Sequence[Scorer], lane: Lane | None) -> None:
    checks = len(found.subjects) * (len(scorers) - len(find_judges(scorers)))
    words = [plural(checks, "check") + " by code, free"] if checks else []
    if lane is not None:
        estimate = estimate_judges(found.subjects, scorers, lane)
        cost = (
            f"no price is known for {plain_label(lane.model)}"
            if estimate.amount_usd is None
            else f"{_cost_words(lane)} about {usd_text(estimate.amount_usd)}"
        )
        words.insert(0, f"**{plural(estimate.calls, 'judge call')}**, {cost}")
        tokens = estimate.input_tokens + estimate.output_tokens
        st.markdown(" · ".join(words).replace("$", "\\$"))
        st.caption(
            f"About {count_text(tokens)} tokens"
            + (f" by {plain_label(estimate.source)}" if estimate.source else "")
            + ". A trace that lacks what a judge needs, as an expected answer, makes no call."
        )
    elif words:
        st.markdown(" · ".join(words))


def _cost_words(lane: Lane) -> str:
    """What the estimate is of: the demo's calls cost nothing, a real model's would."""
    if is_simulated(lane):
        return "simulated and free; a real model would cost"
    return "estimated cost"


def _start(
    state: EvaluateState,
    found: FoundSubjects,
    scorers: Sequence[Scorer],
    lane: Lane | None,
    *,
    name: str,
) -> None:
    assert state.found_for is not None
    now_ms = time.time_ns() // 1_000_000
    setup = EvaluationSetup(
        name=name.strip() or default_name((scorer.name for scorer in scorers), now_ms),
        scorers=tuple(scorers),
        source=state.found_for,
        user=current_user(),
        judge_lane=lane,
    )
    state.problem = None
    try:
        act.start(setup, found.subjects, at_once=state.at_once)
    except RequestRefused as refused:
        state.problem = refused
        st.rerun()
    _await_start(state)


def _await_start(state: EvaluateState) -> None:
    """Until MLflow has the evaluation, which is then shown."""
    starting = state.starting
    assert starting is not None
    try:
        run = waited(starting.result, words="Telling MLflow of the evaluation", skeleton_px=120)
    except (TrackingError, RequestRefused) as error:
        state.problem = error
        state.starting = None
        st.rerun()
    state.starting = None
    state.runs[run.evaluation_id] = run
    state.ask_again()
    st.session_state.pop(_NAME, None)
    act.show(run.evaluation_id)
