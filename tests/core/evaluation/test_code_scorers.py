"""Code scorers say what they found, and neither hang nor reach out for anything."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gwtrace_core.evaluation.code_scorers import check_code_scorer, score_by_code
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import (
    CodeCheck,
    CodeScorer,
    Contains,
    CostAtMost,
    ExactMatch,
    LatencyAtMost,
    LengthBetween,
    MatchesJsonSchema,
    MatchesRegex,
    Score,
    ToolCalled,
    Verdict,
)

ROOT = Path(__file__).resolve().parents[3]
AGE = json.dumps(
    {
        "type": "object",
        "properties": {"age": {"type": "integer", "minimum": 0}},
        "required": ["age"],
        "additionalProperties": False,
    }
)
SUBJECT = Subject(
    trace_id="tr-1",
    answer="The  answer\nis 42.",
    expected="the answer is 42.",
    duration_ms=1840,
    cost_usd=0.0031,
    tool_names=("get_time", "add"),
)


def score(check: CodeCheck, subject: Subject = SUBJECT) -> Score:
    return score_by_code(CodeScorer(name="check", check=check), subject)


@pytest.mark.parametrize(
    ("check", "passed", "rationale"),
    [
        (ExactMatch(), True, "The answer is the expected one, case and white space aside."),
        (Contains(), True, "“the answer is 42.” is in the answer."),
        (Contains(text="ANSWER is"), True, "“ANSWER is” is in the answer."),
        (Contains(text="43"), False, "“43” is not in the answer “The answer is 42.”."),
        (MatchesRegex(pattern=r"\d+"), True, "Found “42” at character 16."),
        (MatchesRegex(pattern=r"^\d+$"), False, "Not found in the answer's 18 characters."),
        (LatencyAtMost(limit_ms=1840), True, "1.84 s, at most 1.84 s allowed."),
        (LatencyAtMost(limit_ms=500), False, "1.84 s, at most 500 ms allowed."),
        (CostAtMost(limit_usd=0.01), True, "$0.0031, at most $0.0100 allowed."),
        (CostAtMost(limit_usd=0.001), False, "$0.0031, at most $0.0010 allowed."),
        (LengthBetween(most_chars=10), False, "18 characters, at most 10 allowed."),
        (LengthBetween(least_chars=18), True, "18 characters, at least 18 allowed."),
        (
            LengthBetween(least_chars=1, most_chars=2_000),
            True,
            "18 characters, at least 1 and at most 2,000 allowed.",
        ),
        (ToolCalled(tool_name="add"), True, "Called: get_time, add."),
        (ToolCalled(tool_name=""), True, "Called: get_time, add."),
        (ToolCalled(tool_name="look_up"), False, "Called: get_time, add; not look_up."),
        (
            MatchesJsonSchema(schema_text=AGE),
            False,
            "The answer is no JSON: line 1, column 1: Expecting value.",
        ),
    ],
)
def test_a_check_says_what_it_found(check: CodeCheck, passed: bool, rationale: str) -> None:
    assert score(check) == Score(
        trace_id="tr-1",
        scorer_name="check",
        state="scored",
        verdict=Verdict(value=passed, passed=passed, rationale=rationale),
    )


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ('{"age": 3}', ""),
        ('```json\n{"age": 3}\n```', ""),
        ('{"age": -1}', "At $.age: -1 is less than the minimum of 0."),
        ("{}", "At $: 'age' is a required property."),
        ('{"age": 1, "x": 2}', "At $: Additional properties are not allowed ('x' was"),
        (
            '{"age": "a", "x": 2}',
            "At $: Additional properties are not allowed ('x' was unexpected) (1 more).",
        ),
        ("[" * 100_000, "The answer is no JSON that can be read: it is nested too deeply or"),
    ],
)
def test_a_schema_names_the_place_of_the_first_fault(answer: str, fault: str) -> None:
    verdict = score(
        MatchesJsonSchema(schema_text=AGE), Subject(trace_id="tr-1", answer=answer)
    ).verdict
    assert verdict is not None
    assert verdict.passed is not bool(fault)
    assert (verdict.rationale or "").startswith(fault or "The answer is JSON of that schema.")


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        (ExactMatch(), "The trace has no expected answer."),
        (Contains(), "The trace has no expected answer."),
        (LatencyAtMost(limit_ms=1), "The trace does not say how long it took."),
        (CostAtMost(limit_usd=1), "MLflow knows no cost of this trace."),
    ],
)
def test_what_the_trace_lacks_is_not_held_against_it(check: CodeCheck, problem: str) -> None:
    assert score(check, Subject(trace_id="tr-1", answer="x")) == Score(
        trace_id="tr-1", scorer_name="check", state="not applicable", problem=problem
    )


@pytest.mark.parametrize("check", [LatencyAtMost(limit_ms=9_000), CostAtMost(limit_usd=1)])
def test_an_answer_from_a_gateways_cache_says_nothing_of_time_and_cost(check: CodeCheck) -> None:
    kept = replace(SUBJECT, tags={"gwtrace.from_gateway_cache": "true"})
    assert score(check, kept) == Score(
        trace_id="tr-1",
        scorer_name="check",
        state="not applicable",
        problem="A gateway's cache answered, or a part of it: time and cost are not the model's.",
    )


def test_a_trace_without_tools_called_none() -> None:
    verdict = score(ToolCalled(tool_name=""), Subject(trace_id="tr-1")).verdict
    assert verdict == Verdict(value=False, passed=False, rationale="No tool was called.")


NEVER_ENDING = "(a|aa)+$"
MANY_OBJECTS = [{"a": number} for number in range(4_000)]


@pytest.mark.parametrize(
    ("check", "answer"),
    [
        (MatchesRegex(pattern=NEVER_ENDING), "a" * 80 + "b"),
        (
            MatchesJsonSchema(
                schema_text=json.dumps(
                    {
                        "$ref": "#/$defs/0",
                        "$defs": {
                            **{
                                str(level): {"allOf": [{"$ref": f"#/$defs/{level + 1}"}] * 2}
                                for level in range(40)
                            },
                            "40": True,
                        },
                    }
                )
            ),
            "1",
        ),
    ],
)
def test_what_would_never_end_is_given_up_and_says_so(check: CodeCheck, answer: str) -> None:
    found = score(check, Subject(trace_id="tr-1", answer=answer))
    assert (found.state, found.verdict) == ("failed", None)
    assert found.problem.startswith("Given up: the ")


def test_the_next_answer_is_checked_when_one_was_given_up() -> None:
    unique = MatchesJsonSchema(schema_text='{"uniqueItems": true}')
    states = [
        score(unique, Subject(trace_id="tr-1", answer=answer)).state
        for answer in ("[1]", json.dumps(MANY_OBJECTS), "[1]")
    ]
    assert states == ["scored", "failed", "scored"]


ASKING = """
import sys
from gwtrace_core.evaluation.json_schemas import find_faults
print(find_faults('{"type": "object"}', "[]"), flush=True)
sys.stdin.read()
"""


def test_what_checks_schemas_goes_away_when_its_parent_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ASKING],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stderr is not None
        assert parent.stdout.readline() == b"At $: [] is not of type 'object'.\n"
        parent.send_signal(signal.SIGKILL)
        # It has the same standard error, which therefore ends only with it.
        assert parent.stderr.read() == b""


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("http://127.0.0.1:9/schema.json", "which is not in it; nothing is fetched."),
        ("#", "The schema or the answer is nested too deeply or too large."),
    ],
)
def test_a_schemas_reference_is_neither_fetched_nor_followed_for_ever(
    reference: str, problem: str
) -> None:
    found = score(
        MatchesJsonSchema(schema_text=json.dumps({"$ref": reference})),
        Subject(trace_id="tr-1", answer="1"),
    )
    assert (found.state, found.problem.endswith(problem)) == ("failed", True)


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        (MatchesRegex(pattern=""), "There is no pattern."),
        (
            MatchesRegex(pattern="ab[z-a]"),
            "The pattern is no regular expression at character 7: bad character range.",
        ),
        (MatchesRegex(pattern="a" * 2001), "The pattern has 2,001 characters; at most 2,000 can"),
        (
            MatchesRegex(pattern="((a{1000}){1000}){1000}"),
            "The pattern asks for more than 1,000,000 repetitions.",
        ),
        (MatchesRegex(pattern="(" * 500 + "a" + ")" * 500), "The pattern is nested too deeply."),
        (
            MatchesJsonSchema(schema_text='{"type":\n "x"'),
            "The schema is no JSON: line 2, column 5: Expecting ',' delimiter.",
        ),
        (
            MatchesJsonSchema(schema_text='{"properties": {"a": {"type": "strin"}}}'),
            "The schema is no JSON schema: at $.properties.a.type: 'strin' is not valid under any",
        ),
        (
            MatchesJsonSchema(schema_text='{"items": {"pattern": "(a"}}'),
            "The schema is no JSON schema: at $.items.pattern: '(a' is not a 'regex'.",
        ),
        (
            # The types have to differ, so that each is compared with each.
            MatchesJsonSchema(schema_text=json.dumps({"type": MANY_OBJECTS[:3_500]})),
            "The schema takes longer than 2 s to be read.",
        ),
        (Contains(text=" "), "The text that an answer has to contain is empty."),
        (LatencyAtMost(limit_ms=-1), "The time that is allowed must be a number of at least 0."),
        (
            CostAtMost(limit_usd=float("nan")),
            "The cost that is allowed must be a number of at least 0.",
        ),
        (LengthBetween(), "A length needs at least one bound."),
        (
            LengthBetween(least_chars=3, most_chars=2),
            "The least length, 3, is above the greatest, 2.",
        ),
    ],
)
def test_a_scorer_that_cannot_work_is_refused_with_the_place(
    check: CodeCheck, problem: str
) -> None:
    assert check_code_scorer(CodeScorer(name="check", check=check)).startswith(problem)


@pytest.mark.parametrize(
    "check",
    [
        ExactMatch(),
        Contains(),
        Contains(text="a"),
        MatchesRegex(pattern=r"(?i)\bno\b|[[x]"),
        MatchesJsonSchema(schema_text=AGE),
        MatchesJsonSchema(schema_text="true"),
        MatchesJsonSchema(schema_text='{"items": {"pattern": "(a{9999}){9999}"}}'),
        MatchesJsonSchema(
            schema_text='{"patternProperties": {"a": true}, "unevaluatedProperties": false}'
        ),
        LatencyAtMost(limit_ms=0),
        CostAtMost(limit_usd=0.5),
        LengthBetween(most_chars=0),
        ToolCalled(tool_name=""),
    ],
)
def test_a_scorer_that_can_work_is_not_refused(check: CodeCheck) -> None:
    assert check_code_scorer(CodeScorer(name="check", check=check)) == ""
