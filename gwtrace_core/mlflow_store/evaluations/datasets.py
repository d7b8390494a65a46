"""MLflow's evaluation datasets, through its client's store: the entities know but one store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import DatasetRecordSourceType
from mlflow.tracing.client import TracingClient
from mlflow.utils.mlflow_tags import MLFLOW_USER

from gwtrace_core.evaluation.datasets import (
    DatasetRow,
    DatasetSummary,
    read_expected,
)
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.mlflow_store.format.entities import texts_of
from gwtrace_core.mlflow_store.format.turn_json import as_dict, as_list
from gwtrace_core.trace.messages.question import question_in
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.unicode_text import clean_json, clean_text

MOST_RECORDS = 10_000
_NAME_CHARS = 255


def datasets(uri: str, experiment_id: str, limit: int) -> tuple[DatasetSummary, ...]:
    """See `Evaluations.datasets`. Raises MLflow's exceptions."""
    client: Any = MlflowClient(tracking_uri=uri)
    found = client.search_datasets(
        experiment_ids=[experiment_id], max_results=limit, order_by=["last_update_time DESC"]
    )
    return tuple(_summary(each) for each in found)


def rows(uri: str, dataset_id: str) -> tuple[DatasetRow, ...]:
    """See `Evaluations.dataset_rows`. Raises MLflow's exceptions."""
    client: Any = MlflowClient(tracking_uri=uri)
    client.get_dataset(dataset_id)  # which says so when there is none
    # The entity itself reads its records from whatever store the process was last told of.
    tracing: Any = TracingClient(uri)
    records, _ = tracing.store._load_dataset_records(dataset_id, max_results=MOST_RECORDS)
    return tuple(_row(record) for record in records)


def create(
    uri: str, experiment_id: str, name: str, subjects: Sequence[Subject], user: str
) -> DatasetSummary:
    """See `Evaluations.create_dataset`. Raises RequestRefused and MLflow's exceptions."""
    name = name.strip()
    if not name or len(name) > _NAME_CHARS:
        raise RequestRefused(
            f"A dataset needs a name of at most {_NAME_CHARS} characters.", hint="Name it."
        )
    if not subjects:
        raise RequestRefused("There are no traces to make a dataset of.", hint="Choose some.")
    client: Any = MlflowClient(tracking_uri=uri)
    known = [each for each in datasets(uri, experiment_id, 1_000) if each.name == name]
    if known:
        raise RequestRefused(
            f"There is a dataset called {name!r} already.", hint="Choose another name."
        )
    made = client.create_dataset(name, experiment_id=[experiment_id], tags={MLFLOW_USER: user})
    tracing: Any = TracingClient(uri)
    tracing.store.upsert_dataset_records(
        dataset_id=made.dataset_id, records=[_record(subject, user) for subject in subjects]
    )
    return _summary(client.get_dataset(made.dataset_id))


def _record(subject: Subject, user: str) -> dict[str, Any]:
    """As MLflow makes a record of a trace; its inputs have to be an object."""
    is_object = isinstance(subject.inputs, dict)
    source = {"trace_id": subject.trace_id}
    if subject.session_id is not None:
        source["session_id"] = subject.session_id
    return {
        "inputs": subject.inputs if is_object else {"input": subject.inputs or subject.question},
        "outputs": subject.outputs,
        "expectations": dict(subject.expectations),
        "source": {"source_type": DatasetRecordSourceType.TRACE.value, "source_data": source},
        "tags": {MLFLOW_USER: user},
    }


def _summary(dataset: Any) -> DatasetSummary:
    try:
        profile = as_dict(json.loads(dataset.profile or "null"))
    except ValueError:
        profile = {}
    count = profile.get("num_records")
    return DatasetSummary(
        dataset_id=dataset.dataset_id,
        name=clean_text(dataset.name),
        created_ms=int(dataset.created_time or 0),
        changed_ms=int(dataset.last_update_time or 0),
        record_count=count if isinstance(count, int) else None,
        tags=texts_of(as_dict(dataset.tags)),
    )


def _row(record: Any) -> DatasetRow:
    inputs = clean_json(record.inputs)
    expectations = as_dict(clean_json(record.expectations))
    source: Any = record.source
    trace_id = as_dict(source.source_data).get("trace_id") if source is not None else None
    messages = as_list(as_dict(inputs).get("messages"))
    return DatasetRow(
        record_id=record.dataset_record_id,
        question=question_in({"messages": messages} if messages else inputs),
        expected=read_expected(expectations),
        expectations=expectations,
        inputs=inputs,
        trace_id=str(trace_id) if trace_id else None,
    )
