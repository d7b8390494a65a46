"""Evaluations in MLflow: their traces found, their scores stored, past ones read, and datasets.

Light: mlflow is imported when the first question is asked. Every question has a time limit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from gwtrace_core.evaluation.datasets import DatasetRow, DatasetSummary
from gwtrace_core.evaluation.sources import FoundSubjects, SubjectSource
from gwtrace_core.evaluation.stored import EvaluationSetup, EvaluationSummary, StoredEvaluation
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import Score
from gwtrace_core.mlflow_store.connection.ask import ask, ready
from gwtrace_core.mlflow_store.connection.tracking import Tracking
from gwtrace_core.values.errors import TrackingError

if TYPE_CHECKING:
    from gwtrace_core.mlflow_store.evaluations.queries import EvaluationQueries

_T = TypeVar("_T")

_WRITE_S = 15.0
_BEGIN_S = 60.0
_LIST_S = 10.0
_READ_S = 90.0
"""Above what the reading itself keeps to: a page under way is waited for."""


class DatasetsUnsupported(TrackingError):
    """The MLflow store keeps no evaluation datasets."""

    def __init__(self) -> None:
        super().__init__(
            "This MLflow store keeps no evaluation datasets.",
            hint="A database (sqlite:///mlflow.db) or a newer MLflow server does; a CSV or JSONL "
            "file works with any.",
        )


class Evaluations:
    """Questions about evaluations. Methods block and raise TrackingError, also while MLflow is
    away. Safe to use from any thread. All in the experiment that this app records in."""

    def __init__(self, tracking: Tracking) -> None:
        self._tracking = tracking

    def subjects(self, source: SubjectSource) -> FoundSubjects:
        """The traces of a source, read whole: at most 500, or what comes in within 60 s."""
        return self._asked(
            lambda queries: queries.subjects(source), "read the traces", limit_s=_READ_S
        )

    def begin(self, setup: EvaluationSetup, subjects: Sequence[Subject]) -> str:
        """Open the run and link the traces to it; its id. Raises RequestRefused for a set-up that
        is too long to be stored."""
        return self._asked(
            lambda queries: queries.begin(setup, subjects),
            "begin the evaluation",
            limit_s=_BEGIN_S,
        )

    def store(self, evaluation_id: str, score: Score, *, judge_model: str | None) -> None:
        """Store a `scored` or `failed` score on its trace.

        By a judge of `judge_model`, or None: by code. What the same scorer said before is kept as
        replaced; a failure replaces nothing but an earlier failure of this evaluation.
        """
        self._asked(
            lambda queries: queries.store(evaluation_id, score, judge_model),
            "store the score",
            limit_s=_WRITE_S,
        )

    def resume(self, evaluation_id: str) -> None:
        """Mark the run as running again."""
        self._asked(
            lambda queries: queries.resume(evaluation_id),
            "go on with the evaluation",
            limit_s=_WRITE_S,
        )

    def tell_alive(self, evaluation_id: str) -> None:
        """Note on the run that somebody is at it now."""
        self._asked(
            lambda queries: queries.tell_alive(evaluation_id),
            "note that the evaluation is under way",
            limit_s=_WRITE_S,
        )

    def end(
        self,
        evaluation_id: str,
        scorer_names: Sequence[str],
        scores: Sequence[Score],
        *,
        is_complete: bool,
    ) -> None:
        """Store what the scores came to and end the run: `FINISHED`, or `KILLED` with scores
        missing."""
        self._asked(
            lambda queries: queries.end(
                evaluation_id, scorer_names, scores, is_complete=is_complete
            ),
            "end the evaluation",
            limit_s=_WRITE_S,
        )

    def evaluations(self, limit: int = 100) -> tuple[EvaluationSummary, ...]:
        """The newest first, those made by `mlflow.genai.evaluate` elsewhere included."""
        return self._asked(
            lambda queries: queries.evaluations(limit), "list the evaluations", limit_s=_LIST_S
        )

    def summary(self, evaluation_id: str) -> EvaluationSummary:
        """How one stands now, without its traces."""
        return self._asked(
            lambda queries: queries.summary(evaluation_id),
            "read the evaluation",
            limit_s=_WRITE_S,
        )

    def open_evaluation(self, evaluation_id: str) -> StoredEvaluation | None:
        """One with all scores and the traces; None: there is none of that id."""
        return self._asked(
            lambda queries: queries.evaluation(evaluation_id),
            "read the evaluation",
            limit_s=_READ_S,
        )

    def datasets(self, limit: int = 100) -> tuple[DatasetSummary, ...]:
        """MLflow's own, changed last first. Raises DatasetsUnsupported."""
        return self._asked(
            lambda queries: queries.datasets(limit), "list the datasets", limit_s=_LIST_S
        )

    def dataset_rows(self, dataset_id: str) -> tuple[DatasetRow, ...]:
        """The records of one. Raises DatasetsUnsupported."""
        return self._asked(
            lambda queries: queries.dataset_rows(dataset_id), "read the dataset", limit_s=_READ_S
        )

    def create_dataset(
        self, name: str, subjects: Sequence[Subject], *, user: str
    ) -> DatasetSummary:
        """Make a dataset of traces. Traces with the same inputs become one record.

        Raises RequestRefused (no name, a name that is taken, no traces), DatasetsUnsupported.
        """
        return self._asked(
            lambda queries: queries.create_dataset(name, subjects, user),
            "make the dataset",
            limit_s=_BEGIN_S,
        )

    def _asked(
        self, question: Callable[[EvaluationQueries], _T], what: str, *, limit_s: float
    ) -> _T:
        found = ready(self._tracking)
        # Not at the top: it imports mlflow, which is ready only now.
        from gwtrace_core.mlflow_store.evaluations.queries import EvaluationQueries

        queries = EvaluationQueries(self._tracking.config.uri, found.experiment_id)
        return ask(self._tracking, lambda: question(queries), what=what, limit_s=limit_s)
