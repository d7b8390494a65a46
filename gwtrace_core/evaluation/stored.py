"""Evaluations as MLflow keeps them, as values, and their set-up as JSON. Without mlflow."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from gwtrace_core import codec
from gwtrace_core.chat import Lane
from gwtrace_core.evaluation import values
from gwtrace_core.evaluation.sources import (
    ChosenTraces,
    ComparisonTraces,
    DatasetTraces,
    MatchingTraces,
    SessionTraces,
    SubjectSource,
)
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import CodeScorer, Score, Scorer
from gwtrace_core.trace.message_parts import as_list, as_mapping

EvaluationState = Literal["running", "finished", "stopped", "failed"]

_CHECKS: dict[str, type[Any]] = {
    "exact match": values.ExactMatch,
    "contains": values.Contains,
    "regex": values.MatchesRegex,
    "json schema": values.MatchesJsonSchema,
    "latency": values.LatencyAtMost,
    "cost": values.CostAtMost,
    "length": values.LengthBetween,
    "tool called": values.ToolCalled,
}
_JUDGES: dict[str, type[Any]] = {
    "built-in judge": values.BuiltinJudge,
    "judge": values.InstructionJudge,
}
_SOURCES: dict[str, type[Any]] = {
    "traces": ChosenTraces,
    "session": SessionTraces,
    "comparison": ComparisonTraces,
    "filter": MatchingTraces,
    "dataset": DatasetTraces,
}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvaluation:
    """An evaluation read back, whoever made it."""

    summary: EvaluationSummary
    setup: EvaluationSetup | None
    """None for one made elsewhere."""
    subjects: tuple[Subject, ...]
    scores: tuple[Score, ...]
    """Of every subject and scorer; what was never judged is `stopped`."""
    is_whole: bool = True
    """False when it has more traces than are read; the newest are here."""


def setup_to_json(setup: EvaluationSetup) -> str:
    """The set-up as one text."""
    found: dict[str, Any] = {
        "name": setup.name,
        "user": setup.user,
        "scorers": [_scorer_to_json(scorer) for scorer in setup.scorers],
        "source": _tagged(setup.source, _SOURCES),
    }
    if setup.judge_lane is not None:
        found["judge_lane"] = codec.lane_to_json(setup.judge_lane)
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def setup_from_json(text: str) -> EvaluationSetup | None:
    """The opposite; None when the text is no set-up, or one of a newer version."""
    try:
        found = as_mapping(json.loads(text))
        lane = found.get("judge_lane")
        return EvaluationSetup(
            name=str(found["name"]),
            user=str(found["user"]),
            scorers=tuple(_scorer_from_json(each) for each in as_list(found["scorers"])),
            source=_untagged(found["source"], _SOURCES),
            judge_lane=None if lane is None else codec.lane_from_json(lane),
        )
    except (ValueError, KeyError, ValidationError, RecursionError):
        return None


def _scorer_to_json(scorer: Scorer) -> dict[str, Any]:
    if isinstance(scorer, CodeScorer):
        return {"name": scorer.name, **_tagged(scorer.check, _CHECKS)}
    return _tagged(scorer, _JUDGES)


def _scorer_from_json(found: Any) -> Scorer:
    data = as_mapping(found)
    if data.get("kind") in _JUDGES:
        return _untagged(data, _JUDGES)
    check = {name: value for name, value in data.items() if name != "name"}
    return CodeScorer(name=str(data["name"]), check=_untagged(check, _CHECKS))


def _tagged(value: Any, kinds: dict[str, type[Any]]) -> dict[str, Any]:
    kind = next(kind for kind, known in kinds.items() if isinstance(value, known))
    fields = TypeAdapter(kinds[kind]).dump_python(value, mode="json", exclude_defaults=True)
    return {"kind": kind, **fields}


def _untagged(found: Any, kinds: dict[str, type[Any]]) -> Any:
    data = as_mapping(found)
    fields = {name: value for name, value in data.items() if name != "kind"}
    return TypeAdapter(kinds[str(data["kind"])]).validate_python(fields)


def scorer_summaries(names: Sequence[str], scores: Iterable[Score]) -> tuple[ScorerSummary, ...]:
    """What the scores come to, scorer by scorer."""
    grouped: dict[str, list[Score]] = {name: [] for name in names}
    for score in scores:
        grouped.setdefault(score.scorer_name, []).append(score)
    return tuple(_summary(name, found) for name, found in grouped.items())


def number_of(value: values.ScoreValue) -> float | None:
    """The value as MLflow takes it for a mean: yes is 1, no is 0; None for any other text."""
    if isinstance(value, str):
        return {"yes": 1.0, "no": 0.0}.get(value.strip().lower())
    return float(value)


def _summary(name: str, scores: Sequence[Score]) -> ScorerSummary:
    verdicts = [score.verdict for score in scores if score.verdict is not None]
    numbers = [number for each in verdicts if (number := number_of(each.value)) is not None]
    return ScorerSummary(
        name=name,
        mean=statistics.fmean(numbers) if numbers else None,
        passed=sum(verdict.passed is True for verdict in verdicts),
        judged=sum(verdict.passed is not None for verdict in verdicts),
        failed=sum(score.state == "failed" for score in scores),
        not_applicable=sum(score.state == "not applicable" for score in scores),
    )
