"""Scorers, and what they said of traces, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gwtrace_core.values.connection import FindTarget
from gwtrace_core.values.request import Lane

BuiltinName = Literal[
    "RelevanceToQuery",
    "Correctness",
    "Completeness",
    "Fluency",
    "Safety",
    "Guidelines",
    "Equivalence",
]
"""MLflow's own judges that need nothing but the question, the answer and what was expected."""

AT_ONCE = 4
MOST_AT_ONCE = 16
"""Judges that are asked at a time: to begin with, and at most."""

JUDGE_OUTPUT_TOKENS = 4_096
"""What a judge's model may write where nobody has set another end: a verdict and its reasoning."""
JUDGE_LIMIT_S = 300.0
"""No judge is waited for longer. A slow local model has written its tokens by then."""

ScoreValue = bool | int | float | str
ScoreState = Literal["waiting", "running", "scored", "not applicable", "failed", "stopped"]
"""`not applicable`: the trace lacks what the scorer needs, as an expected answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactMatch:
    """The answer is the expected one, case and white space aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contains:
    """The answer contains a text, case and white space aside."""

    text: str | None = None
    """None: the expected answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchesRegex:
    """A regular expression (Python's) is found in the answer."""

    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchesJsonSchema:
    """The answer is JSON of that schema; a code fence around it does not count."""

    schema_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyAtMost:
    """The trace took no longer."""

    limit_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CostAtMost:
    """The trace cost no more, as MLflow sums it; one without a known cost cannot be judged."""

    limit_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthBetween:
    """The answer has that many characters; None is no bound."""

    least_chars: int | None = None
    most_chars: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled:
    """A tool of that name was run, or asked for; empty: any."""

    tool_name: str


CodeCheck = (
    ExactMatch
    | Contains
    | MatchesRegex
    | MatchesJsonSchema
    | LatencyAtMost
    | CostAtMost
    | LengthBetween
    | ToolCalled
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeScorer:
    """A check that needs no model. Says true or false."""

    name: str
    """The assessment's name in MLflow."""
    check: CodeCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltinJudge:
    """One of MLflow's own judges. Says yes or no."""

    name: str
    builtin: BuiltinName
    guidelines: tuple[str, ...] = ()
    """For `Guidelines`: what the answer has to keep to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionJudge:
    """A judge by one's own instruction, MLflow's `make_judge`."""

    name: str
    instructions: str
    """With at least one of `{{ inputs }}`, `{{ outputs }}`, `{{ expectations }}`, `{{ trace }}`.

    For `{{ trace }}` the model is given the spans as text, up to 60,000 characters of them; it is
    not offered MLflow's tools to look at spans by itself.
    """
    answers: Literal["yes or no", "number", "category"] = "yes or no"
    categories: tuple[str, ...] = ()
    """What a `category` judge may answer, worst last."""
    passes_from: float | None = None
    """Of a `number` judge: the least number that passes; None: numbers do not pass or fail."""
    passing_categories: tuple[str, ...] = ()
    """Of a `category` judge."""


Judge = BuiltinJudge | InstructionJudge
Scorer = CodeScorer | Judge


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeModel:
    """What the judges of an evaluation are asked through: any lane that a chat could use."""

    lane: Lane
    find_target: FindTarget
    """Asked right before each judge's call: an evaluation holds no key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one scorer found on one trace."""

    value: ScoreValue
    passed: bool | None
    """None where the scorer neither passes nor fails, as a number without a bound."""
    rationale: str | None = None
    cost_usd: float | None = None
    """Of the judge's own call; None without a call or a known price."""
    judge_trace_id: str | None = None
    """The trace of the judge's own call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One scorer on one trace, however far it has come."""

    trace_id: str
    scorer_name: str
    state: ScoreState
    verdict: Verdict | None = None
    """Only when `scored`."""
    problem: str = ""
    """Why it failed or does not apply: what happened, whose fault, what to do."""
    lost_cost_usd: float | None = None
    """Of a judge's call that gave no verdict; None without a call or a known price."""
    lost_trace_id: str | None = None
    """The trace of a judge's call that gave no verdict."""
