"""A whole evaluation by real judges and real code in both kinds of store, seen by MlflowClient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from mlflow import MlflowClient

from gwtrace_core.evaluation.disagreement import measure_agreements
from gwtrace_core.evaluation.progress import EvaluationProgress
from gwtrace_core.evaluation.results import group_scores
from gwtrace_core.evaluation.runner import Evaluation
from gwtrace_core.evaluation.sources import ComparisonTraces
from gwtrace_core.evaluation.stored import EvaluationSetup, StoredEvaluation
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.lanes.comparison import make_comparison_tags
from gwtrace_core.mlflow_store.connection.tracking import Tracking
from gwtrace_core.mlflow_store.conversations.conversations import TraceStore
from gwtrace_core.mlflow_store.evaluations.evaluations import Evaluations
from gwtrace_core.mlflow_store.judges.judging import Judging
from gwtrace_core.values.connection import SdkPath
from tests.core.mlflow_store.evaluation_setups import SCORERS, SETTLE_S
from tests.core.mlflow_store.judge_models import QUESTION, judge_model
from tests.core.mlflow_store.support import Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Two lanes of a comparison, judged to the end."""

    evaluation_id: str
    setup: EvaluationSetup
    subjects: tuple[Subject, ...]
    progress: EvaluationProgress

    def opened(self, turns: Turns) -> StoredEvaluation:
        """As after a restart: nothing but MLflow knows of it."""
        again = Evaluations(Tracking(turns.tracking.config)).open_evaluation(self.evaluation_id)
        assert again is not None
        return again


def compared(turns: Turns) -> ComparisonTraces:
    """Two lanes were asked; people have said of the first what they expect, and that it is bad."""
    comparison_id = "cd" * 16
    for lane in ("A", "B"):
        tags = make_comparison_tags(comparison_id=comparison_id, lane_name=lane, round_id="r1")
        turn = turns.ask(
            SdkPath.OPENAI_CHAT, text=QUESTION, tags=tags, session_id=f"{comparison_id}-{lane}"
        )
        if lane == "A":
            store = TraceStore(turns.tracking)
            store.set_expectation(turn.trace.trace_id, value="Your request goes", user="ann")
            store.set_verdict(turn.trace.trace_id, value=False, comment=None, user="ann")
    return ComparisonTraces(comparison_id=comparison_id)


@pytest.fixture(scope="module")
def judged(turns: Turns) -> Judged:
    setup = EvaluationSetup(
        name="Both lanes",
        scorers=SCORERS,
        source=compared(turns),
        user="ann",
        judge_lane=judge_model(turns.base_url).lane,
    )
    evaluations = Evaluations(turns.tracking)
    subjects = evaluations.subjects(setup.source).subjects
    evaluation_id = evaluations.begin(setup, subjects)
    evaluation = Evaluation(
        Judging(turns.tracking, turns.hub),
        evaluations,
        evaluation_id=evaluation_id,
        setup=setup,
        subjects=subjects,
    )
    evaluation.resume(judge_model(turns.base_url))
    assert evaluation.wait_over(SETTLE_S)
    return Judged(
        evaluation_id=evaluation_id, setup=setup, subjects=subjects, progress=evaluation.poll()
    )


def test_both_lanes_of_a_comparison_are_judged_by_every_scorer(judged: Judged) -> None:
    assert [each.lane for each in judged.subjects] == ["A", "B"]
    progress = judged.progress
    assert (progress.scored, progress.not_applicable, progress.failed) == (7, 1, 0), progress
    assert progress.writes.stored == 7
    assert progress.cost_usd is not None
    assert progress.cost_usd > 0
    assert progress.unpriced == 0


def test_a_judged_comparison_is_a_run_of_mlflows_with_its_traces_and_means(
    turns: Turns, judged: Judged
) -> None:
    evaluation_id, progress, subjects = judged.evaluation_id, judged.progress, judged.subjects
    client: Any = MlflowClient(tracking_uri=turns.tracking.config.uri)
    run = client.get_run(evaluation_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {
        f"{each.name}/mean": each.mean for each in progress.scorers if each.mean is not None
    }
    assert run.data.metrics["contains expected/mean"] == 1
    assert run.data.metrics["not long/mean"] == 0
    traces = client.search_traces(
        locations=[run.info.experiment_id], run_id=evaluation_id, include_spans=False
    )
    assert {trace.info.trace_id for trace in traces} == {each.trace_id for each in subjects}
    sources = {
        (each.name, str(each.source.source_type), each.source.source_id)
        for trace in traces
        for each in trace.info.assessments
        if (each.metadata or {}).get("mlflow.assessment.sourceRunId") == evaluation_id
    }
    assert sources == {
        ("contains expected", "CODE", "contains expected"),
        ("not long", "CODE", "not long"),
        ("fluent", "LLM_JUDGE", "gpt-4o-mini"),
        ("tone", "LLM_JUDGE", "gpt-4o-mini"),
    }


def test_a_comparison_is_judged_stored_and_read_back_as_it_was_shown(
    turns: Turns, judged: Judged
) -> None:
    again = judged.opened(turns)
    assert again.setup == judged.setup
    assert again.summary.state == "finished"
    assert again.scores == judged.progress.scores
    assert group_scores(again.subjects, again.scores, "lane") == group_scores(
        judged.subjects, judged.progress.scores, "lane"
    )


def test_what_people_said_of_a_judged_comparison_is_held_against_its_scorers(
    turns: Turns, judged: Judged
) -> None:
    again = judged.opened(turns)
    by_name = {each.scorer_name: each for each in measure_agreements(again.subjects, again.scores)}
    assert (by_name["contains expected"].compared, by_name["contains expected"].too_lenient) == (
        1,
        1,
    )
    assert (by_name["not long"].compared, by_name["not long"].agreed) == (1, 1)
