"""Evaluations are MLflow's own: what is written is asserted through a plain MlflowClient."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient

from gwtrace_core.batch.values import BatchRow
from gwtrace_core.chat import Lane
from gwtrace_core.comparison import comparison_tags
from gwtrace_core.connection import Provider, SdkPath
from gwtrace_core.errors import RequestRefused, TrackingError
from gwtrace_core.evaluation.datasets import batch_rows
from gwtrace_core.evaluation.sources import (
    MOST_SUBJECTS,
    ChosenTraces,
    ComparisonTraces,
    DatasetTraces,
    MatchingTraces,
    SessionTraces,
)
from gwtrace_core.evaluation.stored import EvaluationSetup, ScorerSummary
from gwtrace_core.evaluation.subjects import JUDGE, Subject
from gwtrace_core.evaluation.values import (
    CodeScorer,
    Contains,
    ExactMatch,
    InstructionJudge,
    MatchesJsonSchema,
    Score,
    Verdict,
)
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.tracing.evaluations import Evaluations
from gwtrace_core.tracing.setup import Ready, Tracking
from gwtrace_core.tracing.store import TraceStore
from tests.core.tracing.support import Turns

LANE = Lane(
    connection_id="demo",
    provider=Provider.OPENAI,
    route="openai",
    sdk_path=SdkPath.OPENAI_CHAT,
    model="judge-model",
)
BRIEF = CodeScorer(name="brief", check=Contains(text="hello"))
TONE = InstructionJudge(
    name="tone",
    instructions="Mark {{ outputs }}.",
    answers="number",
    passes_from=3,
)
EXACT = CodeScorer(name="exact", check=ExactMatch())


def plain(turns: Turns) -> Any:
    return MlflowClient(tracking_uri=turns.tracking.config.uri)


def experiment_of(turns: Turns) -> str:
    state = turns.tracking.state
    assert isinstance(state, Ready)
    return state.experiment_id


def asked(turns: Turns, text: str = "Hello", **settings: Any) -> str:
    return turns.ask(SdkPath.OPENAI_CHAT, text=text, **settings).trace.trace_id


def found(turns: Turns, *trace_ids: str) -> tuple[Subject, ...]:
    return Evaluations(turns.tracking).subjects(ChosenTraces(trace_ids=trace_ids)).subjects


def setup_for(*trace_ids: str, scorers: Any = (BRIEF, TONE, EXACT)) -> EvaluationSetup:
    return EvaluationSetup(
        name="First look",
        scorers=scorers,
        source=ChosenTraces(trace_ids=trace_ids),
        user="ann",
        judge_lane=LANE,
    )


def scored(trace_id: str, name: str, value: Any, *, passed: bool | None, **more: Any) -> Score:
    verdict = Verdict(value=value, passed=passed, **more)
    return Score(trace_id=trace_id, scorer_name=name, state="scored", verdict=verdict)


def test_an_evaluation_is_written_as_mlflows_own_are(turns: Turns) -> None:
    first, second = asked(turns), asked(turns, "And again")
    evaluations = Evaluations(turns.tracking)
    setup = setup_for(first, second)
    run_id = evaluations.begin(setup, found(turns, first, second))
    assert plain(turns).get_run(run_id).info.status == "RUNNING"
    scores = (
        scored(first, "brief", True, passed=True, rationale="It is in the answer \ud800."),
        scored(
            first,
            "tone",
            4.0,
            passed=True,
            rationale="Warm.",
            cost_usd=0.002,
            judge_trace_id="tr-" + "1" * 32,
        ),
        Score(
            trace_id=first,
            scorer_name="exact",
            state="not applicable",
            problem="The trace has no expected answer.",
        ),
        scored(second, "brief", False, passed=False, rationale="It is not."),
        Score(
            trace_id=second,
            scorer_name="tone",
            state="failed",
            problem="The judge answered nonsense.",
            lost_cost_usd=0.001,
        ),
        Score(
            trace_id=second,
            scorer_name="exact",
            state="not applicable",
            problem="The trace has no expected answer.",
        ),
    )
    for score in scores:
        if score.state != "not applicable":
            model = "judge-model" if score.scorer_name == "tone" else None
            evaluations.store(run_id, score, judge_model=model)
    evaluations.end(run_id, ["brief", "tone", "exact"], scores, is_complete=True)

    run = plain(turns).get_run(run_id)
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
        (first, "brief"): (True, "CODE", "brief", *ids, "It is in the answer ?.", None),
        (first, "tone"): (4.0, "LLM_JUDGE", "judge-model", *ids, "Warm.", None),
        (second, "brief"): (False, "CODE", "brief", *ids, "It is not.", None),
        (second, "tone"): (
            *(None, "LLM_JUDGE", "judge-model", *ids),
            *(None, "The judge answered nonsense."),
        ),
    }


def test_it_is_read_back_from_mlflow_alone_after_a_restart(turns: Turns) -> None:
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
    missing = Score(
        trace_id=second,
        scorer_name="brief",
        state="stopped",
        problem="Nothing is stored for it: the evaluation ended before.",
    )
    for score in given:
        evaluations.store(
            run_id, score, judge_model="judge-model" if score.scorer_name == "tone" else None
        )
    evaluations.end(run_id, ["brief", "tone", "exact"], given, is_complete=False)

    again = Evaluations(Tracking(turns.tracking.config))
    opened = again.open_evaluation(run_id)
    assert opened is not None
    assert opened.setup == setup
    assert [subject.trace_id for subject in opened.subjects] == [first, second]
    assert opened.scores == (
        *given[:2],
        replace(missing, trace_id=first, scorer_name="exact"),
        missing,
        given[2],
        replace(missing, scorer_name="exact"),
    )
    (listed,) = (each for each in again.evaluations() if each.evaluation_id == run_id)
    assert listed == opened.summary
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
    trace = TraceStore(turns.tracking).trace(trace_id)
    assert trace is not None
    ours = [(each.name, each.value, each.is_valid) for each in trace.summary.assessments]
    assert sorted(ours, key=str) == sorted(standing(), key=str)
    opened = [evaluations.open_evaluation(run_id) for run_id in runs]
    values = [
        [score.verdict.value for score in each.scores if score.verdict] for each in opened if each
    ]
    assert values == [[1.0, 1.0], [5.0]]


_ELSEWHERE = """
import sys
import mlflow
from mlflow.genai.scorers import scorer

