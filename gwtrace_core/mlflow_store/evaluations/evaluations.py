"""What evaluations ask of MLflow, in one object; the questions stand in the modules that it is put
together of."""

from __future__ import annotations

from gwtrace_core.mlflow_store.evaluations.datasets import Datasets
from gwtrace_core.mlflow_store.evaluations.reading import StoredEvaluations
from gwtrace_core.mlflow_store.evaluations.runs import EvaluationRuns
from gwtrace_core.mlflow_store.evaluations.subjects import Subjects


class Evaluations(Subjects, EvaluationRuns, StoredEvaluations, Datasets):
    """Traces to be judged, evaluations under way and past ones, and datasets: all in the experiment
    that this app records in."""
