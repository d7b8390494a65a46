"""Evaluations are MLflow's own: what is written is asserted through a plain MlflowClient."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from gwtrace_core.evaluation.stored import (
    EvaluationSetup,
    EvaluationSummary,
    ScorerSummary,
    StoredEvaluation,
)
from gwtrace_core.evaluation.values import CodeScorer, MatchesJsonSchema, Score
from gwtrace_core.mlflow_store.connection.tracking import Tracking
from gwtrace_core.mlflow_store.conversations.conversations import TraceStore
from gwtrace_core.mlflow_store.evaluations.evaluations import Evaluations
from gwtrace_core.values.errors import RequestRefused, TrackingError
from tests.core.mlflow_store.evaluation_setups import (
    BRIEF,
    TONE,
    asked,
    experiment_of,
    found,
    plain,
    scored,
    setup_for,
)
from tests.core.mlflow_store.support import Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An evaluation of two traces, written to its end."""

    run_id: str
    first: str
    second: str
    begun_as: str
    """The run's status before the first score."""


@pytest.fixture(scope="module")
def written(turns: Turns) -> Written:
    first, second = asked(turns), asked(turns, "And again")
    evaluations = Evaluations(turns.tracking)
    run_id = evaluations.begin(setup_for(first, second), found(turns, first, second))
    begun_as = plain(turns).get_run(run_id).info.status
    scores = (*scores_of_first(first), *scores_of_second(second))
    for score in scores:
        if score.state != "not applicable":
            model = "judge-model" if score.scorer_name == "tone" else None
            evaluations.store(run_id, score, judge_model=model)
    evaluations.end(run_id, ["brief", "tone", "exact"], scores, is_complete=True)
    return Written(run_id=run_id, first=first, second=second, begun_as=begun_as)


def not_applicable(trace_id: str) -> Score:
    return Score(
        trace_id=trace_id,
        scorer_name="exact",
        state="not applicable",
        problem="The trace has no expected answer.",
    )


def scores_of_first(trace_id: str) -> tuple[Score, ...]:
    return (
        scored(trace_id, "brief", True, passed=True, rationale="It is in the answer \ud800."),
        scored(
            trace_id,
            "tone",
            4.0,
            passed=True,
            rationale="Warm.",
            cost_usd=0.002,
            judge_trace_id="tr-" + "1" * 32,
        ),
        not_applicable(trace_id),
    )


def scores_of_second(trace_id: str) -> tuple[Score, ...]:
    return (
        scored(trace_id, "brief", False, passed=False, rationale="It is not."),
        Score(
            trace_id=trace_id,
            scorer_name="tone",
            state="failed",
            problem="The judge answered nonsense.",
            lost_cost_usd=0.001,
        ),
        not_applicable(trace_id),
    )


def test_an_evaluation_is_written_as_mlflows_own_are(turns: Turns, written: Written) -> None:
    assert written.begun_as == "RUNNING"
    run = plain(turns).get_run(written.run_id)
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "First look"
    assert run.data.metrics == {"brief/mean": 0.5, "tone/mean": 4.0}
    assert run.data.tags["mlflow.runType"] == "genai_evaluate"
    assert run.data.tags["mlflow.user"] == "ann"
    assert run.data.params == {
        "scorers": "brief, tone, exact",
        "traces": "2",
        "source": "2 chosen traces",
        "judge_model": "judge-model",
    }
    assert [each.dataset.name for each in run.inputs.dataset_inputs] == ["2 chosen traces"]


