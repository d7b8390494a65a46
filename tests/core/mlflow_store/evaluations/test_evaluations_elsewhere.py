"""Evaluations and datasets that other programs made with MLflow."""

from __future__ import annotations

import subprocess
import sys

import mlflow

from gwtrace_core.batch.reader import guess_columns, make_rows, read_table
from gwtrace_core.batch.values import BatchRow
from gwtrace_core.evaluation.datasets import make_batch_rows
from gwtrace_core.evaluation.sources import DatasetTraces
from gwtrace_core.evaluation.stored import ScorerSummary
from gwtrace_core.mlflow_store.evaluations.evaluations import Evaluations
from tests.core.mlflow_store.evaluation_setups import asked, experiment_of, scored
from tests.core.mlflow_store.support import Turns

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
    asked = (BatchRow(number=1, prompt="2 + 2?", expected="4"),)
    assert make_batch_rows(rows) == asked
    file = str(made.to_df().to_json(orient="records", lines=True))
    table = read_table("dataset.jsonl", file.encode())
    assert make_rows(table, guess_columns(table), skips_empty=True) == asked
    got = evaluations.subjects(DatasetTraces(dataset_id=made.dataset_id, name="by hand"))
    assert (got.subjects, got.untraced_count) == ((), 2)
