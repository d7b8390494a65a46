"""Scorers that need no model. Pure: the same subject always gets the same score."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import assert_never

from gwtrace_core.batch.results import normalise
from gwtrace_core.evaluation.json_schemas import SchemaUnusableError, check_schema, find_faults
from gwtrace_core.evaluation.patterns import TooSlowError, check_pattern, search
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import (
    CodeCheck,
    CodeScorer,
    Contains,
    CostAtMost,
    ExactMatch,
    LatencyAtMost,
    LengthBetween,
    MatchesJsonSchema,
    MatchesRegex,
    Score,
    ScoreState,
    ToolCalled,
    Verdict,
)
from gwtrace_core.trace.model import FROM_CACHE
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.text import count_text, duration_text, one_line, plural, usd_text

_MOST_CHARS = 1_000_000
"""Longer answers are not searched for patterns or read as JSON."""
_SHOWN_CHARS = 80


class _NotApplicableError(Exception):
    """The trace lacks what the check needs."""


def score_by_code(scorer: CodeScorer, subject: Subject) -> Score:
    """What the check finds, with the figures in its rationale. Raises nothing.

    At most some 2 s, for a pattern or a schema that would take for ever: the score is then
    `failed` and says so.
    """
    score = Score(trace_id=subject.trace_id, scorer_name=scorer.name, state="failed")
    try:
        passed, rationale = _run_check(scorer.check, subject)
    except _NotApplicableError as exc:
        return _tell_problem(score, "not applicable", str(exc))
    except TooSlowError as exc:
        return _tell_problem(
            score, "failed", f"Given up: {exc} on this answer. Write it without nested repetition."
        )
    except SchemaUnusableError as exc:
        return _tell_problem(score, "failed", str(exc))
    except RequestRefused as exc:
        return _tell_problem(score, "failed", exc.message)
    return Score(
        trace_id=subject.trace_id,
        scorer_name=scorer.name,
        state="scored",
        verdict=Verdict(value=passed, passed=passed, rationale=rationale),
    )


def check_code_scorer(scorer: CodeScorer) -> str:
    """What is wrong with the scorer, and where; empty when it can be used."""
    match scorer.check:
        case ExactMatch() | ToolCalled():
            return ""
        case Contains(text=text):
            return (
                ""
                if text is None or text.strip()
                else "The text that an answer has to contain is empty."
            )
        case MatchesRegex(pattern=pattern):
            return check_pattern(pattern)
        case MatchesJsonSchema(schema_text=schema_text):
            return check_schema(schema_text)
        case LatencyAtMost(limit_ms=limit):
            return _check_limit(limit, "The time")
        case CostAtMost(limit_usd=limit):
            return _check_limit(limit, "The cost")
        case LengthBetween() as length:
            return _check_length_bounds(length)
        case _:
            assert_never(scorer.check)


def _check_limit(limit: float, what: str) -> str:
    if math.isfinite(limit) and limit >= 0:
        return ""
    return f"{what} that is allowed must be a number of at least 0."


def _check_length_bounds(length: LengthBetween) -> str:
    least, most = length.least_chars, length.most_chars
    if least is None and most is None:
        return "A length needs at least one bound."
    if (least or 0) < 0 or (most or 0) < 0:
        return "A length cannot be negative."
    if least is not None and most is not None and least > most:
        return f"The least length, {least:,}, is above the greatest, {most:,}."
    return ""


def _run_check(check: CodeCheck, subject: Subject) -> tuple[bool, str]:
    match check:
        case ExactMatch():
            return _compare_exactly(subject.answer, _need_expected(subject))
        case Contains(text=text):
            return _look_for_text(subject.answer, _need_expected(subject) if text is None else text)
        case MatchesRegex(pattern=pattern):
            return _look_for_pattern(pattern, _need_searchable(subject.answer))
        case MatchesJsonSchema(schema_text=schema_text):
            if problem := check_schema(schema_text):
                raise RequestRefused(problem)
            fault = find_faults(schema_text, _need_searchable(subject.answer))
            return not fault, fault or "The answer is JSON of that schema."
        case LatencyAtMost(limit_ms=limit):
            _refuse_cached(subject)
            if subject.duration_ms is None:
                raise _NotApplicableError("The trace does not say how long it took.")
            took = duration_text(subject.duration_ms)
            return subject.duration_ms <= limit, f"{took}, at most {duration_text(limit)} allowed."
        case CostAtMost(limit_usd=limit):
            _refuse_cached(subject)
            if subject.cost_usd is None:
                raise _NotApplicableError("MLflow knows no cost of this trace.")
            cost = usd_text(subject.cost_usd)
            return subject.cost_usd <= limit, f"{cost}, at most {usd_text(limit)} allowed."
        case LengthBetween():
            return _measure_length(check, len(subject.answer))
        case ToolCalled(tool_name=name):
            return _look_for_tool(name.strip(), subject.tool_names)
        case _:
            assert_never(check)


def _refuse_cached(subject: Subject) -> None:
    if subject.tags.get(FROM_CACHE) == "true":
        raise _NotApplicableError(
            "A gateway's cache answered, or a part of it: time and cost are not the model's."
        )


def _need_expected(subject: Subject) -> str:
    if subject.expected is None or not subject.expected.strip():
        raise _NotApplicableError("The trace has no expected answer.")
    return subject.expected


def _need_searchable(answer: str) -> str:
    if len(answer) > _MOST_CHARS:
        raise _NotApplicableError(
            f"The answer has {count_text(len(answer))} characters; at most "
            f"{count_text(_MOST_CHARS)} are searched."
        )
    return answer


def _compare_exactly(answer: str, expected: str) -> tuple[bool, str]:
    if normalise(answer) == normalise(expected):
        return True, "The answer is the expected one, case and white space aside."
    return False, f"Expected {_quote(expected)}, answered {_quote(answer)}."


def _look_for_text(answer: str, text: str) -> tuple[bool, str]:
    if normalise(text) in normalise(answer):
        return True, f"{_quote(text)} is in the answer."
    return False, f"{_quote(text)} is not in the answer {_quote(answer)}."


def _look_for_pattern(pattern: str, answer: str) -> tuple[bool, str]:
    found = search(pattern, answer)
    if found is None:
        return False, f"Not found in the answer's {_write_count(len(answer))}."
    at, text = found
    return True, f"Found {_quote(text)} at character {count_text(at + 1)}."


def _measure_length(check: LengthBetween, chars: int) -> tuple[bool, str]:
    least, most = check.least_chars, check.most_chars
    passed = (least is None or chars >= least) and (most is None or chars <= most)
    bounds = [
        f"at {word} {count_text(bound)}"
        for word, bound in (("least", least), ("most", most))
        if bound is not None
    ]
    return passed, f"{_write_count(chars)}, {' and '.join(bounds) or 'any number'} allowed."


def _look_for_tool(name: str, called: tuple[str, ...]) -> tuple[bool, str]:
    if not called:
        return False, "No tool was called."
    if name and name not in called:
        return False, f"Called: {', '.join(called)}; not {name}."
    return True, f"Called: {', '.join(called)}."


def _write_count(count: int) -> str:
    return plural(count, "character")


def _quote(text: str) -> str:
    line = one_line(text, _SHOWN_CHARS)
    return f"“{line}”" if line else "nothing"


def _tell_problem(score: Score, state: ScoreState, problem: str) -> Score:
    return replace(score, state=state, problem=problem)
