"""Feedback of an experiment, summed up from what a plain MLflow client has written and reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import AssessmentError, AssessmentSource, Feedback
from mlflow.tracing.client import TracingClient

from gwtrace_core.mlflow_store.connection.tracking import Ready, TrackingConfig
from gwtrace_core.mlflow_store.traces import feedback as _feedback
from gwtrace_core.mlflow_store.traces.traces import Traces
from gwtrace_core.trace.feedback import STARS, value_words
from gwtrace_core.trace.feedback_summary.summary import (
    FailedFeedback,
    FeedbackName,
    Given,
    YesNo,
    summarise,
)
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.errors import RequestRefused, TrackingError
from tests.bench.trace_rows import fill
from tests.core.mlflow_store.conftest import TurnsFactory
from tests.core.mlflow_store.support import Turns

_MANY = 1_300
_numbers = iter(range(1_000))


@pytest.fixture
def traces(turns: Turns) -> Traces:
    return Traces(turns.tracking)


@pytest.fixture
def experiment(turns: Turns) -> str:
    """An experiment of the test's own."""
    client = MlflowClient(tracking_uri=uri(turns))
    return str(client.create_experiment(f"feedback {next(_numbers)}"))


@pytest.fixture(scope="module")
def many(make_turns: TurnsFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traces]:
    """1,300 traces, a verdict on every tenth."""
    directory: Path = tmp_path_factory.mktemp("many_verdicts")
    config = TrackingConfig(tracking_uri=None, experiment_name="many", working_dir=directory)
    with make_turns(config) as turns:
        state = turns.tracking.state
        assert isinstance(state, Ready), state
        fill(directory / "mlflow.db", state.experiment_id, _MANY)
        yield Traces(turns.tracking)


def uri(turns: Turns) -> str:
    return turns.tracking.config.uri


def made(experiment: str, name: str = "judged") -> str:
    """A trace of a program that knows nothing of gwtrace."""
    start: Any = mlflow.start_span_no_context
    root = start(name, inputs="q", experiment_id=experiment)
    root.end(outputs="a")
    mlflow.flush_trace_async_logging()
    return str(root.trace_id)


def say(turns: Turns, trace_id: str, name: str, value: Any, kind: str, by: str = "x") -> None:
    """Feedback as another program gives it."""
    source = AssessmentSource(source_type=kind, source_id=by)
    TracingClient(uri(turns)).log_assessment(
        trace_id, Feedback(name=name, value=value, source=source)
    )


def test_a_judges_error_is_told_with_the_trace_and_in_the_summary(
    turns: Turns, traces: Traces, experiment: str
) -> None:
    trace_id = made(experiment)
    error = AssessmentError(error_code="JUDGE_ERROR", error_message="The judge failed: 429")
    source = AssessmentSource(source_type="LLM_JUDGE", source_id="judge-x")
    feedback = Feedback(name="error_only", error=error, source=source)
    TracingClient(uri(turns)).log_assessment(trace_id, feedback)
    say(turns, trace_id, "error_only", True, "CODE")
    words = [
        f"{each.name}: {value_words(each)}"
        for each in traces.read_assessments(trace_id)
        if each.source_kind == "LLM_JUDGE"
    ]
    assert words == ["error_only: failed, The judge failed: 429 (JUDGE_ERROR)"]
    read = traces.read_feedback("error_only", experiment_id=experiment)
    assert [given.value for given in read.given] == [True]
    assert read.failed == (
        FailedFeedback(
            trace_id=trace_id, error="The judge failed: 429 (JUDGE_ERROR)", source="judge"
        ),
    )


