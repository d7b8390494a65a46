"""Which traces an evaluation is of: by ids, session, comparison, filter or dataset."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gwtrace_core.evaluation.datasets import make_batch_rows
from gwtrace_core.evaluation.sources import (
    ChosenTraces,
    ComparisonTraces,
    DatasetTraces,
    MatchingTraces,
    SessionTraces,
)
from gwtrace_core.evaluation.subjects import JUDGE
from gwtrace_core.lanes.comparison import make_comparison_tags
from gwtrace_core.mlflow_store.conversations.conversations import TraceStore
from gwtrace_core.mlflow_store.evaluations.evaluations import Evaluations
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.values.errors import RequestRefused, TrackingError
from tests.core.mlflow_store.evaluation_setups import asked, found, plain, setup_for
from tests.core.mlflow_store.support import Turns


def test_subjects_come_from_ids_session_comparison_and_filter_without_judges(
    turns: Turns,
) -> None:
    evaluations = Evaluations(turns.tracking)
    comparison_id = "ab" * 16

    def lane(name: str, row: int, **settings: Any) -> str:
        tags = make_comparison_tags(
            comparison_id=comparison_id, lane_name=name, round_id="r1", row=row
        )
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
    for by_judge, expected in ((False, [a1, a1_again]), (True, [])):
        chosen = TraceFilter(session_id=session_id, by_judge=by_judge)
        matching = evaluations.subjects(MatchingTraces(chosen=chosen))
        assert ([each.trace_id for each in matching.subjects], matching.judge_count) == (
            expected,
            int(by_judge),
        )

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
    assert {(row.number, row.prompt) for row in make_batch_rows(rows)} == {
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
