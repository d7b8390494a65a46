"""Feedback and expectations in words: what was said, of what sort it is, and by whom. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal

from gwtrace_core.trace.model import Assessment
from gwtrace_core.values import trace_names

FeedbackSource = Literal["person", "judge", "code"]
ValueKind = Literal["yes_no", "number", "category"]

VERDICT = "verdict"
"""What the thumbs are called."""
MOST_STARS = 5
STARS = {trace_names.SCALE: "stars"}
"""Metadata of an assessment whose number is one of stars."""

_SOURCES: dict[str, FeedbackSource] = {
    "HUMAN": "person",
    "LLM_JUDGE": "judge",
    "AI_JUDGE": "judge",
    "CODE": "code",
}


def source_of(assessment: Assessment) -> FeedbackSource | None:
    """Who said it; None where MLflow does not know."""
    return _SOURCES.get(assessment.source_kind)


def kind_of(value: Any) -> ValueKind | None:
    """Of what sort a value is; None for a list, a map, or none at all."""
    if isinstance(value, bool):
        return "yes_no"
    if isinstance(value, int | float):
        return "number"
    return "category" if isinstance(value, str) else None


def value_words(assessment: Assessment) -> str:
    """`good`, `no`, `★★★★☆`, `4.5`, or the text itself; `failed, …` where judging failed."""
    if assessment.error is not None:
        failed = f"failed, {assessment.error}"
        return failed if assessment.value is None else f"{_words(assessment)}, {failed}"
    return _words(assessment)


def _words(assessment: Assessment) -> str:
    value = assessment.value
    match kind_of(value):
        case "yes_no":
            words = ("bad", "good") if assessment.name == VERDICT else ("no", "yes")
            return words[bool(value)]
        case "number":
            is_whole = 1 <= value <= MOST_STARS and value == int(value)
            if assessment.is_stars and is_whole:
                return "★" * int(value) + "☆" * (MOST_STARS - int(value))
            return f"{value:g}"
        case "category":
            return str(value)
        case None:
            return "no value" if value is None else json.dumps(value)


def who_words(assessment: Assessment) -> str:
    """The person's name; of others their kind, as their ids are long."""
    source = source_of(assessment)
    return assessment.source_id if source in ("person", None) else source


def compact_words(assessments: Iterable[Assessment]) -> list[str]:
    """What was said for a column: equal words once, with all who said them."""
    said: dict[str, list[str]] = {}
    for each in assessments:
        words = value_words(each)
        what = words if each.name == VERDICT else f"{each.name}: {words}"
        names = said.setdefault(what, [])
        if (who := who_words(each)) not in names:
            names.append(who)
    return [
        f"{what} · {', '.join(filter(None, names))}".rstrip(" ·") for what, names in said.items()
    ]
