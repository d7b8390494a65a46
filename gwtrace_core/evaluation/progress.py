"""What a running evaluation needs of others, and how far it has come, as values."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gwtrace_core.background.ordered_writes import WriteCounts
from gwtrace_core.evaluation.scorers import check_scorers, find_judges
from gwtrace_core.evaluation.stored import EvaluationSetup, ScorerSummary
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import Judge, JudgeModel, Score


class Judges(Protocol):
    """What `gwtrace_core.mlflow_store.judges.judging.Judging` does."""

    def judge(
        self,
        judge: Judge,
        subject: Subject,
        model: JudgeModel,
        *,
        evaluation_id: str,
        user: str,
        stopped: threading.Event,
    ) -> Score:
        """Block until it has answered, failed, or `stopped` is set."""
        ...


class ScoreStore(Protocol):
    """What `mlflow_store.evaluations.evaluations.Evaluations` does for a run under way."""

    def store(self, evaluation_id: str, score: Score, *, judge_model: str | None) -> None:
        """Store a score on its trace."""
        ...

    def resume(self, evaluation_id: str, *, owner: str, before: str) -> None:
        """Mark the run as running again, in the hands of `owner`.

        Raises TakenElsewhere when it is no longer in the hands of `before`.
        """
        ...

    def tell_alive(self, evaluation_id: str) -> None:
        """Leave a sign that somebody is at it."""
        ...

    def end(
        self,
        evaluation_id: str,
        scorer_names: Sequence[str],
        scores: Sequence[Score],
        *,
        is_complete: bool,
    ) -> None:
        """End the run."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationProgress:
    """An evaluation at one moment."""

    scores: tuple[Score, ...]
    """Subject by subject, of each all scorers in their order."""
    waiting: int
    running: int
    scored: int
    not_applicable: int
    failed: int
    stopped: int
    is_active: bool
    """Whether anything is judged, or will be without anybody's doing."""
    pause_reason: str
    """Why nothing more is judged although something is left; else empty."""
    elapsed_s: float
    """Time in which judges were asked, pauses not counted."""
    time_left_s: float | None
    """Of the judges, by the rate so far; None before the first has answered."""
    cost_usd: float | None
    """Of the judges' calls so far, failed ones too; None while none is known."""
    unpriced: int
    """Judges' calls whose cost nobody knows."""
    scorers: tuple[ScorerSummary, ...]
    writes: WriteCounts
    """What is in MLflow by now."""

    @property
    def settled(self) -> int:
        """Scores that have come to an end of their own, well or not."""
        return self.scored + self.not_applicable + self.failed

    @property
    def is_over(self) -> bool:
        """Whether nothing moves any more, in here and on the way to MLflow."""
        return not self.is_active and self.writes.is_idle


def check_evaluation(setup: EvaluationSetup, subjects: Sequence[Subject]) -> str:
    """Why this evaluation cannot be run; empty when it can."""
    if not subjects:
        return "There are no traces to judge. Choose some."
    if problem := check_scorers(setup.scorers):
        return problem
    if setup.judge_lane is None and find_judges(setup.scorers):
        return "Judges need a model. Choose one."
    return ""
