"""Judges that ask a model: MLflow's own decide what is asked, the hub makes the call.

Light: mlflow is imported when the first judgement is made. No key goes anywhere but where the
judge's lane sends it, and no environment variable is touched: two users' judges never meet.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import assert_never

from gwtrace_core.evaluation.judges import check_judge, find_variables
from gwtrace_core.evaluation.subjects import (
    EVALUATION,
    JUDGE,
    JUDGED,
    Subject,
    make_judges_session_id,
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
        if problem := check_judge(judge):
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
        return frozenset(find_variables(judge.instructions))
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
        session_id=make_judges_session_id(evaluation_id),
        user=user,
        tags={JUDGE: judge.name, EVALUATION: evaluation_id, JUDGED: subject.trace_id},
    )
