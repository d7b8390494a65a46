"""The set-up of an evaluation as JSON. Apart from its values: pydantic takes long to load."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from gwtrace_core.evaluation import values
from gwtrace_core.evaluation.sources import (
    ChosenTraces,
    ComparisonTraces,
    DatasetTraces,
    MatchingTraces,
    SessionTraces,
)
from gwtrace_core.evaluation.stored import EvaluationSetup
from gwtrace_core.evaluation.values import CodeScorer, Scorer
from gwtrace_core.trace.messages.parts import as_list, as_mapping
from gwtrace_core.values import as_json
from gwtrace_core.values.unicode_text import clean_json

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


def write_setup(setup: EvaluationSetup) -> str:
    """The set-up as one text."""
    found: dict[str, Any] = {
        "name": setup.name,
        "user": setup.user,
        "scorers": [_write_scorer(scorer) for scorer in setup.scorers],
        "source": _write_tagged(setup.source, _SOURCES),
    }
    if setup.judge_lane is not None:
        found["judge_lane"] = as_json.lane_to_json(setup.judge_lane)
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def read_setup(text: str) -> EvaluationSetup | None:
    """The opposite; None when the text is no set-up, or one of a newer version."""
    try:
        found = as_mapping(clean_json(json.loads(text)))
        lane = found.get("judge_lane")
        return EvaluationSetup(
            name=str(found["name"]),
            user=str(found["user"]),
            scorers=tuple(_read_scorer(each) for each in as_list(found["scorers"])),
            source=_read_tagged(found["source"], _SOURCES),
            judge_lane=None if lane is None else as_json.lane_from_json(lane),
        )
    except (ValueError, KeyError, ValidationError, RecursionError):
        return None


def _write_scorer(scorer: Scorer) -> dict[str, Any]:
    if isinstance(scorer, CodeScorer):
        return {"name": scorer.name, **_write_tagged(scorer.check, _CHECKS)}
    return _write_tagged(scorer, _JUDGES)


def _read_scorer(found: Any) -> Scorer:
    data = as_mapping(found)
    if data.get("kind") in _JUDGES:
        return _read_tagged(data, _JUDGES)
    check = {name: value for name, value in data.items() if name != "name"}
    return CodeScorer(name=str(data["name"]), check=_read_tagged(check, _CHECKS))


def _write_tagged(value: Any, kinds: dict[str, type[Any]]) -> dict[str, Any]:
    kind = next(kind for kind, known in kinds.items() if isinstance(value, known))
    fields = TypeAdapter(kinds[kind]).dump_python(value, mode="json", exclude_defaults=True)
    return {"kind": kind, **fields}


def _read_tagged(found: Any, kinds: dict[str, type[Any]]) -> Any:
    data = as_mapping(found)
    fields = {name: value for name, value in data.items() if name != "kind"}
    return TypeAdapter(kinds[str(data["kind"])]).validate_python(fields)
