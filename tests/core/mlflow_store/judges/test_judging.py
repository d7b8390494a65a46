"""Judges really asked: MLflow's own judges, the real hub and SDKs, the demo gateway over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, get_args

import pytest
from mlflow import MlflowClient

from gwtrace_core.evaluation.subjects import Subject, set_expected
from gwtrace_core.evaluation.values import (
    JUDGE_OUTPUT_TOKENS,
    BuiltinJudge,
    BuiltinName,
    InstructionJudge,
    Judge,
    Score,
)
from gwtrace_core.mlflow_store.conversations.conversations import TraceStore
from gwtrace_core.mlflow_store.judges.judging import Judging
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.request import Parameters
from tests.conftest import Demo, ExchangeLog
from tests.core.mlflow_store.judge_models import (
    CORRECTNESS,
    EVALUATION_ID,
    EXPECTED,
    POLITE,
    QUESTION,
    judge_model,
)
from tests.core.mlflow_store.support import Turns


@pytest.mark.parametrize("path", SdkPath)
@pytest.mark.parametrize("judge", [CORRECTNESS, POLITE], ids=lambda judge: judge.name)
def test_a_judgement_is_one_traced_and_priced_call_on_every_sdk_path(
    embedded: Turns,
    demo: Demo,
    subject: Subject,
    ask: Callable[..., Score],
    path: SdkPath,
    judge: Judge,
) -> None:
    mark = demo.exchanges.mark
    score = ask(judge, subject, judge_model(demo.base_url, path))

    assert (score.trace_id, score.scorer_name) == (subject.trace_id, judge.name)
    assert (score.state, score.problem) == ("scored", "")
    assert (score.lost_cost_usd, score.lost_trace_id) == (None, None)
    verdict = score.verdict
    assert verdict is not None
    assert verdict.rationale is not None
    assert verdict.rationale.startswith("Simulated by the demo gateway")
    assert verdict.cost_usd is not None
    assert 0 < verdict.cost_usd < 0.01
    if judge is CORRECTNESS:
        assert (verdict.value, verdict.passed) == ("yes", True)
    else:
        assert verdict.value is verdict.passed is not None

    (exchange,) = demo.exchanges.since(mark)
    assert "stream" not in exchange.json or exchange.json["stream"] is False
    assert "tools" not in exchange.json
    sent = json.dumps(exchange.json)
    assert '\\"rationale\\"' in sent
    assert '\\"result\\"' in sent
    assert EXPECTED in sent

    assert verdict.judge_trace_id is not None
    trace = _stored(embedded, verdict.judge_trace_id)
    tags = {key: value for key, value in trace.info.tags.items() if "judge" in key or "eval" in key}
    assert tags == {
        "gwtrace.judge": judge.name,
        "gwtrace.judged": subject.trace_id,
        "gwtrace.evaluation": EVALUATION_ID,
    }
    assert trace.info.trace_metadata["mlflow.trace.user"] == "ada"
    kinds = [span.span_type for span in trace.data.spans]
    assert kinds[0] == "CHAIN"
    assert sum(kind in ("CHAT_MODEL", "LLM") for kind in kinds) == 1


def _stored(turns: Turns, trace_id: str) -> Any:
    return MlflowClient(turns.tracking.config.uri).get_trace(trace_id, display=False)


@pytest.mark.parametrize("builtin", get_args(BuiltinName))
def test_each_of_mlflows_judges_says_yes_or_no(
    demo: Demo, subject: Subject, ask: Callable[..., Score], builtin: BuiltinName
) -> None:
    mark = demo.exchanges.mark
    judge = BuiltinJudge(name=f"my {builtin}", builtin=builtin, guidelines=("Keep to English.",))
    score = ask(judge, subject)
    assert score.state == "scored", score.problem
    assert score.verdict is not None
    assert type(score.verdict.value) is str
    assert score.verdict.value in ("yes", "no")
    assert score.verdict.passed is (score.verdict.value == "yes")
    (exchange,) = demo.exchanges.since(mark)
    schema = _told_schema(exchange.json)
    assert schema["properties"]["result"] == {"type": "string", "enum": ["yes", "no"]}
    assert ("Keep to English." in json.dumps(exchange.json)) == (builtin == "Guidelines")


def _told_schema(body: Any) -> dict[str, Any]:
    """The schema that the system message of a chat request ends with."""
    system = body["messages"][0]
    assert system["role"] in ("system", "developer")
    return json.loads(system["content"].rsplit("\n", 1)[1])


@pytest.mark.parametrize(
    ("judge", "result", "is_right"),
    [
        (
            InstructionJudge(name="number", instructions="Rate {{ outputs }}", answers="number"),
            {"type": "number"},
            lambda value, passed: type(value) is float and passed is None,
        ),
        (
            InstructionJudge(
                name="bounded",
                instructions="Rate {{ outputs }} from 1 to 5.",
                answers="number",
                passes_from=1.0,
            ),
            {"type": "number"},
            lambda value, passed: 1 <= value <= 5 and passed is True,
        ),
        (
            InstructionJudge(
                name="strict",
                instructions="Rate {{ outputs }} from 1 to 5.",
                answers="number",
                passes_from=6,
            ),
            {"type": "number"},
            lambda value, passed: 1 <= value <= 5 and passed is False,
        ),
        (
            InstructionJudge(
                name="category",
                instructions="Is {{ outputs }} what {{ expectations }} says?",
                answers="category",
                categories=("Great", "so-so"),
                passing_categories=("Great",),
            ),
            {"type": "string", "enum": ["Great", "so-so"]},
            lambda value, passed: (value, passed) == ("Great", True),
        ),
        (
            InstructionJudge(
                name="neutral",
                instructions="Is {{ outputs }} what {{ expectations }} says?",
                answers="category",
                categories=("Great", "so-so"),
            ),
            {"type": "string", "enum": ["Great", "so-so"]},
            lambda value, passed: (value, passed) == ("Great", None),
        ),
        (
            InstructionJudge(
                name="agrees", instructions="Does {{ outputs }} say {{ expectations }}?"
            ),
            {"type": "boolean"},
            lambda value, passed: (value, passed) == (True, True),
        ),
    ],
    ids=lambda value: value.name if isinstance(value, InstructionJudge) else "",
)
def test_ones_own_instruction_is_answered_in_the_form_that_was_asked_for(
    demo: Demo,
    subject: Subject,
    ask: Callable[..., Score],
    judge: InstructionJudge,
    result: dict[str, Any],
    is_right: Callable[[Any, bool | None], bool],
) -> None:
    mark = demo.exchanges.mark
    score = ask(judge, subject)
    assert score.verdict is not None, score.problem
    assert is_right(score.verdict.value, score.verdict.passed), score.verdict
    (exchange,) = demo.exchanges.since(mark)
    assert _told_schema(exchange.json)["properties"]["result"] == result


def test_a_judge_is_shown_the_answer_and_not_the_response_around_it(
    demo: Demo, subject: Subject, ask: Callable[..., Score]
) -> None:
    mark = demo.exchanges.mark
    ask(BuiltinJudge(name="relevant", builtin="RelevanceToQuery"), subject)
    (exchange,) = demo.exchanges.since(mark)
    prompt = exchange.json["messages"][-1]["content"]
    assert f"<question>{QUESTION}</question>" in prompt
    assert f"<answer>{subject.answer}</answer>" in prompt


def test_texts_that_are_the_same_need_no_model(
    demo: Demo, subject: Subject, ask: Callable[..., Score]
) -> None:
    mark = demo.exchanges.mark
    score = ask(
        BuiltinJudge(name="same", builtin="Equivalence"), set_expected(subject, subject.answer)
    )
    assert score.verdict is not None, score.problem
    assert (score.verdict.value, score.verdict.passed) == ("yes", True)
    assert (score.verdict.cost_usd, score.verdict.judge_trace_id) == (None, None)
    assert demo.exchanges.since(mark) == ()


def test_the_lanes_settings_go_along_but_not_its_system_prompt_and_tools(
    demo: Demo, subject: Subject, ask: Callable[..., Score]
) -> None:
    mark, model = demo.exchanges.mark, judge_model(demo.base_url)
    lane = replace(
        model.lane,
        parameters=Parameters(temperature=0.0),
        system_prompt="Talk like a pirate",
        tools=("calculator",),
        streamed=True,
    )
    score = ask(POLITE, subject, replace(model, lane=lane))
    assert score.state == "scored", score.problem
    (exchange,) = demo.exchanges.since(mark)
    assert exchange.json["temperature"] == 0.0
    assert "pirate" not in json.dumps(exchange.json)
    assert "tools" not in exchange.json


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (SdkPath.OPENAI_CHAT, "max_completion_tokens"),
        (SdkPath.OPENAI_RESPONSES, "max_output_tokens"),
        (SdkPath.ANTHROPIC_MESSAGES, "max_tokens"),
        (SdkPath.PYDANTIC_AI, "max_output_tokens"),
    ],
)
def test_a_judge_may_write_so_much_and_no_more(
    demo: Demo, subject: Subject, ask: Callable[..., Score], path: SdkPath, name: str
) -> None:
    mark, model = demo.exchanges.mark, judge_model(demo.base_url, path)
    assert ask(POLITE, subject, model).state == "scored"
    limited = replace(model.lane, parameters=Parameters(max_output_tokens=700))
    assert ask(POLITE, subject, replace(model, lane=limited)).state == "scored"
    asked = demo.exchanges.since(mark)
    assert [exchange.json[name] for exchange in asked] == [JUDGE_OUTPUT_TOKENS, 700]


def test_what_judges_were_asked_is_none_of_the_conversations(
    embedded: Turns, subject: Subject, ask: Callable[..., Score]
) -> None:
    score = ask(CORRECTNESS, subject)
    assert score.verdict is not None, score.problem
    trace = _stored(embedded, str(score.verdict.judge_trace_id))
    session_id = trace.info.trace_metadata["mlflow.trace.session"]
    assert session_id == f"{EVALUATION_ID}-judges"
    listed = {each.session_id for each in TraceStore(embedded.tracking).sessions()}
    assert subject.session_id in listed
    assert session_id not in listed


@pytest.fixture
def two_demos(make_demo: Callable[..., Any]) -> Iterator[tuple[Demo, Demo]]:
    with make_demo(pace=0) as one, make_demo(pace=0) as other:
        yield one, other


class _MeetingPoint(dict[str, Any]):
    """Inputs of a trace whose reader waits until the other user's judge reads its own: both are
    then about to call their model."""

    def __init__(self, inputs: Any, barrier: threading.Barrier) -> None:
        super().__init__(inputs)
        self._barrier = barrier
        self._has_met = False

    def __bool__(self) -> bool:
        if not self._has_met:
            self._has_met = True
            self._barrier.wait(30)
        return True


def test_two_users_judges_never_meet(
    embedded: Turns,
    subject: Subject,
    two_demos: tuple[Demo, Demo],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "PYDANTIC_AI_GATEWAY_API_KEY"):
        monkeypatch.setenv(name, "canary-of-the-environment")
    environment = dict(os.environ)
    judging = Judging(embedded.tracking, embedded.hub)
    users = list(zip(("ada", "bob"), two_demos, ("demo", "paig_demo"), strict=True))
    scores: dict[str, list[Score]] = {"ada": [], "bob": []}
    barrier = threading.Barrier(2)

    def judge_all(user: str, demo: Demo, key: str) -> None:
        for path in (*SdkPath, *SdkPath):
            scores[user].append(
                judging.judge(
                    CORRECTNESS,
                    replace(subject, inputs=_MeetingPoint(subject.inputs, barrier)),
                    judge_model(demo.base_url, path, key=key),
                    evaluation_id=EVALUATION_ID,
                    user=user,
                    stopped=threading.Event(),
                )
            )

    threads = [threading.Thread(target=judge_all, args=user) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    for user, demo, key in users:
        assert [score.state for score in scores[user]] == ["scored"] * 8, scores[user]
        assert _keys(demo.exchanges) == [key] * 8
        for score in scores[user]:
            assert score.verdict is not None
            trace = _stored(embedded, str(score.verdict.judge_trace_id))
            assert trace.info.trace_metadata["mlflow.trace.user"] == user
    assert dict(os.environ) == environment


def _keys(log: ExchangeLog) -> list[str]:
    """Everything that each request carried as a credential."""
    return [
        " ".join(
            value.removeprefix("Bearer ")
            for name, value in exchange.headers.items()
            if name in ("authorization", "x-api-key", "x-goog-api-key")
        )
        for exchange in log.all
    ]


def test_judging_loads_no_mlflow_before_it_judges() -> None:
    program = (
        "import sys, gwtrace_core.mlflow_store.judges.judging\n"
        "print(sorted({'mlflow', 'openai', 'httpx', 'pydantic'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
