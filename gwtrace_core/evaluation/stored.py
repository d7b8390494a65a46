"""Evaluations as MLflow keeps them, as values. Without mlflow."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from gwtrace_core.background.heartbeat import is_silent
from gwtrace_core.evaluation import values
from gwtrace_core.evaluation.sources import SubjectSource
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import Score, Scorer
from gwtrace_core.values.request import Lane

EvaluationState = Literal["running", "finished", "stopped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSetup:
    """All that is needed to look at an evaluation again, or to run it once more. No secret."""

    name: str
    scorers: tuple[Scorer, ...]
    source: SubjectSource
    user: str
    judge_lane: Lane | None = None
    """What the judges are asked through; None without judges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorerSummary:
    """What a list shows of one scorer. None: not known, as of evaluations made elsewhere."""

    name: str
    mean: float | None = None
    """MLflow's metric `<name>/mean`: of yes and no the share of yes; of numbers their mean."""
    passed: int | None = None
    judged: int | None = None
    """How many passed or failed."""
    failed: int | None = None
    """How often the scorer itself failed."""
    not_applicable: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSummary:
    """An evaluation as a list shows it."""

    evaluation_id: str
    """MLflow's run id."""
    name: str
    start_ms: int
    """Milliseconds since the Unix epoch."""
    end_ms: int | None
    state: EvaluationState
    """As MLflow has it: one whose process has died stays `running`."""
    is_by_gwtrace: bool
    user: str = ""
    scorers: tuple[ScorerSummary, ...] = ()
    trace_count: int | None = None
    judge_model: str = ""
    source: str = ""
    """In words."""
    alive_ms: int | None = None
    """The last sign of life of whoever is at it, since the Unix epoch; None: there never was."""

    def is_alive(self, now_ms: int) -> bool:
        """Whether somebody is visibly at it."""
        return (
            self.state == "running"
            and self.alive_ms is not None
            and not is_silent(now_ms - self.alive_ms)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvaluation:
    """An evaluation read back, whoever made it."""

    summary: EvaluationSummary
    setup: EvaluationSetup | None
    """None for one made elsewhere."""
    subjects: tuple[Subject, ...]
    scores: tuple[Score, ...]
    """Of every subject and scorer; what was never judged is `stopped`."""
    read_ms: int
    """When that was, since the Unix epoch."""
    owner: str = ""
    """In whose hands it was; empty for those who began it."""
    is_whole: bool = True
    """False when it has more traces than are read; the newest are here."""


def summarise_scorers(names: Sequence[str], scores: Iterable[Score]) -> tuple[ScorerSummary, ...]:
    """What the scores come to, scorer by scorer."""
    grouped: dict[str, list[Score]] = {name: [] for name in names}
    for score in scores:
        grouped.setdefault(score.scorer_name, []).append(score)
    return tuple(_summarise(name, found) for name, found in grouped.items())


def read_number(value: values.ScoreValue) -> float | None:
    """The value as MLflow takes it for a mean: yes is 1, no is 0; None for any other text."""
    if isinstance(value, str):
        return {"yes": 1.0, "no": 0.0}.get(value.strip().lower())
    return float(value)


def _summarise(name: str, scores: Sequence[Score]) -> ScorerSummary:
    verdicts = [score.verdict for score in scores if score.verdict is not None]
    numbers = [number for each in verdicts if (number := read_number(each.value)) is not None]
    return ScorerSummary(
        name=name,
        mean=statistics.fmean(numbers) if numbers else None,
        passed=sum(verdict.passed is True for verdict in verdicts),
        judged=sum(verdict.passed is not None for verdict in verdicts),
        failed=sum(score.state == "failed" for score in scores),
        not_applicable=sum(score.state == "not applicable" for score in scores),
    )
