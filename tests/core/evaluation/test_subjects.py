"""A subject says of any trace what scorers ask for, ours or another program's."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from gwtrace_core.evaluation.subjects import Subject, make_subject, set_expected
from gwtrace_core.mlflow_store.format import names
from gwtrace_core.trace.model import Assessment, Trace
from tests.core.trace.traces import any_trace, span, trace


def summarised(found: Trace, **fields: Any) -> Trace:
    return replace(found, summary=replace(found.summary, **fields))


def expectation(name: str, value: Any, *, is_valid: bool = True) -> Assessment:
    return Assessment(
        assessment_id="a-1",
        name=name,
        kind="expectation",
        value=value,
        rationale=None,
        source_kind="HUMAN",
        source_id="ann",
        is_valid=is_valid,
    )


def test_a_turn_of_ours_gives_question_answer_tools_and_labels() -> None:
    inputs = {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello."},
            {"role": "user", "content": "How late is it?"},
        ]
    }
    outputs = {"choices": [{"message": {"role": "assistant", "content": "Noon."}}]}
    tags = {
        names.MODEL: "gpt-4o-mini",
        names.SDK_PATH: "openai-chat",
        names.OUTCOME: "finished",
        "gwtrace.comparison": "c" * 32,
        "gwtrace.comparison.lane": "B",
        "gwtrace.comparison.row": "3",
        "mlflow.linkedPrompts": json.dumps([{"name": "support", "version": "2"}]),
    }
    found = summarised(
        trace(
            span("root", inputs=inputs, outputs=outputs),
            span("model", "root", kind="CHAT_MODEL", at=(1, 5), model="gpt-4o-mini-2024"),
            span("clock", "root", kind="TOOL", at=(6, 7), name="get_time"),
        ),
        duration_ms=1234.5,
        cost_usd=0.002,
        session_id="s-1",
        tags=tags,
        assessments=(
            expectation("expected_response", "old", is_valid=False),
            expectation("expected_response", "12:00"),
            expectation("expected_facts", ["noon"]),
        ),
    )
    assert make_subject(found) == Subject(
        trace_id="tr-1",
        question="How late is it?",
        answer="Noon.",
        inputs=inputs,
        outputs=outputs,
        expected="12:00",
        expectations={"expected_response": "12:00", "expected_facts": ["noon"]},
        start_ms=0,
        duration_ms=1234.5,
        cost_usd=0.002,
        tool_names=("get_time",),
        model="gpt-4o-mini",
        sdk_path="openai-chat",
        lane="B",
        prompt="support/2",
        session_id="s-1",
        comparison_id="c" * 32,
        row=3,
        outcome="finished",
        assessments=found.summary.assessments,
        tags=tags,
    )


def test_a_failed_turn_of_ours_has_no_answer_although_its_preview_says_why() -> None:
    outputs = {"choices": [{"message": {"role": "assistant", "content": ""}}]}
    found = summarised(trace(span("root", outputs=outputs)), response_preview="The key is unknown.")
    assert make_subject(found).answer == ""


@pytest.mark.parametrize(
    ("inputs", "outputs", "question", "answer"),
    [
        ({"question": "Why?"}, {"answer": "Because."}, "Why?", "Because."),
        ({"q": "Why?"}, "Because.", "Why?", "Because."),
        ({"query": "Why?", "k": 3}, {"score": 1, "ids": [2]}, "Why?", '{"score": 1, "ids": [2]}'),
        (
            {"messages": [{"role": "user", "content": "Why?"}]},
            {
                "messages": [
                    {"role": "user", "content": "Why?"},
                    {"role": "assistant", "content": "Because."},
                ]
            },
            "Why?",
            "Because.",
        ),
    ],
)
def test_a_foreign_root_is_understood(
    inputs: Any, outputs: Any, question: str, answer: str
) -> None:
    found = make_subject(trace(span("root", inputs=inputs, outputs=outputs)))
    assert (found.question, found.answer) == (question, answer)


def test_a_root_that_says_nothing_leaves_it_to_its_model_calls() -> None:
    def call(span_id: str, at: float, asked: str, said: Any) -> Any:
        return span(
            span_id,
            "root",
            at=(at, at + 1),
            kind="LLM",
            model="m-1",
            inputs={"messages": [{"role": "user", "content": asked}]},
            outputs={"choices": [{"message": {"role": "assistant", **said}}]},
        )

    tool = {"tool_calls": [{"id": "1", "function": {"name": "look_up", "arguments": "{}"}}]}
    found = make_subject(
        trace(
            call("last", 3, "Tool said 4", {"content": "It is 4."}),
            span("root", at=(0, 9)),
            call("first", 1, "What is 2 + 2?", tool),
        )
    )
    assert (found.question, found.answer) == ("What is 2 + 2?", "It is 4.")
    assert (found.tool_names, found.model, found.sdk_path) == (("look_up",), "m-1", None)


def test_a_trace_without_spans_is_known_by_its_previews() -> None:
    found = summarised(trace(), request_preview='"Why?"', response_preview="Because.")
    assert make_subject(found) == Subject(
        trace_id="tr-1", question="Why?", answer="Because.", outcome="ok"
    )


def test_a_datasets_expected_answer_stands_over_the_traces_own() -> None:
    found = summarised(trace(), assessments=(expectation("expected_response", "own"),))
    given_one = set_expected(make_subject(found), "given")
    assert (given_one.expected, given_one.expectations["expected_response"]) == ("given", "given")


@given(any_trace)
def test_any_trace_has_a_subject(found: Trace) -> None:
    assert make_subject(found).trace_id == found.trace_id
