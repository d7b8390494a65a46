"""The model of a trace that somebody else made, by what MLflow keeps without the spans."""

from __future__ import annotations

import json

import pytest

from gwtrace_core.mlflow_store.traces.root_model import find_root_model

CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello " * 60}]}


@pytest.mark.parametrize("cut", [len(json.dumps(CHAT)), 247, 24])
def test_a_call_of_a_model_names_it_however_much_is_cut_off(cut: int) -> None:
    assert find_root_model({"mlflow.traceInputs": json.dumps(CHAT)[:cut] + "..."}) == "gpt-4o-mini"


def test_the_answer_names_it_where_the_question_is_cut_off_before() -> None:
    inputs = json.dumps({"messages": CHAT["messages"], "model": "gpt-4o"})[:247]
    outputs = ' { "id" : "c-1" , "model" : "gpt-4o-2026" , "choices"'
    found = find_root_model({"mlflow.traceInputs": inputs, "mlflow.traceOutputs": outputs})
    assert found == "gpt-4o-2026"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "model",
        '"model"',
        "{",
        '{"model"',
        '{"model":',
        '{"model": "gp',
        '{"model": 4}',
        '{"model": null, "x": 1}',
        '{"messages": [{"model": "of a message"}]}',
        '[{"model": "in a list"}]',
        '{"a": ' + "[" * 50_000,
    ],
)
def test_what_names_no_model_gives_none(text: str) -> None:
    assert find_root_model({"mlflow.traceInputs": text}) == ""