@scorer
def polite(outputs) -> bool:
    return bool(outputs)

uri, experiment_id, trace_id = sys.argv[1:]
mlflow.set_tracking_uri(uri)
mlflow.set_experiment(experiment_id=experiment_id)
result = mlflow.genai.evaluate(data=[mlflow.get_trace(trace_id)], scorers=[polite])
print("run", result.run_id)
"""


def test_an_evaluation_of_mlflows_evaluate_in_another_program_is_read_too(
    embedded: Turns,
) -> None:
    trace_id = asked(embedded)
    place = (embedded.tracking.config.uri, experiment_of(embedded), trace_id)
    # In another process: it switches this one's autologs about.
    ran = subprocess.run(
        [sys.executable, "-c", _ELSEWHERE, *place],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    run_id = ran.stdout.rsplit("run ", 1)[1].strip()
    evaluations = Evaluations(embedded.tracking)
    newest = evaluations.evaluations(limit=1)[0]
    assert (newest.evaluation_id, newest.is_by_gwtrace) == (run_id, False)
    assert (newest.state, newest.trace_count) == ("finished", None)
    assert newest.scorers == (ScorerSummary(name="polite", mean=1.0),)
    opened = evaluations.open_evaluation(run_id)
    assert opened is not None
    assert opened.setup is None
    assert opened.scores == (scored(trace_id, "polite", True, passed=True),)


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


def test_subjects_come_from_ids_session_comparison_and_filter_without_judges(
    turns: Turns,
) -> None:
    evaluations = Evaluations(turns.tracking)
    comparison_id = "ab" * 16

    def lane(name: str, row: int, **settings: Any) -> str:
        tags = comparison_tags(comparison_id=comparison_id, lane_name=name, round_id="r1", row=row)
        return asked(turns, session_id=f"{comparison_id}-{name}-{row}", tags=tags, **settings)

    a1, b1, a2 = lane("A", 1), lane("B", 1), lane("A", 2)
    a1_again = lane("A", 1)
    session_id = f"{comparison_id}-A-1"
    judge = asked(turns, session_id=session_id, tags={JUDGE: "tone"})

    by_ids = evaluations.subjects(ChosenTraces(trace_ids=(b1, judge, "tr-gone", a1, b1)))
    assert [each.trace_id for each in by_ids.subjects] == [b1, a1]
    assert (by_ids.missing, by_ids.judge_count, by_ids.is_complete) == (("tr-gone",), 1, True)

    by_session = evaluations.subjects(SessionTraces(session_id=session_id))
    assert [each.trace_id for each in by_session.subjects] == [a1, a1_again]
    assert by_session.judge_count == 1

    by_comparison = evaluations.subjects(ComparisonTraces(comparison_id=comparison_id))
    assert {each.trace_id for each in by_comparison.subjects} == {b1, a2, a1_again}
    assert by_comparison.replaced_count == 1
    assert {(each.lane, each.row) for each in by_comparison.subjects} == {
        ("A", 1),
        ("A", 2),
        ("B", 1),
    }

    chosen = TraceFilter(session_id=f"{comparison_id}-A-2", model="gpt-4o-mini")
    by_filter = evaluations.subjects(MatchingTraces(chosen=chosen))
    assert [each.trace_id for each in by_filter.subjects] == [a2]
    (subject,) = by_filter.subjects
    assert (subject.question, subject.sdk_path, subject.model) == (
        "Hello",
        "openai-chat",
        "gpt-4o-mini",
    )
    assert subject.answer
    assert subject.duration_ms is not None


def test_more_traces_than_can_be_judged_are_said_to_be_a_part(embedded: Turns) -> None:
    ids = (asked(embedded), *(f"tr-{number:032x}" for number in range(MOST_SUBJECTS)))
    got = Evaluations(embedded.tracking).subjects(ChosenTraces(trace_ids=ids))
    assert (len(got.subjects), len(got.missing), got.is_complete) == (1, MOST_SUBJECTS - 1, False)


@pytest.mark.parametrize("sdk_path", list(SdkPath))
def test_every_sdk_paths_turn_with_a_tool_is_a_subject(embedded: Turns, sdk_path: SdkPath) -> None:
    turn = embedded.ask(sdk_path, text="What is 17 * 23?", tools=("calculator",))
    (subject,) = found(embedded, turn.trace.trace_id)
    assert subject.question == "What is 17 * 23?"
    assert subject.answer == turn.reply.text
    assert subject.tool_names == ("calculator",)
    assert subject.sdk_path == sdk_path.value


def test_a_dataset_is_made_of_traces_and_leads_back_to_them(turns: Turns) -> None:
    evaluations = Evaluations(turns.tracking)
    first, second = asked(turns, "One?"), asked(turns, "Two?")
    TraceStore(turns.tracking).set_expectation(first, value="1", user="ann")
    name = f"golden {first[-6:]}"
    made = evaluations.create_dataset(name, found(turns, first, second), user="ann")
    assert made in evaluations.datasets()
    assert made.name == name
    dataset = plain(turns).get_dataset(made.dataset_id)
    assert dataset.name == name
    rows = evaluations.dataset_rows(made.dataset_id)
    assert {(row.question, row.expected, row.trace_id) for row in rows} == {
        ("One?", "1", first),
        ("Two?", None, second),
    }
    assert {(row.number, row.prompt) for row in batch_rows(rows)} == {
        (number, row.question) for number, row in enumerate(rows, start=1)
    }
    source = DatasetTraces(dataset_id=made.dataset_id, name=name)
    subjects = evaluations.subjects(source).subjects
    assert {(each.trace_id, each.expected) for each in subjects} == {(first, "1"), (second, None)}
    run_id = evaluations.begin(replace(setup_for(), source=source), subjects)
    (logged,) = plain(turns).get_run(run_id).inputs.dataset_inputs
    assert (logged.dataset.name, logged.dataset.digest) == (name, dataset.digest)

    with pytest.raises(RequestRefused, match="There is a dataset called"):
        evaluations.create_dataset(name, subjects, user="ann")
    with pytest.raises(RequestRefused, match="There are no traces"):
        evaluations.create_dataset("other", (), user="ann")
    with pytest.raises(TrackingError, match="MLflow could not read the dataset"):
        evaluations.dataset_rows("d-" + "0" * 32)


def test_a_dataset_that_others_made_is_asked_by_its_questions(embedded: Turns) -> None:
    mlflow.set_tracking_uri(embedded.tracking.config.uri)
    made = mlflow.genai.create_dataset(  # type: ignore[attr-defined]
        name="by hand", experiment_id=experiment_of(embedded)
    )
    made.merge_records(
        [
            {"inputs": {"question": "2 + 2?"}, "expectations": {"expected_response": "4"}},
            {"inputs": {"rows": [1, 2]}, "expectations": {"expected_facts": ["a"]}},
        ]
    )
    evaluations = Evaluations(embedded.tracking)
    rows = evaluations.dataset_rows(made.dataset_id)
    assert {(row.question, row.expected, row.trace_id) for row in rows} == {
        ("2 + 2?", "4", None),
        ("", None, None),
    }
    assert batch_rows(rows) == (BatchRow(number=1, prompt="2 + 2?", expected="4"),)
    got = evaluations.subjects(DatasetTraces(dataset_id=made.dataset_id, name="by hand"))
    assert (got.subjects, got.untraced_count) == ((), 2)
