"""MLflow's evaluation datasets, through its client's store: the entities know but one store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from gwtrace_core.evaluation.datasets import DatasetRow, DatasetSummary, read_expected
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.mlflow_store.connection.ask import Questions, Store, question
from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.mlflow_store.format.entities import texts_of
from gwtrace_core.mlflow_store.format.turn_json import as_dict, as_list
from gwtrace_core.trace.messages.question import question_in
from gwtrace_core.values import trace_names
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.unicode_text import clean_json, clean_text

MOST_RECORDS = 10_000
_MOST_DATASETS = 1_000
_NAME_CHARS = 255


class DatasetsUnsupported(TrackingError):
    """The MLflow store keeps no evaluation datasets."""

    def __init__(self) -> None:
        super().__init__(
            "This MLflow store keeps no evaluation datasets.",
            hint="A database (sqlite:///mlflow.db) or a newer MLflow server does; a CSV or JSONL "
            "file works with any.",
        )


class Datasets(Questions):
    """What the evaluation pages ask of datasets."""

    @question("list the datasets", limit_s=10.0, unsupported=DatasetsUnsupported)
    def list_datasets(self, store: Store, limit: int = 100) -> tuple[DatasetSummary, ...]:
        """MLflow's own, changed last first. Raises DatasetsUnsupported."""
        return tuple(_read_summaries(store, limit))

    @question("read the dataset", limit_s=90.0, unsupported=DatasetsUnsupported)
    def read_dataset_rows(self, store: Store, dataset_id: str) -> tuple[DatasetRow, ...]:
        """The records of one. Raises DatasetsUnsupported."""
        return tuple(read_rows(store, dataset_id))

    @question("make the dataset", limit_s=60.0, unsupported=DatasetsUnsupported)
    def create_dataset(
        self, store: Store, name: str, subjects: Sequence[Subject], *, user: str
    ) -> DatasetSummary:
        """Make a dataset of traces. Traces with the same inputs become one record.

        Raises RequestRefused (no name, a name that is taken, no traces), DatasetsUnsupported.
        """
        name = name.strip()
        if not name or len(name) > _NAME_CHARS:
            raise RequestRefused(
                f"A dataset needs a name of at most {_NAME_CHARS} characters.", hint="Name it."
            )
        if not subjects:
            raise RequestRefused("There are no traces to make a dataset of.", hint="Choose some.")
        if name in {each.name for each in _read_summaries(store, _MOST_DATASETS)}:
            raise RequestRefused(
                f"There is a dataset called {name!r} already.", hint="Choose another name."
            )
        tags = {trace_names.RUN_USER: user}
        made = store.client.create_dataset(name, experiment_id=[store.experiment_id], tags=tags)
        store.tracing.store.upsert_dataset_records(
            dataset_id=made.dataset_id, records=[_make_record(each, user) for each in subjects]
        )
        return summary_of_dataset(store.client.get_dataset(made.dataset_id))


def read_rows(store: Store, dataset_id: str) -> list[DatasetRow]:
    """The records of a dataset. Raises MLflow's errors."""
    store.client.get_dataset(dataset_id)  # which says so when there is none
    # The entity itself reads its records from whatever store the process was last told of.
    records, _ = store.tracing.store._load_dataset_records(dataset_id, max_results=MOST_RECORDS)
    return [row_of_record(record) for record in records]


def _read_summaries(store: Store, limit: int) -> list[DatasetSummary]:
    found = store.client.search_datasets(
        experiment_ids=[store.experiment_id],
        max_results=limit,
        order_by=["last_update_time DESC"],
    )
    return [summary_of_dataset(each) for each in found]


def _make_record(subject: Subject, user: str) -> dict[str, Any]:
    """As MLflow makes a record of a trace; its inputs have to be an object."""
    is_object = isinstance(subject.inputs, dict)
    source = {"trace_id": subject.trace_id}
    if subject.session_id is not None:
        source["session_id"] = subject.session_id
    return {
        "inputs": subject.inputs if is_object else {"input": subject.inputs or subject.question},
        "outputs": subject.outputs,
        "expectations": dict(subject.expectations),
        "source": {
            "source_type": mlflow_api.DatasetRecordSourceType.TRACE.value,
            "source_data": source,
        },
        "tags": {trace_names.RUN_USER: user},
    }


def summary_of_dataset(dataset: Any) -> DatasetSummary:
    """A dataset as a list shows it, out of MLflow's."""
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


def row_of_record(record: Any) -> DatasetRow:
    """A row out of MLflow's record."""
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