def test_stars_a_category_and_an_edit_are_plain_assessments_for_everybody_else(
    turns: Turns, traces: Traces, experiment: str
) -> None:
    trace_id = made(experiment)
    first = traces.annotate(
        trace_id, kind="feedback", name="quality", value=2, user="ada", metadata=STARS
    )
    second = traces.annotate(
        trace_id,
        kind="feedback",
        name="quality",
        value=4,
        user="ada",
        rationale="Better than I thought.",
        metadata=STARS,
    )
    traces.annotate(trace_id, kind="feedback", name="tone", value="dry", user="eve")
    stored = MlflowClient(tracking_uri=uri(turns)).get_trace(trace_id).info.assessments or []
    rows = [
        (each.name, each.value, each.source.source_type, each.source.source_id, each.valid)  # pyright: ignore[reportAttributeAccessIssue]  # feedback has a value
        for each in stored
        if isinstance(each, Feedback) and each.source is not None
    ]
    assert sorted(rows, key=str) == [
        ("quality", 2, "HUMAN", "ada", False),
        ("quality", 4, "HUMAN", "ada", True),
        ("tone", "dry", "HUMAN", "eve", True),
    ]
    edited = next(each for each in stored if each.assessment_id == second.assessment_id)
    assert (edited.overrides, edited.rationale) == (
        first.assessment_id,
        "Better than I thought.",
    )
    read = {each.assessment_id: each for each in traces.read_assessments(trace_id)}
    assert read[second.assessment_id].is_stars
    assert not any(each.is_stars for each in read.values() if each.name == "tone")


def test_the_names_that_feedback_bears_are_counted_with_their_categories(
    turns: Turns, traces: Traces, experiment: str
) -> None:
    one, other = made(experiment), made(experiment)
    assert traces.list_feedback_names(experiment) == ()
    for trace_id, value in ((one, "dry"), (other, "dry"), (other, "witty"), (one, "x" * 500)):
        say(turns, trace_id, "tone", value, "HUMAN")
    say(turns, one, "verdict", True, "HUMAN")
    say(turns, one, "verdict", "yes", "LLM_JUDGE")
    say(turns, one, "score", 0.5, "CODE")
    traces.annotate(one, kind="feedback", name="score", value=2, user="ada")
    traces.annotate(one, kind="feedback", name="score", value=3, user="ada")
    traces.annotate(one, kind="expectation", name="expected_response", value="42", user="ada")
    assert traces.list_feedback_names(experiment) == (
        FeedbackName(name="tone", count=4, categories=("dry", "witty")),
        FeedbackName(name="score", count=2),
        FeedbackName(name="verdict", count=2, categories=("yes",)),
    )


def test_what_was_said_is_read_with_the_lane_that_it_was_said_of(
    turns: Turns, traces: Traces
) -> None:
    trace = turns.ask(SdkPath.OPENAI_CHAT).trace
    traces.annotate(trace.trace_id, kind="feedback", name="lanes", value=False, user="ada")
    traces.annotate(trace.trace_id, kind="feedback", name="lanes", value=True, user="ada")
    traces.annotate(trace.trace_id, kind="feedback", name="others", value=True, user="ada")
    say(turns, trace.trace_id, "lanes", "yes", "LLM_JUDGE")
    reading = traces.read_feedback("lanes")
    assert (reading.looked_at, reading.is_whole) == (1, True)
    times = [each.given_ms for each in reading.given]
    assert all(each is not None and each >= trace.summary.start_ms for each in times)
    expected = Given(
        trace_id=trace.trace_id,
        value=True,
        source="person",
        began_ms=trace.summary.start_ms,
        model="gpt-4o-mini",
        sdk_path="openai-chat",
        connection="demo",
    )
    by_person, by_judge = sorted(
        (replace(each, given_ms=None) for each in reading.given), key=lambda each: str(each.value)
    )
    assert (by_person, by_judge) == (expected, replace(expected, value="yes", source="judge"))


