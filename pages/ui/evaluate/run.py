"""One evaluation: under way with its progress, or as MLflow has it, with what it came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import streamlit as st

from gwtrace_core.evaluation.progress import EvaluationProgress
from gwtrace_core.evaluation.runner import Evaluation
from gwtrace_core.evaluation.sources import describe_source
from gwtrace_core.evaluation.stored import EvaluationSetup, StoredEvaluation
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.text import count_text, plural
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import plain_label
from pages.ui.draw.simulated import DEMO_BADGE, is_simulated
from pages.ui.evaluate import actions
from pages.ui.evaluate.people import draw_people
from pages.ui.evaluate.progress import draw_progress, draw_reasons
from pages.ui.evaluate.results import draw_results
from pages.ui.evaluate.state import EvaluateState
from pages.ui.evaluate.words import STATE_COLOURS, elsewhere_text, moment_text, state_word
from pages.ui.session.kept import recall
from pages.ui.session.services import connections, services
from pages.ui.session.waiting import wait_for
from pages.ui.turn.dialogs import draw_evaluation_in_mlflow_dialog

_REPAINT_S = 1.0
_FEW_SCORES = 400
_TABLE_S = 2.0
_LARGE_TABLE_S = 5.0
"""A large table is sent whole each time, so it is sent less often."""


def draw_evaluation(evaluation_id: str) -> None:
    """Draw it, from this process while it is known here, else from MLflow."""
    actions.draw_back_to_list()
    state = recall(EvaluateState)
    stored = state.opened.get(evaluation_id)
    run = services().live_evaluations.find(evaluation_id)
    if state.reads_again == evaluation_id:
        state.reads_again, stored = "", _read(evaluation_id)
    is_ours = run is not None and not run.is_taken
    if run is not None and is_ours and (stored is None or not run.poll().is_over):
        state.runs[evaluation_id] = run
        _draw_live(run)
        return
    if stored is None:
        stored = _read(evaluation_id)
    if stored is not None:
        _draw_stored(stored)


def _read(evaluation_id: str) -> StoredEvaluation | None:
    own = services().evaluations
    try:
        stored = wait_for(
            lambda: own.open_evaluation(evaluation_id),
            words="Reading the evaluation",
            skeleton_px=420,
        )
    except TrackingError as error:
        show_error(error)
        st.button("Try again", icon=":material/refresh:", key="evaluate.reread")
        return None
    if stored is None:
        with st.container(border=True):
            st.markdown("**No such evaluation**")
            st.caption(
                f"MLflow has no evaluation {plain_label(evaluation_id)} in this experiment. It may "
                "have been deleted, or it is kept on another tracking server."
            )
        return None
    recall(EvaluateState).keep_opened(stored)
    return stored


def _draw_live(run: Evaluation) -> None:
    progress = run.poll()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        word = "Under way" if not progress.is_over else "Finished"
        if progress.waiting + progress.stopped:
            word = "Under way" if progress.is_active else "Stopped"
        _draw_title(run.setup.name, word)
        _draw_live_buttons(run, progress)
        _draw_mlflow_button(run.evaluation_id)
    if (progress.waiting + progress.stopped or progress.failed) and not progress.is_active:
        _say_why_not(actions.find_judge_refusal(run.setup))
    _draw_problem()
    _draw_facts(run.setup, len(run.subjects))
    is_moving = not progress.is_over
    st.fragment(draw_progress, run_every=_REPAINT_S if is_moving else None)(run, is_moving)
    table_s = _TABLE_S if len(progress.scores) <= _FEW_SCORES else _LARGE_TABLE_S
    st.fragment(_draw_live_results, run_every=table_s if is_moving else None)(run)
    if not is_moving:
        draw_people(run.evaluation_id, run.subjects, progress.scores, read_again=_show_stored)


def _draw_live_results(run: Evaluation) -> None:
    progress = run.poll()
    draw_results(run.evaluation_id, run.subjects, progress.scores, is_moving=not progress.is_over)


def _draw_live_buttons(run: Evaluation, progress: EvaluationProgress) -> None:
    if progress.is_active:
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            key="evaluate.stop",
            type="primary",
            help="Cancels the judges' calls under way; the others keep their places.",
            on_click=run.stop,
        )
        return
    why_not = actions.find_judge_refusal(run.setup)
    left = progress.waiting + progress.stopped
    if left:
        _draw_resume_button(left, actions.resume_live, (run,), why_not=why_not)
    if progress.failed or progress.writes.unstored:
        count = progress.failed or progress.writes.unstored
        _draw_retry_button(count, actions.retry_live, (run,), why_not=why_not)
    if progress.is_over:
        _draw_repeat_button(run.setup)


def _draw_resume_button(
    count: int, on_click: Callable[..., None], args: tuple[object, ...], *, why_not: str
) -> None:
    st.button(
        f"Resume {plural(count, 'score')}",
        icon=":material/play_arrow:",
        key="evaluate.resume",
        type="primary",
        disabled=bool(why_not),
        help=why_not or None,
        on_click=on_click,
        args=args,
    )


def _say_why_not(why_not: str) -> None:
    if why_not:
        st.caption(
            ":material/key_off: The judges cannot be asked from here. "
            f"{plain_label(why_not, limit=400)}"
        )


def _draw_problem() -> None:
    """Why going on was refused, once."""
    state = recall(EvaluateState)
    if state.problem is not None:
        show_error(state.problem)
        state.problem = None


def _draw_retry_button(
    count: int, on_click: Callable[..., None], args: tuple[object, ...], *, why_not: str
) -> None:
    st.button(
        f"Retry {count_text(count)} failed",
        icon=":material/refresh:",
        key="evaluate.retry_failed",
        disabled=bool(why_not),
        help=why_not or None,
        on_click=on_click,
        args=args,
    )


def _draw_repeat_button(setup: EvaluationSetup) -> None:
    if st.button(
        "Evaluate again",
        icon=":material/replay:",
        key="evaluate.repeat",
        help="A new evaluation with the same traces, scorers and model to begin with.",
    ):
        actions.repeat_evaluation(setup)


def _draw_mlflow_button(evaluation_id: str) -> None:
    if st.button(
        "Open in MLflow",
        icon=":material/open_in_new:",
        key="evaluate.mlflow",
        type="tertiary",
        help="MLflow's own page of this evaluation run.",
    ):
        draw_evaluation_in_mlflow_dialog(evaluation_id)


def _draw_stored(stored: StoredEvaluation) -> None:
    summary, setup = stored.summary, stored.setup
    counts = Counter(score.state for score in stored.scores)
    is_free = stored.is_whole and not summary.is_alive(stored.read_ms)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _draw_title(summary.name, state_word(summary, is_live=False, now_ms=stored.read_ms))
        if setup is not None and is_free:
            why_not = actions.find_judge_refusal(setup)
            if counts["stopped"]:
                _draw_resume_button(counts["stopped"], _resume, (stored, False), why_not=why_not)
            if counts["failed"]:
                _draw_retry_button(counts["failed"], _resume, (stored, True), why_not=why_not)
        if setup is not None:
            _draw_repeat_button(setup)
        _draw_mlflow_button(summary.evaluation_id)
        st.button(
            "Read again",
            icon=":material/refresh:",
            key="evaluate.read_again",
            type="tertiary",
            on_click=_forget,
            args=(summary.evaluation_id,),
        )
    if summary.state == "running" and setup is not None:
        st.caption(f":material/info: {elsewhere_text(summary, stored.read_ms)}")
    if setup is not None and is_free and counts["stopped"] + counts["failed"]:
        _say_why_not(actions.find_judge_refusal(setup))
    _draw_problem()
    if setup is not None:
        _draw_facts(setup, len(stored.subjects), start_ms=summary.start_ms)
    else:
        st.caption(
            f"Made elsewhere, by {plain_label(summary.user or 'an unknown user')} · "
            f"{moment_text(summary.start_ms)} · {plural(len(stored.subjects), 'trace')}"
        )
    if not stored.is_whole:
        st.caption("It has more traces than can be read at once: these are the newest.")
    draw_reasons(stored.scores)
    if not stored.subjects:
        st.caption("MLflow has no traces of it any more: they may have been deleted.")
        return
    draw_results(summary.evaluation_id, stored.subjects, stored.scores, is_moving=False)
    draw_people(summary.evaluation_id, stored.subjects, stored.scores, read_again=_forget)


def _resume(stored: StoredEvaluation, retries_failed: bool) -> None:
    actions.resume_stored(stored, retries_failed=retries_failed)


def _show_stored(evaluation_id: str) -> None:
    """In a callback: have MLflow's own state read, with what people have said since."""
    recall(EvaluateState).reads_again = evaluation_id


def _forget(evaluation_id: str) -> None:
    recall(EvaluateState).opened.pop(evaluation_id, None)


def _draw_title(name: str, word: str) -> None:
    st.markdown(
        f"#### {plain_label(name, limit=120)} :{STATE_COLOURS[word]}-badge[{word}]",
        width="stretch",
    )


def _draw_facts(setup: EvaluationSetup, trace_count: int, *, start_ms: int | None = None) -> None:
    words = [plural(trace_count, "trace"), plain_label(describe_source(setup.source))]
    if start_ms is not None:
        words.insert(0, moment_text(start_ms))
    lane = setup.judge_lane
    line = " · ".join(words)
    if lane is not None:
        line += f" · judged by {plain_label(lane.model)} · {lane.sdk_path.label}"
        known = next((each for each in connections() if each.id == lane.connection_id), None)
        if is_simulated(lane):
            line += f" {DEMO_BADGE}"
        elif known is not None:
            line += f" · {plain_label(known.label)} pays"
    st.caption(line)
