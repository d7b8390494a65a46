"""The questions of `traces`, through MLflow's client, with MLflow's exceptions made ours."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import sqlalchemy.exc
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from gwtrace_core.mlflow_store.format import assessments as _annotations
from gwtrace_core.mlflow_store.format.entities import translated
from gwtrace_core.mlflow_store.traces import feedback as _feedback
from gwtrace_core.mlflow_store.traces import large, listing
from gwtrace_core.mlflow_store.traces.collector import collector_paused
from gwtrace_core.mlflow_store.traces.open_traces import Opened
from gwtrace_core.trace.ending import has_ended
from gwtrace_core.trace.feedback_summary.summary import FeedbackName, FeedbackReading
from gwtrace_core.trace.filters import TraceFilter, TraceOrder
from gwtrace_core.trace.listing import (
    ExperimentSummary,
    MatchingTraces,
    SessionPage,
    TracePage,
)
from gwtrace_core.trace.model import Assessment
from gwtrace_core.trace.view import ReadProgress, view_of
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.text import plural

_DELETED_AT_ONCE = 100


class TraceQueries:
    """One store, and the experiment that stands for None. Methods raise TrackingError."""

    def __init__(self, uri: str, experiment_id: str) -> None:
        self._uri = uri
        self._experiment_id = experiment_id

    def trace_page(
        self,
        experiment_id: str | None,
        chosen: TraceFilter,
        order: TraceOrder,
        token: str | None,
        page_size: int,
    ) -> TracePage:
        """See `Traces.trace_page`."""
        with _translated("list the traces"):
            return listing.trace_page(
                self._uri, self._in(experiment_id), chosen, order, token, page_size
            )

    def session_page(
        self, experiment_id: str | None, token: str | None, page_size: int
    ) -> SessionPage:
        """See `Traces.session_page`."""
        with _translated("list the sessions"):
            return listing.session_page(self._uri, self._in(experiment_id), token, page_size)

    def experiments(self, limit: int) -> tuple[ExperimentSummary, ...]:
        """See `Traces.experiments`."""
        with _translated("list the experiments"):
            return listing.experiments(self._uri, limit)

    def matching(
        self, experiment_id: str | None, chosen: TraceFilter, report: Callable[[int], None]
    ) -> MatchingTraces:
        """See `Traces.count_matching`."""
        with _translated("count the traces"):
            return listing.matching(self._uri, self._in(experiment_id), chosen, report)

    def open(
        self,
        trace_id: str,
        allow: Callable[[int], float],
        report: Callable[[ReadProgress], None],
    ) -> Opened:
        """Read and prepare a trace; `allow` is told its size and says how many seconds it has."""
        info = large.stored_info(self._uri, trace_id)
        if info is None:
            return Opened(view=None)
        count = large.span_count(info)
        limit_s = allow(count)
        report(ReadProgress(phase="reading", total=large.size_bytes(info)))
        with collector_paused(), _translated("read the trace"):
            spans = large.read_spans(self._uri, info, limit_s, report)
            trace = large.trace_from_json(info, spans, report)
            report(ReadProgress(phase="drawing", done=len(spans), total=len(spans)))
            view = view_of(trace)
        return Opened(
            view=view,
            bytes=large.size_bytes(info),
            may_be_kept=has_ended(trace.summary) and bool(spans) and len(spans) >= count,
        )

    def trace_json(self, trace_id: str, limit_s: float) -> str | None:
        """See `Traces.trace_json`."""
        info = large.stored_info(self._uri, trace_id)
        if info is None:
            return None
        spans = large.read_spans(self._uri, info, limit_s, _unreported)
        return large.trace_json(info, spans)

    def delete(
        self, experiment_id: str | None, trace_ids: tuple[str, ...], report: Callable[[int], None]
    ) -> int:
        """See `Traces.delete_traces`."""
        client: Any = MlflowClient(tracking_uri=self._uri)
        deleted = 0
        for first in range(0, len(trace_ids), _DELETED_AT_ONCE):
            some = list(trace_ids[first : first + _DELETED_AT_ONCE])
            try:
                with _translated("delete the traces"):
                    deleted += client.delete_traces(self._in(experiment_id), trace_ids=some)
            except TrackingError as problem:
                raise TrackingError(
                    f"{problem.message} {plural(deleted, 'trace')} were deleted before.",
                    hint="Delete again what is still there.",
                ) from problem
            report(deleted)
        return deleted

    def feedback_names(self, experiment_id: str | None) -> tuple[FeedbackName, ...]:
        """See `Traces.feedback_names`."""
        with _translated("count the feedback"):
            return _feedback.feedback_names(self._uri, self._in(experiment_id))

    def feedback(
        self, experiment_id: str | None, name: str, after_ms: int | None
    ) -> FeedbackReading:
        """See `Traces.feedback`."""
        with _translated("read the feedback"):
            return _feedback.feedback_given(self._uri, self._in(experiment_id), name, after_ms)

    def assessments(self, trace_id: str) -> tuple[Assessment, ...]:
        """See `Traces.assessments`."""
        with _translated("read the assessments"):
            return _annotations.assessments(self._uri, trace_id)

    def annotate(
        self,
        trace_id: str,
        *,
        kind: Literal["feedback", "expectation"],
        name: str,
        value: bool | int | float | str,
        user: str,
        rationale: str | None,
        span_id: str | None,
        metadata: Mapping[str, str] | None,
    ) -> Assessment:
        """See `Traces.annotate`."""
        with _translated("store the assessment"):
            return _annotations.annotate(
                self._uri,
                trace_id,
                kind=kind,
                name=name,
                value=value,
                user=user,
                rationale=rationale,
                span_id=span_id,
                metadata=metadata,
            )

    def withdraw(self, trace_id: str, assessment_id: str, user: str) -> None:
        """See `Traces.withdraw`."""
        with _translated("withdraw the assessment"):
            _annotations.withdraw(self._uri, trace_id, assessment_id, user)

    def _in(self, experiment_id: str | None) -> str:
        return self._experiment_id if experiment_id is None else experiment_id


def _unreported(_: ReadProgress) -> None:
    """Nobody watches."""


@contextmanager
def _translated(what: str) -> Generator[None]:
    try:
        yield
    except (MlflowException, sqlalchemy.exc.SQLAlchemyError) as exc:
        raise translated(exc, what) from exc
