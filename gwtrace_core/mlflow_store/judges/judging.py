"""Judges that ask a model: MLflow's own decide what is asked, the hub makes the call.

Light: mlflow is imported when the first judgement is made. No key goes anywhere but where the
judge's lane sends it, and no environment variable is touched: two users' judges never meet.
"""

from __future__ import annotations

import math
import re
import threading
from dataclasses import replace
from typing import assert_never

from gwtrace_core.evaluation.subjects import (
    EVALUATION,
    JUDGE,
    JUDGED,
    Subject,
    judges_session_id,
)
from gwtrace_core.evaluation.values import (
    JUDGE_LIMIT_S,
    BuiltinJudge,
    InstructionJudge,
    Judge,
    JudgeModel,
    Score,
    ScoreValue,
    Verdict,
)
from gwtrace_core.mlflow_store.connection.ask import ready
from gwtrace_core.mlflow_store.connection.tracking import Tracking
from gwtrace_core.mlflow_store.judges.answers import FACTS, UnjudgedError
from gwtrace_core.mlflow_store.judges.call import JudgeCall
from gwtrace_core.running.hub import Hub
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.request import TurnContext

VARIABLES = ("inputs", "outputs", "expectations", "trace")
"""What an instruction may name in double braces."""

MOST_NAME_CHARS = 250
"""MLflow's databases keep no longer name of an assessment."""

_VARIABLE = re.compile(r"\{\{\s*([a-zA-Z_][a-zA-Z0-9_]*(?:\.[a-zA-Z_][a-zA-Z0-9_]*)*)\s*\}\}")


class Judging:
    """Puts single questions to judges. Safe to use from any thread."""

    def __init__(self, tracking: Tracking, hub: Hub, *, limit_s: float = JUDGE_LIMIT_S) -> None:
        """No judge is waited for longer than `limit_s`."""
        self._tracking = tracking
        self._hub = hub
        self._limit_s = limit_s

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
        """Block until the judge has answered or failed, or `stopped` is set.

        One request at most, never repeated. Whatever judge, model or MLflow do is told in the
        score; only bugs raise.
        """

        call = JudgeCall(
            self._hub,
            model,
            _context(judge, subject, evaluation_id=evaluation_id, user=user),
            stopped,
            limit_s=self._limit_s,
        )
        score = Score(trace_id=subject.trace_id, scorer_name=judge.name, state="failed")
        if problem := judge_problem(judge):
            return replace(score, problem=problem)
        if lacking := _lacking(judge, subject):
            return replace(score, state="not applicable", problem=lacking)
        try:
            value, rationale = self._ask(judge, subject, call)
        except (UnjudgedError, TrackingError) as exc:
            return replace(
                score,
                state=exc.state if isinstance(exc, UnjudgedError) else "failed",
                problem=f"{exc.message} {exc.hint}".strip(),
                lost_cost_usd=call.cost_usd,
                lost_trace_id=call.trace_id,
            )
        verdict = Verdict(
            value=value,
            passed=_passed(judge, value),
            rationale=call.masked(rationale) or None,
            cost_usd=call.cost_usd,
            judge_trace_id=call.trace_id,
        )
        return replace(score, state="scored", verdict=verdict)

    def _ask(self, judge: Judge, subject: Subject, call: JudgeCall) -> tuple[ScoreValue, str]:
        ready(self._tracking)
        # Not at the top: it imports mlflow, and that is prepared only now.
        from gwtrace_core.mlflow_store.judges import builtin

        return builtin.judge(judge, subject, call, uri=self._tracking.config.uri)


def judge_problem(judge: Judge) -> str:
    """Why MLflow could not make this judge, and what to do; empty when it can."""
    name = judge.name.strip()
    if not name or name != judge.name:
        return "A judge needs a name, without white space around it."
    if len(name) > MOST_NAME_CHARS:
        return f"A judge's name has {MOST_NAME_CHARS} characters at most."
    match judge:
        case BuiltinJudge():
            return _builtin_problem(judge)
        case InstructionJudge():
            return _instructions_problem(judge) or _answers_problem(judge)
        case _:
            assert_never(judge)


