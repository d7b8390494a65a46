"""What the judges of an evaluation will cost, said before it starts: an estimate. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from gwtrace_core.batch.estimate import CHARS_PER_TOKEN
from gwtrace_core.evaluation.scorers import find_judges
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import InstructionJudge, Judge, Scorer
from gwtrace_core.gateway.prices import estimate_cost
from gwtrace_core.values.events import Usage
from gwtrace_core.values.request import Lane

ASSUMED_OUTPUT_TOKENS = 150
"""Of a verdict with its rationale, where the lane sets no limit."""
_JUDGE_CHARS = 1_500
"""What MLflow's judges say around question and answer, roughly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeEstimate:
    """What the judges may take."""

    calls: int
    """At most: a judge that a trace lacks something for is not asked."""
    input_tokens: int
    output_tokens: int
    amount_usd: float | None
    """None where no price is known for the model, and without calls."""
    source: str = ""
    """Whose prices, in words."""


def estimate_judges(
    subjects: Sequence[Subject], scorers: Sequence[Scorer], lane: Lane
) -> JudgeEstimate:
    """One call for each trace and judge. Longer reasoning and caches are not in it."""
    judges = find_judges(scorers)
    inputs = [
        math.ceil(
            (_JUDGE_CHARS + _count_own_chars(judge) + _count_subject_chars(subject))
            / CHARS_PER_TOKEN
        )
        for judge in judges
        for subject in subjects
    ]
    output = lane.parameters.max_output_tokens or ASSUMED_OUTPUT_TOKENS
    calls = len(inputs)
    # The price of an average call, as some models cost more by the token in very long ones.
    average = Usage(input_tokens=math.ceil(sum(inputs) / max(1, calls)), output_tokens=output)
    price = estimate_cost(lane.provider, lane.model, average) if calls else None
    return JudgeEstimate(
        calls=calls,
        input_tokens=sum(inputs),
        output_tokens=output * calls,
        amount_usd=None if price is None else price.amount_usd * calls,
        source="" if price is None else price.source,
    )


def _count_own_chars(judge: Judge) -> int:
    if isinstance(judge, InstructionJudge):
        return len(judge.instructions)
    return sum(len(each) for each in judge.guidelines)


def _count_subject_chars(subject: Subject) -> int:
    # What is not text is told to a judge as JSON.
    question = subject.question or json.dumps(subject.inputs, default=str)
    return len(question) + len(subject.answer) + len(subject.expected or "")
