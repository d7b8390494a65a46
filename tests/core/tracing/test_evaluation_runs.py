"""A whole evaluation by real judges and real code in both kinds of store, seen by MlflowClient."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from gwtrace_core.comparison import comparison_tags
from gwtrace_core.connection import SdkPath
from gwtrace_core.evaluation.disagreement import agreements
from gwtrace_core.evaluation.results import scorer_groups
from gwtrace_core.evaluation.runner import Evaluation
from gwtrace_core.evaluation.sources import ChosenTraces, ComparisonTraces
from gwtrace_core.evaluation.stored import EvaluationSetup
from gwtrace_core.evaluation.subjects import subject_of
from gwtrace_core.evaluation.values import (
    BuiltinJudge,
    CodeScorer,
    Contains,
    InstructionJudge,
    LengthBetween,
    Score,
    Scorer,
)
from gwtrace_core.tracing._evaluation_queries import EvaluationQueries
from gwtrace_core.tracing.evaluations import DatasetsUnsupported, Evaluations
from gwtrace_core.tracing.judging import Judging
from gwtrace_core.tracing.setup import Tracking
from gwtrace_core.tracing.store import TraceStore
from tests.conftest import Demo
from tests.core.tracing.judge_models import judge_model
from tests.core.tracing.support import Turns

SETTLE_S = 120.0
QUESTION = "How does a gateway stream an answer?"
SCORERS: tuple[Scorer, ...] = (
    CodeScorer(name="contains expected", check=Contains()),
    CodeScorer(name="not long", check=LengthBetween(most_chars=10)),
    BuiltinJudge(name="fluent", builtin="Fluency"),
    InstructionJudge(
        name="tone",
        instructions="Mark the tone of {{ outputs }} from 1 to 5.",
        answers="number",
        passes_from=3,
    ),
)


def test_a_comparison_is_judged_stored_and_read_back_as_it_was_shown(turns: Turns) -> None:
    comparison_id = "cd" * 16
    for lane in ("A", "B"):
        tags = comparison_tags(comparison_id=comparison_id, lane_name=lane, round_id="r1")
        turn = turns.ask(
            SdkPath.OPENAI_CHAT, text=QUESTION, tags=tags, session_id=f"{comparison_id}-{lane}"
        )
        if lane == "A":
            store = TraceStore(turns.tracking)
            store.set_expectation(turn.trace.trace_id, value="Your request goes", user="ann")
            store.set_verdict(turn.trace.trace_id, value=False, comment=None, user="ann")
    evaluations = Evaluations(turns.tracking)
    setup = EvaluationSetup(
        name="Both lanes",
        scorers=SCORERS,
        source=ComparisonTraces(comparison_id=comparison_id),
        user="ann",
        judge_lane=judge_model(turns.base_url).lane,
    )
    subjects = evaluations.subjects(setup.source).subjects
    assert [each.lane for each in subjects] == ["A", "B"]
    evaluation_id = evaluations.begin(setup, subjects)
    evaluation = Evaluation(
        Judging(turns.tracking, turns.hub),
        evaluations,
        evaluation_id=evaluation_id,
        setup=setup,
        subjects=subjects,
        judge_model=judge_model(turns.base_url),
    )
    evaluation.resume()
    assert evaluation.wait_over(SETTLE_S)
    progress = evaluation.poll()
    assert (progress.scored, progress.not_applicable, progress.failed) == (7, 1, 0), progress
    assert progress.writes.stored == 7
    assert progress.cost_usd is not None
    assert progress.cost_usd > 0
    assert progress.unpriced == 0

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

    # As after a restart: nothing but MLflow knows of it.
    again = Evaluations(Tracking(turns.tracking.config)).open_evaluation(evaluation_id)
    assert again is not None
    assert again.setup == setup
    assert again.summary.state == "finished"
    assert again.scores == progress.scores
    assert scorer_groups(again.subjects, again.scores, "lane") == scorer_groups(
        subjects, progress.scores, "lane"
    )
    by_name = {each.scorer_name: each for each in agreements(again.subjects, again.scores)}
    assert (by_name["contains expected"].compared, by_name["contains expected"].too_lenient) == (
        1,
        1,
    )
    assert (by_name["not long"].compared, by_name["not long"].agreed) == (1, 1)


def test_a_stopped_evaluation_is_killed_in_mlflow_and_goes_on_after_a_restart(
    embedded: Turns, demo: Demo
) -> None:
    turn = embedded.ask(SdkPath.OPENAI_CHAT, text=QUESTION)
    subjects = [subject_of(turn.trace)]
    evaluations = Evaluations(embedded.tracking)
    source = ChosenTraces(trace_ids=(turn.trace.trace_id,))
    setup = EvaluationSetup(name="x", scorers=SCORERS[1:], source=source, user="ann")
    evaluation_id = evaluations.begin(setup, subjects)
    client: Any = MlflowClient(tracking_uri=embedded.tracking.config.uri)

    def evaluation(model: str, known: Sequence[Score] = ()) -> Evaluation:
        return Evaluation(
            Judging(embedded.tracking, embedded.hub),
            evaluations,
            evaluation_id=evaluation_id,
            setup=setup,
            subjects=subjects,
            judge_model=judge_model(embedded.base_url, model=model),
            known=known,
        )

    mark = demo.exchanges.mark
    stalling = evaluation("fault-stall")
    stalling.resume()
    demo.exchanges.wait_for(lambda exchange: True, since=mark)
    stalling.stop()
    assert stalling.wait_over(SETTLE_S)
    progress = stalling.poll()
    assert (progress.scored, progress.stopped + progress.waiting) == (1, 2)
    assert progress.pause_reason == "Stopped by the user."
    assert client.get_run(evaluation_id).info.status == "KILLED"

    stored = evaluations.open_evaluation(evaluation_id)
    assert stored is not None
    assert [score.state for score in stored.scores] == ["scored", "stopped", "stopped"]
    mark = demo.exchanges.mark
    going_on = evaluation("gpt-4o-mini", stored.scores)
    going_on.resume()
    assert going_on.wait_over(SETTLE_S)
    assert going_on.poll().scored == 3
    assert len(demo.exchanges.since(mark)) == 2
    assert client.get_run(evaluation_id).info.status == "FINISHED"


class _OldServer(BaseHTTPRequestHandler):
    """Knows nothing of datasets, as servers before them."""

    def do_GET(self) -> None:
        self.send_response(404)
        self.end_headers()
        self.wfile.write(b'{"error_code": "ENDPOINT_NOT_FOUND"}')

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing to the terminal."""


def test_a_server_without_datasets_is_named() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _OldServer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        queries = EvaluationQueries(f"http://127.0.0.1:{server.server_port}", "0")
        with pytest.raises(DatasetsUnsupported, match="keeps no evaluation datasets"):
            queries.datasets(1)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_file_store_without_datasets_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    queries = EvaluationQueries(tmp_path.as_uri(), "0")
    with pytest.raises(DatasetsUnsupported, match="keeps no evaluation datasets"):
        queries.datasets(1)
