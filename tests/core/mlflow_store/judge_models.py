"""What the tests of judges share: a trace to judge, and lanes at a demo gateway to judge by."""

from __future__ import annotations

import threading

from gwtrace_core.evaluation.subjects import Subject, make_subject, set_expected
from gwtrace_core.evaluation.values import (
    BuiltinJudge,
    InstructionJudge,
    Judge,
    JudgeModel,
    Score,
)
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.mlflow_store.judges.judging import Judging
from gwtrace_core.values.connection import Connection, ConnectionKind, SdkPath
from gwtrace_core.values.request import Lane
from gwtrace_core.values.secret import Secret
from tests.core.mlflow_store.support import MODELS, PROVIDERS, Turns

EVALUATION_ID = "0123456789abcdef0123456789abcdef"
QUESTION = "How does a gateway stream an answer?"
EXPECTED = "Your request goes to a"
"""Is in the demo's answer to the question."""

CORRECTNESS = BuiltinJudge(name="correct", builtin="Correctness")
POLITE = InstructionJudge(
    name="polite", instructions="Is {{ outputs }} polite? Asked: {{ inputs }}"
)


def judge_model(
    base_url: str,
    path: SdkPath = SdkPath.OPENAI_CHAT,
    *,
    model: str | None = None,
    key: str = "demo",
) -> JudgeModel:
    """`base_url` ends in `/proxy`."""
    provider = PROVIDERS[path]
    connection = Connection(
        id="demo",
        kind=ConnectionKind.DEMO,
        label="Demo gateway",
        base_url=base_url,
        api_key=Secret(key),
    )
    lane = Lane(
        connection_id=connection.id,
        provider=provider,
        route=provider.value,
        sdk_path=path,
        model=model or MODELS[provider],
    )
    return JudgeModel(lane=lane, find_target=lambda: resolve(connection, lane))


def judged_turn(turns: Turns) -> Subject:
    """A turn that was really had, with the expected answer that a dataset would give."""
    turn = turns.ask(SdkPath.OPENAI_CHAT, model="gpt-4o-mini", text=QUESTION)
    return set_expected(make_subject(turn.trace), EXPECTED)


def judged(
    turns: Turns,
    judge: Judge,
    subject: Subject,
    model: JudgeModel | None = None,
    *,
    stopped: threading.Event | None = None,
    limit_s: float = 60,
) -> Score:
    """What the judge finds, asked by ada."""
    return Judging(turns.tracking, turns.hub, limit_s=limit_s).judge(
        judge,
        subject,
        model or judge_model(turns.base_url),
        evaluation_id=EVALUATION_ID,
        user="ada",
        stopped=stopped or threading.Event(),
    )
