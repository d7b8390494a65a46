"""How far an evaluation is, in figures, and why some of its scorers failed."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from gwtrace_core.evaluation.progress import EvaluationProgress
from gwtrace_core.evaluation.runner import Evaluation
from gwtrace_core.evaluation.scorers import find_judges
from gwtrace_core.evaluation.values import Score
from gwtrace_core.figures.reply_figures import Figure
from gwtrace_core.values.text import MISSING, count_text, plural, usd_text
from pages.ui.components.figures import figures_strip
from pages.ui.draw.model_text import plain_label
from pages.ui.draw.simulated import is_simulated
from pages.ui.frame.batch_under_way import time_text

_REASONS = 5


def draw_progress(run: Evaluation, was_moving: bool) -> None:
    """Bar, figures and problems: the part that is repainted while it moves."""
    progress = run.poll()
    if (not progress.is_over) != was_moving:
        # The buttons change, and so does how often this looks again.
        st.rerun()
    st.progress(progress.settled / len(progress.scores))
    judges = bool(find_judges(run.setup.scorers))
    lane = run.setup.judge_lane
    cost_label = "cost so far"
    if lane is not None and is_simulated(lane):
        cost_label += ", simulated"
    figures_strip(
        _figures(progress, has_judges=judges, cost_label=cost_label), key="evaluate.figures"
    )
    if progress.pause_reason:
        st.caption(f":material/pause_circle: {progress.pause_reason}")
    if progress.writes.unstored:
        st.caption(
            f":material/cloud_off: {plural(progress.writes.unstored, 'score')} not stored: "
            f"{plain_label(progress.writes.problem, limit=300)}"
        )
    draw_reasons(progress.scores)


def draw_reasons(scores: tuple[Score, ...]) -> None:
    """Why scorers failed, each reason once; the others go on."""
    reasons = Counter(
        (score.scorer_name, score.problem) for score in scores if score.state == "failed"
    )
    for (name, problem), count in reasons.most_common(_REASONS):
        st.caption(
            f":red[:material/error:] **{plain_label(name)}** failed on {plural(count, 'trace')}: "
            f"{plain_label(problem, limit=300)}"
        )
    if len(reasons) > _REASONS:
        st.caption(f"and {plural(len(reasons) - _REASONS, 'other reason')}, see the traces below.")


def _figures(progress: EvaluationProgress, *, has_judges: bool, cost_label: str) -> list[Figure]:
    return [
        Figure(
            label="done",
            value=f"{count_text(progress.settled)} of {count_text(len(progress.scores))}",
            unit=_unit(len(progress.scores)),
            explanation=f"{count_text(progress.running)} under way, "
            f"{count_text(progress.waiting)} waiting, {count_text(progress.stopped)} stopped.",
        ),
        Figure(
            label="not applicable",
            value=count_text(progress.not_applicable),
            unit=_unit(progress.not_applicable),
            explanation="The trace lacks what the scorer needs, as an expected answer.",
        ),
        Figure(label="failed", value=count_text(progress.failed), unit=_unit(progress.failed)),
        *(_judge_figures(progress, cost_label) if has_judges else []),
        Figure(
            label="in MLflow",
            value=count_text(progress.writes.stored),
            unit=_unit(progress.writes.stored),
            explanation="Scores and failures are kept on the traces; what is not applicable is "
            "not.",
        ),
    ]


def _unit(count: int) -> str:
    return "score" if count == 1 else "scores"


def _judge_figures(progress: EvaluationProgress, cost_label: str) -> list[Figure]:
    left, cost = progress.time_left_s, progress.cost_usd
    unpriced = (
        f" {plural(progress.unpriced, 'call')} without a known price not in it."
        if progress.unpriced
        else ""
    )
    time_left = Figure(
        label="time left",
        value=MISSING if left is None else time_text(left),
        explanation="By the rate so far; known once the first judge has answered.",
        is_missing=left is None,
    )
    return [
        Figure(
            label="judging",
            value=time_text(progress.elapsed_s),
            explanation="Time in which judges were asked, without pauses.",
        ),
        *([time_left] if progress.is_active else []),
        Figure(
            label=cost_label,
            value=MISSING if cost is None else usd_text(cost),
            explanation=(
                "No judge's call so far has a known price."
                if cost is None
                else f"Of the judges' calls, failed ones too.{unpriced}"
            ),
            is_missing=cost is None,
        ),
    ]
