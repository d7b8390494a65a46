"""Judges of `{{ trace }}`, in both kinds of store."""

from __future__ import annotations

import json

from gwtrace_core.evaluation.subjects import make_subject
from gwtrace_core.evaluation.values import InstructionJudge
from gwtrace_core.values.connection import SdkPath
from tests.conftest import Demo
from tests.core.mlflow_store.judge_models import judged
from tests.core.mlflow_store.support import Turns, in_order


def test_a_judge_of_the_trace_is_given_its_spans(demo: Demo, turns: Turns) -> None:
    turn = turns.ask(SdkPath.OPENAI_CHAT, text="What is 6 * 7?", tools=("calculator",))
    judge = InstructionJudge(name="thrifty", instructions="Did {{ trace }} call a tool needlessly?")
    mark = demo.exchanges.mark
    score = judged(turns, judge, make_subject(turn.trace))
    assert score.state == "scored", score.problem
    (exchange,) = demo.exchanges.since(mark)
    lines = exchange.json["messages"][-1]["content"].splitlines()
    told = [json.loads(line) for line in lines if line.startswith('{"span_id"')]
    assert {span["span_id"] for span in told} == {span.span_id for span in turn.trace.spans}
    (root, *_rest) = in_order(turn.trace)
    assert told[0]["name"] == root.name
    (tool,) = (span for span in told if span["type"] == "TOOL")
    assert (tool["name"], tool["outputs"]) == ("calculator", "42")
