"""What happens in evaluations: traces brought along, started, stopped, gone on with, repeated."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from gwtrace_core.background import future
from gwtrace_core.evaluation.progress import check_evaluation
from gwtrace_core.evaluation.runner import Evaluation
from gwtrace_core.evaluation.scorers import find_judges
from gwtrace_core.evaluation.sources import DatasetTraces, SubjectSource
from gwtrace_core.evaluation.stored import EvaluationSetup, StoredEvaluation
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import JudgeModel
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.request import Lane
from pages.ui.evaluate.state import DraftScorer, EvaluateState
from pages.ui.lane.picker import JUDGE_PICKER, forget_picker
from pages.ui.lane.targets import make_target_finder
from pages.ui.session.kept import recall
from pages.ui.session.services import services

NEW_PAGE = "new_evaluation.py"
EVALUATION_PAGE = "evaluation.py"


def bring_traces(source: SubjectSource) -> None:
    """Choose these traces for the next evaluation."""
    state = recall(EvaluateState)
    state.came_from, state.handed_over = "handed over", source
    state.handovers += 1
    state.ask_again()


def begin_new() -> None:
    """Show the form for a new evaluation, with what MLflow has by then."""
    recall(EvaluateState).ask_again()
    st.switch_page(NEW_PAGE)


def draw_back_to_list() -> None:
    """A button that leads to all evaluations."""
    if st.button(
        "All evaluations", icon=":material/arrow_back:", key="evaluate.all", type="tertiary"
    ):
        st.switch_page("evaluate.py")


def show_evaluation(evaluation_id: str) -> None:
    """One evaluation, from its top."""
    st.switch_page(EVALUATION_PAGE, query_params={"evaluation": evaluation_id})


def show_compared(left_id: str, right_id: str) -> None:
    """Two evaluations, the second against the first."""
    st.switch_page(EVALUATION_PAGE, query_params={"left": left_id, "right": right_id})


def make_judge_lane(lane: Lane) -> Lane:
    """The lane as judges use it: they bring their own instruction and take no tools."""
    return replace(lane, system_prompt="", prompt=None, tools=(), streamed=False)


def make_judge_model(setup: EvaluationSetup) -> JudgeModel | None:
    """What this session asks the judges through; None without judges.

    Raises RequestRefused when it cannot.
    """
    lane = setup.judge_lane
    if lane is None or not find_judges(setup.scorers):
        return None
    return JudgeModel(lane=lane, find_target=make_target_finder(lane))


def find_judge_refusal(setup: EvaluationSetup) -> str:
    """Why this session cannot go on with the evaluation; empty when it can."""
    try:
        make_judge_model(setup)
    except RequestRefused as refused:
        return f"{refused.message} {refused.hint}".strip()
    return ""


def resume_live(run: Evaluation) -> None:
    """In a callback: go on with one that this process holds, by what this session can call."""
    _go_on_live(run, run.resume)


def retry_live(run: Evaluation) -> None:
    """In a callback: have its failed scores judged once more, likewise."""
    _go_on_live(run, run.retry_failed)


def _go_on_live(run: Evaluation, go_on: Callable[[JudgeModel | None], None]) -> None:
    try:
        go_on(make_judge_model(run.setup))
    except RequestRefused as refused:
        recall(EvaluateState).problem = refused


def start_evaluation(
    setup: EvaluationSetup, subjects: tuple[Subject, ...], *, at_once: int
) -> None:
    """Tell MLflow, and judge; the outcome is in `starting`. Raises RequestRefused."""
    model = make_judge_model(setup)
    if problem := check_evaluation(setup, subjects):
        raise RequestRefused(problem)
    own = services()

    def begin() -> Evaluation:
        run = Evaluation(
            own.judging,
            own.evaluations,
            evaluation_id=own.evaluations.begin(setup, subjects),
            setup=setup,
            subjects=subjects,
            at_once=at_once,
        )
        own.live_evaluations.add(run.evaluation_id, run)
        run.resume(model)
        return run

    # A click ends the page's waiting but not this, so nothing is begun twice or left half-way.
    recall(EvaluateState).starting = future.start(begin, name="gwtrace-evaluation-start")


def resume_stored(stored: StoredEvaluation, *, retries_failed: bool) -> None:
    """In a callback: go on with one that was read back from MLflow."""
    state, setup = recall(EvaluateState), stored.setup
    if setup is None:
        return
    state.problem = None
    try:
        # What was read before may be out of date.
        now = services().evaluations.read_summary(stored.summary.evaluation_id)
        if now.is_alive(time.time_ns() // 1_000_000):
            raise RequestRefused(
                "Another process has gone on with this evaluation since it was read.",
                hint="Read it again to see how far it is.",
            )
        model = make_judge_model(setup)
        run = Evaluation(
            services().judging,
            services().evaluations,
            evaluation_id=stored.summary.evaluation_id,
            setup=setup,
            subjects=_add_expectations(setup, stored.subjects),
            known=stored.scores,
            owner_before=stored.owner,
        )
    except (RequestRefused, TrackingError) as error:
        state.problem = error
        return
    state.runs[run.evaluation_id] = run
    services().live_evaluations.add(run.evaluation_id, run)
    state.opened.pop(run.evaluation_id, None)
    if retries_failed:
        run.retry_failed(model)
    else:
        run.resume(model)


def _add_expectations(setup: EvaluationSetup, subjects: tuple[Subject, ...]) -> tuple[Subject, ...]:
    """What a dataset expects is not on the traces themselves."""
    if not isinstance(setup.source, DatasetTraces):
        return subjects
    found = services().evaluations.find_subjects(setup.source).subjects
    by_trace = {subject.trace_id: subject for subject in found}
    return tuple(by_trace.get(subject.trace_id, subject) for subject in subjects)


def repeat_evaluation(setup: EvaluationSetup) -> None:
    """A new evaluation that begins as this one did."""
    state = recall(EvaluateState)
    bring_traces(setup.source)
    state.scorers = [DraftScorer(scorer=scorer) for scorer in setup.scorers]
    if setup.judge_lane is not None:
        state.lane = setup.judge_lane
        forget_picker(JUDGE_PICKER)
    begin_new()
