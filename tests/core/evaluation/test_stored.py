"""An evaluation's set-up survives being kept as text, and scorers that cannot work are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gwtrace_core.evaluation.scorers import check_scorers
from gwtrace_core.evaluation.setup_json import read_setup, write_setup
from gwtrace_core.evaluation.sources import (
    ChosenTraces,
    ComparisonTraces,
    DatasetTraces,
    FoundSubjects,
    MatchingTraces,
    SessionTraces,
    SubjectSource,
    describe_found,
    describe_source,
)
from gwtrace_core.evaluation.stored import EvaluationSetup, EvaluationState, EvaluationSummary
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import (
    BuiltinJudge,
    CodeCheck,
    CodeScorer,
    Contains,
    CostAtMost,
    ExactMatch,
    InstructionJudge,
    LatencyAtMost,
    LengthBetween,
    MatchesJsonSchema,
    MatchesRegex,
    Scorer,
    ToolCalled,
)
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.values.connection import Provider, SdkPath
from gwtrace_core.values.request import Lane

CHECKS: tuple[CodeCheck, ...] = (
    ExactMatch(),
    Contains(),
    Contains(text="é"),
    MatchesRegex(pattern=r"\d"),
    MatchesJsonSchema(schema_text="{}"),
    LatencyAtMost(limit_ms=1.5),
    CostAtMost(limit_usd=0.1),
    LengthBetween(least_chars=1, most_chars=2),
    ToolCalled(tool_name="add"),
)
SCORERS: tuple[Scorer, ...] = (
    *(CodeScorer(name=f"check {number}", check=check) for number, check in enumerate(CHECKS)),
    BuiltinJudge(name="rules", builtin="Guidelines", guidelines=("Be brief.", "Be kind.")),
    InstructionJudge(
        name="tone",
        instructions="What is the tone of {{ outputs }}?",
        answers="category",
        categories=("warm", "cold"),
        passing_categories=("warm",),
    ),
    InstructionJudge(
        name="mark", instructions="Mark {{ outputs }}.", answers="number", passes_from=3.5
    ),
)
SETUP = EvaluationSetup(
    name="Two lanes",
    scorers=SCORERS,
    source=ComparisonTraces(comparison_id="c" * 32),
    user="ann",
    judge_lane=Lane(
        connection_id="demo",
        provider=Provider.OPENAI,
        route="openai",
        sdk_path=SdkPath.OPENAI_CHAT,
        model="gpt-4o-mini",
    ),
)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (ChosenTraces(trace_ids=("tr-1", "tr-2")), "2 chosen traces"),
        (SessionTraces(session_id="s-1"), "session s-1"),
        (ComparisonTraces(comparison_id="abcdef0123"), "comparison abcdef01"),
        (MatchingTraces(chosen=TraceFilter()), "all traces"),
        (
            MatchingTraces(chosen=TraceFilter(model="m", has_error=False, min_cost_usd=0.5)),
            "traces with model m, errors no, min_usd 0.5",
        ),
        (MatchingTraces(chosen=TraceFilter(), most=20), "newest traces, at most 20"),
        (DatasetTraces(dataset_id="d-1", name="golden"), "dataset golden"),
    ],
)
def test_a_setup_is_read_back_as_it_was(source: SubjectSource, words: str) -> None:
    setup = replace(SETUP, source=source)
    assert read_setup(write_setup(setup)) == setup
    assert describe_source(source) == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"name": "x", "user": "u", "scorers": [], "source": {"kind": "from a newer version"}}',
        '{"name": "x", "user": "u", "scorers": [{"name": "a", "kind": "regex"}], '
        '"source": {"kind": "session", "session_id": "s"}}',
    ],
)
def test_what_is_no_setup_is_none(text: str) -> None:
    assert read_setup(text) is None


def named(name: str) -> CodeScorer:
    return CodeScorer(name=name, check=ExactMatch())


@pytest.mark.parametrize(
    ("scorers", "problem"),
    [
        ((), "There is no scorer. Choose at least one."),
        ((named("a"), named("A")), "Two scorers are called 'a'; rename one of them."),
        ((named(""),), "A scorer: It needs a name, without white space around it."),
        ((named("a/b"),), "The scorer's name 'a/b' cannot be one in MLflow: at most 200 "),
        ((named(".."),), "The scorer's name '..' cannot be one in MLflow: at most 200 "),
        (
            (CodeScorer(name="digits", check=MatchesRegex(pattern="(")),),
            "digits: The pattern is no regular expression at character 2: missing ).",
        ),
        (
            (BuiltinJudge(name="rules", builtin="Guidelines"),),
            "rules has no guidelines. Write down what an answer has to keep to.",
        ),
        (tuple(named(f"n{n}") for n in range(21)), "There are 21 scorers; at most 20 can run"),
    ],
)
def test_scorers_that_cannot_work_are_refused(scorers: tuple[Scorer, ...], problem: str) -> None:
    assert check_scorers(scorers).startswith(problem)


def test_scorers_that_can_work_are_not_refused() -> None:
    assert check_scorers(SCORERS) == ""


@pytest.mark.parametrize(
    ("source", "count", "is_complete", "words"),
    [
        (MatchingTraces(chosen=TraceFilter(), most=20), 18, True, "All 18 traces"),
        (MatchingTraces(chosen=TraceFilter(), most=20), 20, False, "The newest 20 traces"),
        (MatchingTraces(chosen=TraceFilter(), most=1), 1, False, "The newest trace"),
        (MatchingTraces(chosen=TraceFilter(model="m")), 1, True, "The only trace with model m"),
        (MatchingTraces(chosen=TraceFilter(), most=20), 0, True, "No traces"),
        (ChosenTraces(trace_ids=("tr-0", "tr-1")), 2, True, "2 traces, as chosen"),
        (ChosenTraces(trace_ids=("tr-0", "tr-1")), 1, True, "1 of 2 chosen traces"),
        (SessionTraces(session_id="s-1"), 3, True, "3 traces of session s-1"),
        (ComparisonTraces(comparison_id="abcdef0123"), 1, True, "1 trace of comparison abcdef01"),
        (DatasetTraces(dataset_id="d-1", name="golden"), 2, True, "2 traces of dataset golden"),
    ],
)
def test_what_was_found_is_said_in_plain_english(
    source: SubjectSource, count: int, is_complete: bool, words: str
) -> None:
    subjects = tuple(Subject(trace_id=f"tr-{number}") for number in range(count))
    found = FoundSubjects(subjects=subjects, is_complete=is_complete)
    assert describe_found(source, found) == words


@pytest.mark.parametrize(
    ("state", "alive_ms", "is_alive"),
    [
        ("running", 100_001, True),
        ("running", 100_000, False),
        ("running", None, False),
        ("stopped", 159_999, False),
    ],
)
def test_who_gave_no_sign_of_life_for_a_minute_is_not_at_it_any_more(
    state: EvaluationState, alive_ms: int | None, is_alive: bool
) -> None:
    summary = EvaluationSummary(
        evaluation_id="run-1",
        name="x",
        start_ms=0,
        end_ms=None,
        state=state,
        is_by_gwtrace=True,
        alive_ms=alive_ms,
    )
    assert summary.is_alive(160_000) == is_alive
