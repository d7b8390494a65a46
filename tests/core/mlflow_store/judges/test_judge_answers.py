"""What counts as a judge's answer, which judges can be made, and a trace as text."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.exceptions import MlflowException
from mlflow.genai.judges import make_judge

from gwtrace_core.evaluation.judges import check_judge, find_variables
from gwtrace_core.evaluation.values import BuiltinJudge, InstructionJudge
from gwtrace_core.mlflow_store.judges.answers import UnjudgedError, Wanted, read_verdict
from gwtrace_core.mlflow_store.judges.trace_text import trace_text
from gwtrace_core.trace.model import Nanoseconds, Span, Trace, TraceSummary

YES_OR_NO = ("yes", "no")


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ('{"result": "yes", "rationale": "r"}', YES_OR_NO, ("yes", "r")),
        ('{"result": " NO "}', YES_OR_NO, ("no", "")),
        ('{"result": true}', YES_OR_NO, ("yes", "")),
        ('{"result": false, "rationale": null}', YES_OR_NO, ("no", "")),
        ('{"result": true, "rationale": "r"}', bool, (True, "r")),
        ('{"result": "False"}', bool, (False, "")),
        ('{"result": 4}', float, (4.0, "")),
        ('{"result": "4.5"}', float, (4.5, "")),
        ('{"result": "GOOD"}', ("Good", "bad"), ("Good", "")),
        ('{"result": 1}', ("1", "2"), ("1", "")),
        ('My verdict: {"result": "no", "rationale": "a {b}"} Bye.', YES_OR_NO, ("no", "a {b}")),
        ('{"thought": 1} {"result": "no"}', YES_OR_NO, ("no", "")),
        ('{"result": "no", "rationale": "two\nlines"}', YES_OR_NO, ("no", "two\nlines")),
    ],
)
def test_a_verdict_is_read_where_its_meaning_is_plain(
    text: str, wanted: Wanted, found: tuple[Any, str]
) -> None:
    value, rationale = read_verdict(text, wanted)
    assert (value, rationale, type(value)) == (*found, type(found[0]))


@pytest.mark.parametrize(
    ("text", "wanted", "problem"),
    [
        ("", YES_OR_NO, "answered with nothing."),
        ("It is fine.", YES_OR_NO, "did not answer with a verdict but said: “It is fine.”"),
        ("[1]", YES_OR_NO, "did not answer with a verdict but said: “[1]”"),
        ('{"score": 1}', float, 'left the result out of its verdict: “{"score": 1}”'),
        ('{"result": "maybe"}', YES_OR_NO, 'gave “"maybe"” as its verdict; it was asked for one'),
        ('{"result": 1}', bool, "gave “1” as its verdict; it was asked for true or false."),
        ('{"result": true}', float, "gave “true” as its verdict; it was asked for a number."),
        ('{"result": NaN}', float, "gave “NaN” as its verdict; it was asked for a number."),
        ('{"result": 1e999}', float, "gave “Infinity” as its verdict"),
        ('{"result": ["Good"]}', ("Good", "bad"), "asked for one of Good, bad."),
        ('{"result": null}', YES_OR_NO, "gave “null” as its verdict"),
        ("x" * 1000, YES_OR_NO, "x" * 159 + "…”"),
    ],
)
def test_an_answer_that_is_no_verdict_is_quoted(text: str, wanted: Wanted, problem: str) -> None:
    with pytest.raises(UnjudgedError) as refused:
        read_verdict(text, wanted)
    assert problem in refused.value.message
    assert refused.value.state == "failed"
    assert refused.value.hint.startswith("Judge again")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(
    st.one_of(st.text(), _JSON.map(lambda value: json.dumps({"result": value}))),
    st.sampled_from([bool, float, YES_OR_NO, ("a", "b", "c")]),
)
def test_no_answer_of_a_model_breaks_the_reader(text: str, wanted: Wanted) -> None:
    try:
        value, _ = read_verdict(text, wanted)
    except UnjudgedError:
        return
    assert value in wanted if isinstance(wanted, tuple) else type(value) is wanted


MINE = InstructionJudge(name="mine", instructions="Is {{ outputs }} good?")
CHOICE = replace(MINE, answers="category", categories=("good", "bad"))


@pytest.mark.parametrize(
    "judge",
    [
        MINE,
        CHOICE,
        replace(CHOICE, passing_categories=("good",)),
        replace(MINE, answers="number", passes_from=0.5),
        replace(
            MINE, instructions="{{inputs}}{{ expectations }} {{trace}} { } {{ }} {{ two words }}"
        ),
        BuiltinJudge(name="Guidelines of ours", builtin="Guidelines", guidelines=("Be kind.",)),
        BuiltinJudge(name="safe", builtin="Safety"),
    ],
)
def test_a_judge_that_can_be_made_has_no_problem(judge: InstructionJudge | BuiltinJudge) -> None:
    assert check_judge(judge) == ""
    if isinstance(judge, InstructionJudge):
        made: Any = make_judge(name=judge.name, instructions=judge.instructions, model="x:/y")
        assert set(find_variables(judge.instructions)) == made.template_variables


@pytest.mark.parametrize(
    "instructions", ["Is it good?", "", "Is {{ answer }} good?", "{{ outputs }} {{ inputs.text }}"]
)
def test_mlflow_would_refuse_the_instructions_that_we_refuse(instructions: str) -> None:
    assert check_judge(replace(MINE, instructions=instructions))
    with pytest.raises(MlflowException):
        make_judge(name="mine", instructions=instructions, model="x:/y")


@pytest.mark.parametrize(
    ("judge", "problem"),
    [
        (replace(MINE, name=""), "A judge needs a name"),
        (replace(MINE, name=" mine"), "without white space around it"),
        (replace(MINE, name="m" * 251), "250 characters at most"),
        (replace(MINE, instructions="Good?"), "names nothing to judge. Put in at least one of"),
        (
            replace(MINE, instructions="{{ outputs }} {{ answer }}"),
            "names {{ answer }}, which is not known. Use {{ inputs }}, {{ outputs }}",
        ),
        (replace(MINE, instructions="{{ conversation }}"), "{{ conversation }}, which is not"),
        (replace(CHOICE, categories=()), "needs at least two categories"),
        (replace(CHOICE, categories=("good",)), "needs at least two categories"),
        (replace(CHOICE, categories=("good", " ")), "A category of mine is empty."),
        (replace(CHOICE, categories=("good", "Good")), "are the same, case aside"),
        (replace(CHOICE, passing_categories=("fine",)), "fine shall pass mine but is none"),
        (replace(MINE, answers="number", passes_from=float("nan")), "a finite number"),
        (BuiltinJudge(name="rules", builtin="Guidelines"), "rules has no guidelines."),
        (BuiltinJudge(name="rules", builtin="Guidelines", guidelines=(" ",)), "no guidelines."),
    ],
)
def test_a_judge_that_cannot_be_made_is_told_why(
    judge: InstructionJudge | BuiltinJudge, problem: str
) -> None:
    assert problem in check_judge(judge)


def _span(index: int, **settings: Any) -> Span:
    return Span(
        **{
            "span_id": f"{index:016x}",
            "parent_id": None if index == 0 else f"{0:016x}",
            "name": f"step {index}",
            "kind": "CHAIN",
            "start_ns": Nanoseconds(index),
            "end_ns": Nanoseconds(index + 2_500_000),
            "status": "ok",
            **settings,
        }
    )


def _trace(*spans: Span) -> Trace:
    summary = TraceSummary(
        trace_id="tr-1", experiment_id="0", status="ok", start_ms=0, duration_ms=1.0
    )
    return Trace(summary=summary, spans=spans)


def test_a_trace_is_told_span_by_span_in_order_of_time() -> None:
    late, root = _span(1, outputs={"found": "ä"}, end_ns=None), _span(0, inputs="x" * 5000)
    first, second = trace_text(_trace(late, root)).splitlines()
    assert json.loads(first) == {
        "span_id": "0" * 16,
        "name": "step 0",
        "type": "CHAIN",
        "status": "ok",
        "duration_ms": 2.5,
        "inputs": '"' + "x" * 3999 + "… (1002 more characters)",
    }
    assert json.loads(second) == {
        "span_id": f"{1:016x}",
        "parent_id": "0" * 16,
        "name": "step 1",
        "type": "CHAIN",
        "status": "ok",
        "outputs": {"found": "ä"},
    }


def test_a_trace_too_long_for_a_prompt_says_how_much_is_left_out() -> None:
    text = trace_text(_trace(*(_span(index) for index in range(1000))), most_chars=5000)
    *told, last = text.splitlines()
    assert len(text) < 5100
    assert len(told) > 10
    assert last == f"({1000 - len(told)} more spans are left out here.)"
