"""What the tests of stored evaluations share: scorers, setups, scores, a plain MlflowClient."""

from __future__ import annotations

from typing import Any

from mlflow import MlflowClient

from gwtrace_core.evaluation.sources import ChosenTraces
from gwtrace_core.evaluation.stored import EvaluationSetup
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import (
    BuiltinJudge,
    CodeScorer,
    Contains,
    ExactMatch,
    InstructionJudge,
    LengthBetween,
    Score,
    Scorer,
    Verdict,
)
from gwtrace_core.mlflow_store.connection.tracking import Ready
from gwtrace_core.mlflow_store.evaluations.evaluations import Evaluations
from gwtrace_core.values.connection import Provider, SdkPath
from gwtrace_core.values.request import Lane
from tests.core.mlflow_store.support import Turns

SETTLE_S = 120.0
LANE = Lane(
    connection_id="demo",
    provider=Provider.OPENAI,
    route="openai",
    sdk_path=SdkPath.OPENAI_CHAT,
    model="judge-model",
)
BRIEF = CodeScorer(name="brief", check=Contains(text="hello"))
TONE = InstructionJudge(
    name="tone",
    instructions="Mark {{ outputs }}.",
    answers="number",
    passes_from=3,
)
EXACT = CodeScorer(name="exact", check=ExactMatch())
SCORERS: tuple[Scorer, ...] = (
    CodeScorer(name="contains expected", check=Contains()),
    CodeScorer(name="not long", check=LengthBetween(most_chars=10)),
    BuiltinJudge(name="fluent", builtin="Fluency"),
    InstructionJudge(
        name="tone",
        instructions="Mark the tone of {{ outputs }} from 1 to 5.",
        answers="number",
        passes_from=3,
    ),
)
"""What needs an expected answer, what does not, and judges."""


def plain(turns: Turns) -> Any:
    return MlflowClient(tracking_uri=turns.tracking.config.uri)


def experiment_of(turns: Turns) -> str:
    state = turns.tracking.state
    assert isinstance(state, Ready)
    return state.experiment_id


def asked(turns: Turns, text: str = "Hello", **settings: Any) -> str:
    return turns.ask(SdkPath.OPENAI_CHAT, text=text, **settings).trace.trace_id


def found(turns: Turns, *trace_ids: str) -> tuple[Subject, ...]:
    return Evaluations(turns.tracking).find_subjects(ChosenTraces(trace_ids=trace_ids)).subjects


def setup_for(*trace_ids: str, scorers: Any = (BRIEF, TONE, EXACT)) -> EvaluationSetup:
    return EvaluationSetup(
        name="First look",
        scorers=scorers,
        source=ChosenTraces(trace_ids=trace_ids),
        user="ann",
        judge_lane=LANE,
    )


def scored(trace_id: str, name: str, value: Any, *, passed: bool | None, **more: Any) -> Score:
    verdict = Verdict(value=value, passed=passed, **more)
    return Score(trace_id=trace_id, scorer_name=name, state="scored", verdict=verdict)