def test_every_figure_leads_to_just_its_traces(
    turns: Turns, traces: Traces, experiment: str
) -> None:
    ids = [made(experiment, f"trace {number}") for number in range(4)]
    say(turns, ids[0], "verdict", True, "HUMAN")
    say(turns, ids[1], "verdict", False, "HUMAN")
    say(turns, ids[1], "verdict", True, "LLM_JUDGE")
    say(turns, ids[2], "verdict", "true", "HUMAN")

    def found(**conditions: Any) -> set[str]:
        page = traces.list_traces(experiment, TraceFilter(**conditions))
        return {row.trace_id for row in page.rows}

    assert found(verdict_source="person") == {ids[0], ids[1], ids[2]}
    assert found(verdict_source="judge") == {ids[1]}
    assert found(verdict_source="person", verdict_value="true") == {ids[0], ids[2]}
    assert found(verdict_source="person", verdict_kind="yes_no") == {ids[0], ids[1]}
    assert found(verdict_value="true") == {ids[0], ids[1], ids[2]}
    client = MlflowClient(tracking_uri=uri(turns))
    prompt = client.register_prompt(f"asked-{experiment}", "What?")
    client.link_prompt_versions_to_trace(prompt_versions=[prompt], trace_id=ids[0])
    assert found(verdict_name="verdict", has_prompt=True) == {ids[0]}
    assert found(verdict_name="verdict", has_prompt=False) == {ids[1], ids[2]}
    (first,) = traces.read_feedback("verdict", experiment_id=experiment, after_ms=0).given[-1:]
    assert (first.trace_id, first.prompts) == (ids[0], (f"asked-{experiment}/1",))
    assert found(verdict_name="verdict", connection="demo") == set()


def test_traces_are_found_by_the_person_who_judged_them(
    turns: Turns, traces: Traces, experiment: str
) -> None:
    ids = [made(experiment, f"trace {number}") for number in range(4)]
    say(turns, ids[0], "verdict", True, "HUMAN", by="ada")
    say(turns, ids[0], "verdict", False, "HUMAN", by="eve")
    say(turns, ids[1], "verdict", False, "HUMAN", by="ada")
    say(turns, ids[1], "tone", "dry", "HUMAN", by="eve")
    say(turns, ids[2], "verdict", True, "CODE", by="ada")
    traces.annotate(ids[3], kind="feedback", name="verdict", value=True, user="eve")
    withdrawn = traces.annotate(ids[3], kind="feedback", name="verdict", value=True, user="ada")
    traces.withdraw(ids[3], withdrawn.assessment_id, user="ada")

    def found(**conditions: Any) -> set[str]:
        page = traces.list_traces(experiment, TraceFilter(**conditions))
        return {row.trace_id for row in page.rows}

    assert found(verdict_person="ada") == {ids[0], ids[1]}
    assert found(verdict_person="ada", verdict_value="true") == {ids[0]}
    assert found(verdict_person="eve") == {ids[0], ids[3]}
    assert found(verdict_person="eve", verdict_name="tone") == {ids[1]}
    assert found(verdict_person="Ada") == set()


def test_a_summary_reads_every_verdict_once_within_its_bound(
    many: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = many.read_feedback("verdict")
    assert (reading.looked_at, reading.is_whole) == (_MANY // 10, True)
    assert len({each.trace_id for each in reading.given}) == len(reading.given) == _MANY // 10
    (section,) = summarise(reading.given, "model")
    assert sum(row.figures.count for row in section.rows) == _MANY // 10
    assert all(isinstance(row.figures, YesNo) for row in section.rows)
    newest = max(each.began_ms for each in reading.given)
    later = many.read_feedback("verdict", after_ms=newest)
    assert [each.began_ms for each in later.given] == [newest]

    monkeypatch.setattr(_feedback, "MOST_TRACES", 50)
    monkeypatch.setattr(_feedback, "_CHUNK", 25)
    cut = many.read_feedback("verdict")
    assert (cut.looked_at, cut.is_whole) == (50, False)
    assert min(each.began_ms for each in cut.given) > min(each.began_ms for each in reading.given)


def test_a_name_that_mlflow_cannot_search_for_is_refused(many: Traces) -> None:
    with pytest.raises(RequestRefused, match="cannot search for feedback named"):
        many.read_feedback("it's")


def test_on_an_experiment_that_is_not_there_it_says_so(many: Traces) -> None:
    with pytest.raises(TrackingError, match="MLflow could not read the feedback"):
        many.read_feedback("verdict", experiment_id="no-such-id")
