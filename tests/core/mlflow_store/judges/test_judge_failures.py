"""Judges that come to no verdict: what went wrong, or what the trace lacks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import (
    BuiltinJudge,
    InstructionJudge,
    Judge,
    Score,
)
from gwtrace_core.mlflow_store.connection.tracking import Down, TrackingConfig
from gwtrace_core.mlflow_store.judges.judging import Judging
from gwtrace_core.values.connection import SdkPath, Target
from gwtrace_core.values.errors import RequestRefused
from tests.conftest import Demo
from tests.core.mlflow_store.judge_models import CORRECTNESS, EVALUATION_ID, POLITE, judge_model


def test_a_trace_that_is_gone_fails_its_judge_by_name(
    demo: Demo, subject: Subject, ask: Callable[..., Score]
) -> None:
    mark = demo.exchanges.mark
    judge = InstructionJudge(name="thrifty", instructions="Look at {{ trace }}")
    score = ask(judge, replace(subject, trace_id="tr-" + "0" * 32))
    assert score.state == "failed"
    assert score.problem.startswith("MLflow could not read the trace: ")
    assert demo.exchanges.since(mark) == ()


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("fault-judge-prose", "did not answer with a verdict but said: “What a nice answer!"),
        ("fault-judge-value", 'gave “"purple"” as its verdict; it was asked for one of yes, no.'),
        ("fault-refusal", "did not answer with a verdict but said: “I'm sorry, but I can't help"),
        ("fault-content-filter", "not whole. Ended by the provider's content filter."),
        ("fault-length", "The judge's answer was cut at its maximum length."),
        ("fault-upstream-500", "OpenAI failed: The server had an error"),
        ("fault-upstream-429", "rate limit"),
        ("fault-unpriced", "has no price for the model 'fault-unpriced'"),
        ("fault-bad-json", "The provider's answer held no usage that the gateway could read."),
    ],
)
def test_a_judge_that_fails_says_why_after_one_request(
    demo: Demo, subject: Subject, ask: Callable[..., Score], model: str, said: str
) -> None:
    mark = demo.exchanges.mark
    score = ask(CORRECTNESS, subject, judge_model(demo.base_url, model=model))
    assert (score.state, score.verdict) == ("failed", None)
    assert said in score.problem
    assert score.lost_trace_id is not None
    assert len(demo.exchanges.since(mark)) == 1


def test_a_verdict_that_is_none_has_cost_all_the_same(
    demo: Demo, subject: Subject, ask: Callable[..., Score]
) -> None:
    # The price table knows no fault models, so this is the gateway's own estimate.
    score = ask(CORRECTNESS, subject, judge_model(demo.base_url, model="fault-judge-prose"))
    assert score.lost_cost_usd is not None
    assert score.lost_cost_usd > 0


def test_a_key_that_does_not_work_is_named_as_such(
    demo: Demo, subject: Subject, ask: Callable[..., Score]
) -> None:
    score = ask(CORRECTNESS, subject, judge_model(demo.base_url, key="demo-expired"))
    assert score.state == "failed"
    assert "expired" in score.problem
    assert "demo-expired" not in score.problem


@pytest.mark.parametrize(
    ("judge", "changes", "reason"),
    [
        (CORRECTNESS, {"expected": None, "expectations": {}}, "no expected answer"),
        (
            BuiltinJudge(name="same", builtin="Equivalence"),
            {"expected": None, "expectations": {"expected_facts": ["a fact"]}},
            "no expected answer",
        ),
        (
            InstructionJudge(name="mine", instructions="{{ outputs }} or {{ expectations }}?"),
            {"expected": None, "expectations": {}},
            "Nothing is expected",
        ),
        (BuiltinJudge(name="safe", builtin="Safety"), {"answer": " "}, "no answer"),
        (POLITE, {"question": "", "inputs": None}, "no question"),
    ],
)
def test_what_a_trace_lacks_makes_its_judge_not_applicable(
    demo: Demo,
    subject: Subject,
    ask: Callable[..., Score],
    judge: Judge,
    changes: dict[str, Any],
    reason: str,
) -> None:
    mark = demo.exchanges.mark
    score = ask(judge, replace(subject, **changes))
    assert score.state == "not applicable"
    assert reason in score.problem
    assert demo.exchanges.since(mark) == ()


def test_expected_facts_are_enough_for_the_correctness_judge(
    demo: Demo, subject: Subject, ask: Callable[..., Score]
) -> None:
    mark = demo.exchanges.mark
    facts = {"expected_facts": ["Requests go to a route.", "Keys are checked."]}
    score = ask(CORRECTNESS, replace(subject, expected=None, expectations=facts))
    assert score.state == "scored", score.problem
    (exchange,) = demo.exchanges.since(mark)
    assert "- Keys are checked." in exchange.json["messages"][-1]["content"]


@pytest.mark.parametrize("path", SdkPath)
def test_stop_ends_the_call_that_is_under_way(
    demo: Demo, subject: Subject, ask: Callable[..., Score], path: SdkPath
) -> None:
    stopped, mark = threading.Event(), demo.exchanges.mark
    scores: list[Score] = []
    model = judge_model(demo.base_url, path, model="fault-stall")
    thread = threading.Thread(
        target=lambda: scores.append(ask(CORRECTNESS, subject, model, stopped=stopped))
    )
    thread.start()
    demo.exchanges.wait_for(lambda exchange: True, since=mark)
    stopped.set()
    thread.join(30)
    (score,) = scores
    assert (score.state, score.problem) == ("stopped", "The evaluation was stopped.")
    assert score.lost_trace_id is not None
    assert demo.exchanges.wait_ended(since=mark).ending == "client disconnected"


def test_nothing_is_asked_any_more_once_it_was_stopped(
    demo: Demo, subject: Subject, ask: Callable[..., Score]
) -> None:
    stopped, mark = threading.Event(), demo.exchanges.mark
    stopped.set()
    score = ask(CORRECTNESS, subject, stopped=stopped)
    assert (score.state, score.lost_trace_id) == ("stopped", None)
    assert demo.exchanges.since(mark) == ()


def test_nothing_is_asked_without_the_key_that_was_there_at_the_start(
    demo: Demo, subject: Subject, ask: Callable[..., Score]
) -> None:
    def find_nothing() -> Target:
        raise RequestRefused("The key is gone.", hint="Type it again.")

    mark = demo.exchanges.mark
    model = replace(judge_model(demo.base_url), find_target=find_nothing)
    score = ask(CORRECTNESS, subject, model)
    assert (score.state, score.problem) == ("stopped", "The key is gone. Type it again.")
    assert demo.exchanges.since(mark) == ()


def test_a_judge_that_never_answers_is_given_up(
    demo: Demo, subject: Subject, ask: Callable[..., Score]
) -> None:
    mark = demo.exchanges.mark
    model = judge_model(demo.base_url, model="fault-stall")
    score = ask(CORRECTNESS, subject, model, limit_s=0.5)
    assert score.state == "failed"
    assert score.problem.startswith("The judge's model took longer than 0.5 s.")
    assert demo.exchanges.wait_ended(since=mark).ending == "client disconnected"


def test_a_bad_judge_is_refused_before_anything_is_sent(
    demo: Demo, subject: Subject, ask: Callable[..., Score]
) -> None:
    mark = demo.exchanges.mark
    score = ask(InstructionJudge(name="vague", instructions="Is it good?"), subject)
    assert score.state == "failed"
    assert "names nothing to judge" in score.problem
    assert demo.exchanges.since(mark) == ()


def test_without_mlflow_nothing_is_asked(
    demo: Demo, make_turns: Any, subject: Subject, tmp_path: Any
) -> None:
    config = TrackingConfig(
        tracking_uri=f"sqlite:///{tmp_path}/there/is/no/such/directory/mlflow.db",
        experiment_name="e",
        working_dir=tmp_path,
    )
    with make_turns(config) as turns:
        assert isinstance(turns.tracking.state, Down)
        mark = demo.exchanges.mark
        score = Judging(turns.tracking, turns.hub).judge(
            CORRECTNESS,
            subject,
            judge_model(demo.base_url),
            evaluation_id=EVALUATION_ID,
            user="ada",
            stopped=threading.Event(),
        )
        assert score.state == "failed"
        assert turns.tracking.state.reason in score.problem
        assert demo.exchanges.since(mark) == ()
