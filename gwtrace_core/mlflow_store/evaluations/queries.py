"""The questions of `evaluations`, with MLflow's exceptions made ours."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import sqlalchemy.exc
from mlflow.exceptions import MlflowException

from gwtrace_core.evaluation.datasets import DatasetRow, DatasetSummary
from gwtrace_core.evaluation.sources import DatasetTraces, FoundSubjects, SubjectSource
from gwtrace_core.evaluation.stored import EvaluationSetup, EvaluationSummary, StoredEvaluation
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import Score
from gwtrace_core.mlflow_store.evaluations import (
    datasets as _evaluation_datasets,
)
from gwtrace_core.mlflow_store.evaluations import (
    reading,
    runs,
)
from gwtrace_core.mlflow_store.evaluations import (
    subjects as _evaluation_subjects,
)
from gwtrace_core.mlflow_store.evaluations.evaluations import DatasetsUnsupported
from gwtrace_core.mlflow_store.format.entities import is_missing, translated

_UNSUPPORTED = ("ENDPOINT_NOT_FOUND", "NOT_IMPLEMENTED", "FEATURE_DISABLED")


class EvaluationQueries:
    """One store and one experiment. Methods raise TrackingError."""

    def __init__(self, uri: str, experiment_id: str) -> None:
        self._uri = uri
        self._experiment_id = experiment_id

    def subjects(self, source: SubjectSource) -> FoundSubjects:
        """See `Evaluations.subjects`."""
        with _translated("read the traces", of_datasets=isinstance(source, DatasetTraces)):
            return _evaluation_subjects.subjects(self._uri, self._experiment_id, source)

    def begin(self, setup: EvaluationSetup, subjects: Sequence[Subject]) -> str:
        """See `Evaluations.begin`."""
        with _translated("begin the evaluation"):
            return runs.begin(self._uri, self._experiment_id, setup, subjects)

    def store(self, evaluation_id: str, score: Score, judge_model: str | None) -> None:
        """See `Evaluations.store`."""
        with _translated("store the score"):
            runs.store(self._uri, evaluation_id, score, judge_model)

    def resume(self, evaluation_id: str) -> None:
        """See `Evaluations.resume`."""
        with _translated("go on with the evaluation"):
            runs.resume(self._uri, evaluation_id)

    def tell_alive(self, evaluation_id: str) -> None:
        """See `Evaluations.tell_alive`."""
        with _translated("note that the evaluation is under way"):
            runs.tell_alive(self._uri, evaluation_id)

    def end(
        self,
        evaluation_id: str,
        names: Sequence[str],
        scores: Sequence[Score],
        *,
        is_complete: bool,
    ) -> None:
        """See `Evaluations.end`."""
        with _translated("end the evaluation"):
            runs.end(self._uri, evaluation_id, names, scores, is_complete=is_complete)

    def evaluations(self, limit: int) -> tuple[EvaluationSummary, ...]:
        """See `Evaluations.evaluations`."""
        with _translated("list the evaluations"):
            return reading.evaluations(self._uri, self._experiment_id, limit)

    def summary(self, evaluation_id: str) -> EvaluationSummary:
        """See `Evaluations.summary`."""
        with _translated("read the evaluation"):
            return reading.summary(self._uri, evaluation_id)

    def evaluation(self, evaluation_id: str) -> StoredEvaluation | None:
        """See `Evaluations.open_evaluation`."""
        try:
            return reading.evaluation(self._uri, evaluation_id)
        except (MlflowException, sqlalchemy.exc.SQLAlchemyError) as exc:
            if is_missing(exc):
                return None
            raise translated(exc, "read the evaluation") from exc

    def datasets(self, limit: int) -> tuple[DatasetSummary, ...]:
        """See `Evaluations.datasets`."""
        with _translated("list the datasets", of_datasets=True):
            return _evaluation_datasets.datasets(self._uri, self._experiment_id, limit)

    def dataset_rows(self, dataset_id: str) -> tuple[DatasetRow, ...]:
        """See `Evaluations.dataset_rows`."""
        with _translated("read the dataset", of_datasets=True):
            return _evaluation_datasets.rows(self._uri, dataset_id)

    def create_dataset(self, name: str, subjects: Sequence[Subject], user: str) -> DatasetSummary:
        """See `Evaluations.create_dataset`."""
        with _translated("make the dataset", of_datasets=True):
            return _evaluation_datasets.create(self._uri, self._experiment_id, name, subjects, user)


@contextmanager
def _translated(what: str, *, of_datasets: bool = False) -> Generator[None]:
    try:
        yield
    except NotImplementedError as exc:
        # What a store has not got, its base class says in this way.
        if not of_datasets:
            raise
        raise DatasetsUnsupported() from exc
    except MlflowException as exc:
        if of_datasets and exc.error_code in _UNSUPPORTED:
            raise DatasetsUnsupported() from exc
        raise translated(exc, what) from exc
    except sqlalchemy.exc.SQLAlchemyError as exc:
        raise translated(exc, what) from exc