def variables_of(instructions: str) -> tuple[str, ...]:
    """What is named in double braces, each once, in order."""
    return tuple(dict.fromkeys(_VARIABLE.findall(instructions)))


def _builtin_problem(judge: BuiltinJudge) -> str:
    if judge.builtin == "Guidelines" and not any(each.strip() for each in judge.guidelines):
        return f"{judge.name} has no guidelines. Write down what an answer has to keep to."
    return ""


def _instructions_problem(judge: InstructionJudge) -> str:
    offered = ", ".join(f"{{{{ {name} }}}}" for name in VARIABLES)
    used = variables_of(judge.instructions)
    if not used:
        return (
            f"The instruction of {judge.name} names nothing to judge. Put in at least one of "
            f"{offered}."
        )
    if unknown := [name for name in used if name not in VARIABLES]:
        named = ", ".join(f"{{{{ {name} }}}}" for name in unknown)
        return f"The instruction of {judge.name} names {named}, which is not known. Use {offered}."
    return ""


def _answers_problem(judge: InstructionJudge) -> str:
    match judge.answers:
        case "yes or no":
            return ""
        case "number":
            if judge.passes_from is not None and not math.isfinite(judge.passes_from):
                return f"The least number that passes {judge.name} has to be a finite number."
            return ""
        case "category":
            return _categories_problem(judge)
        case _:
            assert_never(judge.answers)


def _categories_problem(judge: InstructionJudge) -> str:
    folded = {each.strip().casefold() for each in judge.categories}
    if "" in folded:
        return f"A category of {judge.name} is empty. Name it or take it out."
    if len(folded) < len(judge.categories):
        return f"Two categories of {judge.name} are the same, case aside. Take one out."
    if len(folded) < 2:
        return f"{judge.name} needs at least two categories to choose from."
    if strange := [each for each in judge.passing_categories if each not in judge.categories]:
        return (
            f"{', '.join(strange)} shall pass {judge.name} but is none of its categories. "
            "Add the category or let another one pass."
        )
    return ""


def _lacking(judge: Judge, subject: Subject) -> str:
    """What the judge needs and the trace does not have; empty when it has all."""
    needs = _needs(judge)
    # An answer without a word may still have called a tool, which can be judged.
    if "outputs" in needs and not subject.answer.strip() and not subject.tool_names:
        return "This trace has no answer to judge."
    if "inputs" in needs and not subject.question.strip() and not subject.inputs:
        return "This trace has no question to judge the answer by."
    facts = subject.expectations.get(FACTS) if "expected facts" in needs else None
    if "expected answer" in needs and subject.expected is None and not facts:
        return "This trace has no expected answer to judge by. Add one, and judge again."
    if "expectations" in needs and not subject.expectations:
        return "Nothing is expected of this trace. Add an expected answer, and judge again."
    return ""


def _needs(judge: Judge) -> frozenset[str]:
    if isinstance(judge, InstructionJudge):
        return frozenset(variables_of(judge.instructions))
    match judge.builtin:
        case "Fluency" | "Safety":
            return frozenset({"outputs"})
        case "RelevanceToQuery" | "Completeness" | "Guidelines":
            return frozenset({"inputs", "outputs"})
        case "Correctness":
            return frozenset({"inputs", "outputs", "expected answer", "expected facts"})
        case "Equivalence":
            return frozenset({"outputs", "expected answer"})
        case _:
            assert_never(judge.builtin)


def _passed(judge: Judge, value: ScoreValue) -> bool | None:
    if isinstance(judge, BuiltinJudge):
        return value == "yes"
    match judge.answers:
        case "yes or no":
            return value is True
        case "number":
            if judge.passes_from is None or not isinstance(value, int | float):
                return None
            return value >= judge.passes_from
        case "category":
            return value in judge.passing_categories if judge.passing_categories else None
        case _:
            assert_never(judge.answers)


def _context(judge: Judge, subject: Subject, *, evaluation_id: str, user: str) -> TurnContext:
    return TurnContext(
        session_id=judges_session_id(evaluation_id),
        user=user,
        tags={JUDGE: judge.name, EVALUATION: evaluation_id, JUDGED: subject.trace_id},
    )