def test_its_scores_are_written_as_assessments_of_its_traces(
    turns: Turns, written: Written
) -> None:
    run_id, first, second = written.run_id, written.first, written.second
    linked = plain(turns).search_traces(
        locations=[experiment_of(turns)], run_id=run_id, include_spans=False
    )
    stored = {
        (trace.info.trace_id, each.name): (
            each.value,
            str(each.source.source_type),
            each.source.source_id,
            each.metadata["mlflow.assessment.sourceRunId"],
            each.metadata["gwtrace.evaluation"],
            each.rationale,
            each.error and each.error.error_message,
        )
        for trace in linked
        for each in trace.info.assessments
    }
    ids = (run_id, run_id)
    assert stored == {
        (first, "brief"): (True, "CODE", "brief", *ids, "It is in the answer \ufffd.", None),
        (first, "tone"): (4.0, "LLM_JUDGE", "judge-model", *ids, "Warm.", None),
        (second, "brief"): (False, "CODE", "brief", *ids, "It is not.", None),
        (second, "tone"): (
            *(None, "LLM_JUDGE", "judge-model", *ids),
            *(None, "The judge answered nonsense."),
        ),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """An evaluation that was ended half-way, and what there is of it after a restart."""

    setup: EvaluationSetup
    first: str
    second: str
    given: tuple[Score, ...]
    opened: StoredEvaluation
    listed: tuple[EvaluationSummary, ...]
    """By its id among all."""


@pytest.fixture(scope="module")
def read_back(turns: Turns) -> ReadBack:
    first, second = asked(turns), asked(turns)
    evaluations = Evaluations(turns.tracking)
    schema = json.dumps({"enum": ["x" * 20_000]})
    long = CodeScorer(name="exact", check=MatchesJsonSchema(schema_text=schema))
    setup = setup_for(first, second, scorers=(BRIEF, TONE, long))
    run_id = evaluations.begin(setup, found(turns, first, second))
    given = (
        scored(first, "brief", False, passed=False, rationale="No."),
        scored(first, "tone", 2.0, passed=False, cost_usd=0.25, judge_trace_id="tr-1"),
        Score(
            trace_id=second,
            scorer_name="tone",
            state="failed",
            problem="No answer.",
            lost_cost_usd=0.5,
            lost_trace_id="tr-2",
        ),
    )
    for score in given:
        evaluations.store(
            run_id, score, judge_model="judge-model" if score.scorer_name == "tone" else None
        )
    evaluations.end(run_id, ["brief", "tone", "exact"], given, is_complete=False)

    again = Evaluations(Tracking(turns.tracking.config))
    opened = again.open_evaluation(run_id)
    assert opened is not None
    listed = tuple(each for each in again.list_evaluations() if each.evaluation_id == run_id)
    return ReadBack(
        setup=setup, first=first, second=second, given=given, opened=opened, listed=listed
    )


def test_it_is_read_back_from_mlflow_alone_after_a_restart(read_back: ReadBack) -> None:
    opened, given, first = read_back.opened, read_back.given, read_back.first
    missing = Score(
        trace_id=read_back.second,
        scorer_name="brief",
        state="stopped",
        problem="Nothing is stored for it: the evaluation ended before.",
    )
    assert opened.setup == read_back.setup
    assert [subject.trace_id for subject in opened.subjects] == [first, read_back.second]
    assert opened.scores == (
        *given[:2],
        replace(missing, trace_id=first, scorer_name="exact"),
        missing,
        given[2],
        replace(missing, scorer_name="exact"),
    )


def test_it_is_listed_after_a_restart_as_it_is_when_opened(read_back: ReadBack) -> None:
    (listed,) = read_back.listed
    assert listed == read_back.opened.summary
    assert (listed.name, listed.state, listed.trace_count) == ("First look", "stopped", 2)
    assert (listed.is_by_gwtrace, listed.user, listed.judge_model) == (True, "ann", "judge-model")
    assert listed.scorers == (
        ScorerSummary(name="brief", mean=0, passed=0, judged=1, failed=0, not_applicable=0),
        ScorerSummary(name="tone", mean=2, passed=0, judged=1, failed=1, not_applicable=0),
        ScorerSummary(name="exact", passed=0, judged=0, failed=0, not_applicable=0),
    )


def test_what_a_scorer_said_before_is_kept_as_replaced(turns: Turns) -> None:
    trace_id = asked(turns)
    evaluations = Evaluations(turns.tracking)
    runs = [evaluations.begin(setup_for(trace_id), found(turns, trace_id)) for _ in range(2)]
    tone = scored(trace_id, "tone", 1.0, passed=False)
    failed = Score(trace_id=trace_id, scorer_name="tone", state="failed", problem="Refused.")
    evaluations.store(runs[0], tone, judge_model="judge-model")
    evaluations.store(runs[0], replace(tone, scorer_name="brief"), judge_model=None)
    evaluations.store(runs[1], failed, judge_model="judge-model")
    evaluations.store(runs[1], failed, judge_model="judge-model")

    def standing() -> list[tuple[str, Any, bool]]:
        found = plain(turns).get_trace(trace_id).info.assessments
        return [(each.name, each.value, each.valid) for each in found]

    assert sorted(standing(), key=str) == [
        ("brief", 1.0, True),
        ("tone", 1.0, True),
        ("tone", None, True),
    ]
    better = scored(trace_id, "tone", 5.0, passed=True)
    evaluations.store(runs[1], better, judge_model="judge-model")
    assert sorted(standing(), key=str) == [
        ("brief", 1.0, True),
        ("tone", 1.0, False),
        ("tone", 5.0, True),
    ]
    trace = TraceStore(turns.tracking).find_trace(trace_id)
    assert trace is not None
    ours = [(each.name, each.value, each.is_valid) for each in trace.summary.assessments]
    assert sorted(ours, key=str) == sorted(standing(), key=str)
    opened = [evaluations.open_evaluation(run_id) for run_id in runs]
    values = [
        [score.verdict.value for score in each.scores if score.verdict] for each in opened if each
    ]
    assert values == [[1.0, 1.0], [5.0]]


def test_an_evaluation_that_is_not_there_is_none(turns: Turns) -> None:
    assert Evaluations(turns.tracking).open_evaluation("f" * 32) is None


def test_a_score_of_a_trace_that_is_gone_says_so(turns: Turns) -> None:
    evaluations = Evaluations(turns.tracking)
    run_id = evaluations.begin(setup_for(), ())
    with pytest.raises(TrackingError, match="MLflow could not store the score"):
        evaluations.store(
            run_id, scored("tr-" + "0" * 32, "brief", True, passed=True), judge_model=None
        )


def test_a_setup_too_long_to_be_stored_is_refused(turns: Turns) -> None:
    long = TONE.instructions + "x" * 200_000
    setup = setup_for(scorers=(replace(TONE, instructions=long),))
    with pytest.raises(RequestRefused, match="at most 160,000 can be stored"):
        Evaluations(turns.tracking).begin(setup, ())
