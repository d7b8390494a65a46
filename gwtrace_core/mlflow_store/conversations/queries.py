"""The questions of `store`, through MLflow's client."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any, cast

import sqlalchemy.exc
from mlflow import MlflowClient
from mlflow.entities import AssessmentSourceType
from mlflow.entities import Trace as MlflowTrace
from mlflow.exceptions import MlflowException
from mlflow.tracing.client import TracingClient

from gwtrace_core.evaluation.subjects import JUDGE
from gwtrace_core.lanes.comparison import COMPARISON, ROUND
from gwtrace_core.mlflow_store.conversations import comparison_queries
from gwtrace_core.mlflow_store.conversations import setups as _setups
from gwtrace_core.mlflow_store.conversations.comparisons import (
    ComparisonSummary,
    SavedSetup,
    StoredComparison,
)
from gwtrace_core.mlflow_store.conversations.conversations import (
    PREFERENCE,
    SessionSummary,
    SkippedTrace,
    StoredSession,
    StoredTurn,
)
from gwtrace_core.mlflow_store.conversations.stored_turns import stored_turn
from gwtrace_core.mlflow_store.format import assessments, names
from gwtrace_core.mlflow_store.format.entities import (
    assessment_of,
    find_trace,
    summary_of,
    trace_of,
    translated,
)
from gwtrace_core.trace.model import Assessment, Trace, TraceSummary
from gwtrace_core.trace.preview import preview_text
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.preferences import Preference
from gwtrace_core.values.request import Lane

_PAGE = 500
_SCANNED = 2_000
_TITLE_CHARS = 120


class Queries:
    """One store and one experiment. Methods raise TrackingError."""

    def __init__(self, uri: str, experiment_id: str) -> None:
        self._uri = uri
        self._experiment_id = experiment_id
        self._client: Any = MlflowClient(tracking_uri=uri)
        # Assessments are public as functions of the process's one tracking URI only.
        self._assessments: Any = TracingClient(uri)

    def trace(self, trace_id: str) -> Trace | None:
        """See `TraceStore.trace`."""
        return find_trace(self._uri, trace_id)

    def sessions(self, limit: int) -> tuple[SessionSummary, ...]:
        """See `TraceStore.sessions`."""
        found: dict[str, list[TraceSummary]] = {}
        with _translated("list the sessions"):
            for trace in self._newest_first():
                summary = summary_of(trace.info)
                if summary.session_id is None:
                    continue
                if summary.session_id not in found and len(found) == limit:
                    # What is left can only add turns to sessions that are known already.
                    continue
                found.setdefault(summary.session_id, []).append(summary)
        return tuple(_session_summary(key, summaries) for key, summaries in found.items())

    def _newest_first(self) -> Generator[MlflowTrace]:
        token: str | None = None
        for _ in range(_SCANNED // _PAGE):
            page = self._client.search_traces(
                locations=[self._experiment_id],
                # What judges were asked is no conversation, and can be thousands of traces.
                filter_string=f"tags.`{JUDGE}` IS NULL",
                include_spans=False,
                max_results=_PAGE,
                order_by=["timestamp_ms DESC"],
                page_token=token,
            )
            yield from cast("Iterable[MlflowTrace]", page)
            token = page.token
            if not token:
                return

    def session(self, session_id: str) -> StoredSession:
        """See `TraceStore.session`."""
        if "'" in session_id or "\\" in session_id:
            # It would not survive MLflow's filter; ours never look like that.
            raise TrackingError(f"{session_id!r} is not a session's id.")
        with _translated("read the session"):
            traces = self._client.search_traces(
                locations=[self._experiment_id],
                filter_string=f"metadata.`{names.SESSION}` = '{session_id}'",
                include_spans=True,
                max_results=_PAGE,
                order_by=["timestamp_ms DESC"],
            )
        turns: list[StoredTurn] = []
        skipped: list[SkippedTrace] = []
        for trace in reversed(cast("list[MlflowTrace]", list(traces))):
            turn = stored_turn(trace_of(trace))
            if isinstance(turn, StoredTurn):
                turns.append(turn)
            else:
                skipped.append(turn)
        return StoredSession(turns=tuple(turns), skipped=tuple(skipped))

    def verdict(self, trace_id: str, name: str, user: str | None) -> Assessment | None:
        """See `TraceStore.verdict`."""
        verdicts = self._verdicts(trace_id, name, user)
        return verdicts[-1] if verdicts else None

    def set_verdict(
        self,
        trace_id: str,
        name: str,
        value: bool | str,
        comment: str | None,
        user: str,
        metadata: Mapping[str, str] | None = None,
    ) -> Assessment:
        """See `TraceStore.set_verdict`."""
        with _translated("store the verdict"):
            return assessments.annotate(
                self._uri,
                trace_id,
                kind="feedback",
                name=name,
                value=value,
                user=user,
                rationale=comment,
                span_id=None,
                metadata=metadata,
            )

    def set_expectation(self, trace_id: str, name: str, value: str, user: str) -> None:
        """See `TraceStore.set_expectation`."""
        with _translated("store the expected answer"):
            assessments.annotate(
                self._uri,
                trace_id,
                kind="expectation",
                name=name,
                value=value,
                user=user,
                rationale=None,
                span_id=None,
                metadata=None,
            )

    def preferences(self) -> tuple[Preference, ...]:
        """See `TraceStore.preferences`."""
        found: list[Preference] = []
        with _translated("read the preferences"):
            for trace in self._newest_first():
                summary = summary_of(trace.info)
                found.extend(
                    Preference(
                        vote=_vote_id(summary, each.source_id),
                        model=summary.tags.get(names.MODEL, ""),
                        sdk_path=summary.tags.get(names.SDK_PATH, ""),
                        outcome=str(each.value),
                    )
                    for each in summary.assessments
                    if each.name == PREFERENCE and each.is_valid
                )
        return tuple(found)

    def comparisons(self, limit: int) -> tuple[ComparisonSummary, ...]:
        """See `TraceStore.comparisons`."""
        with _translated("list the comparisons"):
            return comparison_queries.comparisons(self._client, self._experiment_id, limit)

    def comparison(self, comparison_id: str) -> StoredComparison:
        """See `TraceStore.comparison`."""
        with _translated("read the comparison"):
            return comparison_queries.comparison(self._client, self._experiment_id, comparison_id)

    def setups(self) -> tuple[SavedSetup, ...]:
        """See `TraceStore.setups`."""
        with _translated("list the saved set-ups"):
            return _setups.setups(self._client, self._experiment_id)

    def save_setup(self, name: str, lanes: tuple[Lane, ...], user: str) -> None:
        """See `TraceStore.save_setup`."""
        with _translated("save the set-up"):
            _setups.save_setup(self._client, self._experiment_id, name, lanes, user)

    def delete_setup(self, name: str) -> None:
        """See `TraceStore.delete_setup`."""
        with _translated("delete the set-up"):
            _setups.delete_setup(self._client, self._experiment_id, name)

    def withdraw_verdict(self, trace_id: str, name: str, user: str | None) -> None:
        """See `TraceStore.withdraw_verdict`."""
        # Deleting a verdict makes the one that it replaced valid again.
        for _ in range(_PAGE):
            verdicts = self._verdicts(trace_id, name, user)
            if not verdicts:
                return
            for verdict in verdicts:
                with _translated("withdraw the verdict"):
                    self._assessments.delete_assessment(trace_id, verdict.assessment_id)

    def _verdicts(self, trace_id: str, name: str, user: str | None) -> list[Assessment]:
        """Valid ones of people, oldest first."""
        with _translated("read the verdicts"):
            info = self._assessments.get_trace_info(trace_id)
        found = sorted(info.assessments or (), key=lambda each: each.create_time_ms or 0)
        return [
            verdict
            for verdict in map(assessment_of, found)
            if verdict.kind == "feedback"
            and verdict.name == name
            and verdict.source_kind == AssessmentSourceType.HUMAN
            and verdict.is_valid
            and user in (None, verdict.source_id)
        ]


@contextmanager
def _translated(what: str) -> Generator[None]:
    try:
        yield
    except (MlflowException, sqlalchemy.exc.SQLAlchemyError) as exc:
        raise translated(exc, what) from exc


def _vote_id(summary: TraceSummary, voter: str) -> str:
    """One for each person and question that went to all lanes; without one, the trace's own."""
    comparison_id, round_id = (summary.tags.get(name) for name in (COMPARISON, ROUND))
    asked = f"{comparison_id} {round_id}" if comparison_id and round_id else summary.trace_id
    return f"{asked} {voter}"


def _session_summary(session_id: str, newest_first: list[TraceSummary]) -> SessionSummary:
    models = (summary.tags.get(names.MODEL) for summary in newest_first)
    return SessionSummary(
        session_id=session_id,
        title=preview_text(newest_first[-1].request_preview)[:_TITLE_CHARS],
        turn_count=len(newest_first),
        last_ms=newest_first[0].start_ms,
        models=tuple(dict.fromkeys(model for model in models if model)),
    )
