"""What the Traces page asks of MLflow: lists, one trace of any size, judgements, deletion.

Light: mlflow is imported when the first question is asked. Every question has a time limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeVar

from gwtrace_core.mlflow_store.connection.ask import ask, ready
from gwtrace_core.mlflow_store.connection.tracking import Down, Ready, Tracking
from gwtrace_core.mlflow_store.traces.open_traces import Opened, Opening, OpenTraces, SlowSearches
from gwtrace_core.trace.feedback_summary.summary import FeedbackName, FeedbackReading
from gwtrace_core.trace.filters import TraceFilter, TraceOrder
from gwtrace_core.trace.listing import (
    ExperimentSummary,
    MatchingTraces,
    SessionPage,
    TracePage,
)
from gwtrace_core.trace.model import Assessment
from gwtrace_core.values.errors import TrackingError

if TYPE_CHECKING:
    from gwtrace_core.mlflow_store.traces.queries import TraceQueries

_T = TypeVar("_T")

_LIST_S = 10.0
_FEEDBACK_S = 15.0
_FULL_TEXT_S = 20.0
_WRITE_S = 15.0
_COUNT_S = 45.0
_DELETE_S = 300.0
_READ_BASE_S = 60.0
_READ_S_PER_SPAN = 0.002
_READ_UNKNOWN_S = 120.0
_LOOK_S = 4.0
"""A little longer than a look at a server may take that does not answer."""


def _unreported(_: int) -> None:
    """Nobody wants to know."""


class _Watch:
    """Implements `_opening.StoreWatch` on the process's connection to MLflow."""

    def __init__(self, tracking: Tracking) -> None:
        self._tracking = tracking

    def doubt(self) -> None:
        self._tracking.look_again()

    def trouble(self) -> TrackingError | None:
        state = self._tracking.state
        return TrackingError(state.reason, hint=state.hint) if isinstance(state, Down) else None


class Traces:
    """Questions about any trace. Methods block and raise TrackingError, also while MLflow is away.

    `experiment_id` None is the experiment that this app records in. One object serves all
    sessions of the process: traces that are open are shared.
    """

    def __init__(self, tracking: Tracking, *, open_traces: OpenTraces | None = None) -> None:
        self._tracking = tracking
        self._open = open_traces or OpenTraces(watch=_Watch(tracking))
        self._slow = SlowSearches()

    def trace_page(
        self,
        experiment_id: str | None = None,
        chosen: TraceFilter | None = None,
        *,
        order: TraceOrder = "newest",
        page_token: str | None = None,
        page_size: int = 50,
    ) -> TracePage:
        """One page of the list. A token belongs to the filter, order and size it was given for.

        Ordered by `newest`, later pages leave out what came in after the first page was read. What
        MLflow cannot check is checked on at most some 3,000 traces or for 4 s; the page is then
        short, with a token to carry on. Raises RequestRefused for text that MLflow's filter
        cannot hold, and TimeLimitError after 10 s (20 s for full text).
        """
        chosen = chosen or TraceFilter()

        def search(queries: TraceQueries) -> TracePage:
            return queries.trace_page(experiment_id, chosen, order, page_token, page_size)

        if chosen.full_text is None:
            return self._asked(search, "list the traces", limit_s=_LIST_S)
        return self._asked(
            lambda queries: self._slow.run(lambda: search(queries)),
            "search the text of all spans",
            limit_s=_FULL_TEXT_S,
        )

    def session_page(
        self,
        experiment_id: str | None = None,
        *,
        page_token: str | None = None,
        page_size: int = 25,
    ) -> SessionPage:
        """Conversations, that with the newest turn first, from at most some 3,000 traces a page.

        The turns of one: `trace_page` with `TraceFilter(session_id=…)`, `order="oldest"`.
        """
        return self._asked(
            lambda queries: queries.session_page(experiment_id, page_token, page_size),
            "list the sessions",
            limit_s=_LIST_S,
        )

    def experiments(self, *, limit: int = 200) -> tuple[ExperimentSummary, ...]:
        """The experiments that are not deleted, newest first."""
        return self._asked(
            lambda queries: queries.experiments(limit), "list the experiments", limit_s=_LIST_S
        )

    def current_experiment_id(self) -> str:
        """The experiment that this app records in."""
        return ready(self._tracking).experiment_id

    def open_trace(self, trace_id: str, *, is_fresh: bool = False) -> Opening:
        """Begin to read a trace, of any experiment and size; returns at once.

        `while not opening.wait(0.2): paint(opening.progress)`, then `opening.view()`. Finished
        traces are kept, those used last, up to 60,000 spans or 80 MB together; one still being
        written is read again every time. `is_fresh` reads again what is kept.
        """
        ready(self._tracking)
        return self._open.open(
            trace_id, lambda opening: self._read(trace_id, opening), is_fresh=is_fresh
        )

    def trace_json(self, trace_id: str) -> str | None:
        """The trace in MLflow's own form (`mlflow.entities.Trace.from_json`); None: no such trace.

        As stored, nothing taken out: whoever gets it reads every message.
        """
        return self._asked(
            lambda queries: queries.trace_json(trace_id, _READ_UNKNOWN_S),
            "hand over the trace",
            limit_s=_READ_UNKNOWN_S,
        )

    def count_matching(
        self,
        experiment_id: str | None,
        chosen: TraceFilter,
        *,
        report: Callable[[int], None] = _unreported,
    ) -> MatchingTraces:
        """All traces that the filter lets pass, up to 20,000, searched for at most 30 s.

        `report` is called in another thread with the number found so far.
        """

        def count(queries: TraceQueries) -> MatchingTraces:
            return queries.matching(experiment_id, chosen, report)

        if chosen.full_text is None:
            return self._asked(count, "count the traces", limit_s=_COUNT_S)
        return self._asked(
            lambda queries: self._slow.run(lambda: count(queries)),
            "search the text of all spans",
            limit_s=_COUNT_S,
        )

    def delete_matching(
        self, matching: MatchingTraces, *, report: Callable[[int], None] = _unreported
    ) -> int:
        """Delete exactly the traces that were counted; how many of them there still were."""
        return self.delete_traces(
            matching.trace_ids, experiment_id=matching.experiment_id, report=report
        )

    def delete_traces(
        self,
        trace_ids: Sequence[str],
        *,
        experiment_id: str | None = None,
        report: Callable[[int], None] = _unreported,
    ) -> int:
        """Delete traces of one experiment for good; how many there were. Unknown ids are no error.

        `report` is called in another thread with the number deleted so far. Raises TrackingError
        with that number when it breaks off in between.
        """
        ids = tuple(dict.fromkeys(trace_ids))
        self._open.forget(ids)
        return self._asked(
            lambda queries: queries.delete(experiment_id, ids, report),
            "delete the traces",
            limit_s=_DELETE_S,
        )

    def feedback_names(self, experiment_id: str | None = None) -> tuple[FeedbackName, ...]:
        """The names of all feedback that stands, that given most often first, with categories."""
        return self._asked(
            lambda queries: queries.feedback_names(experiment_id),
            "count the feedback",
            limit_s=_LIST_S,
        )

    def feedback(
        self, name: str, *, experiment_id: str | None = None, after_ms: int | None = None
    ) -> FeedbackReading:
        """What was said under a name of traces that began then or later, for a summary.

        From the newest 5,000 traces that have such feedback, read for at most 8 s. Raises
        RequestRefused for a name that MLflow cannot search for.
        """
        return self._asked(
            lambda queries: queries.feedback(experiment_id, name, after_ms),
            "read the feedback",
            limit_s=_FEEDBACK_S,
        )

    def assessments(self, trace_id: str) -> tuple[Assessment, ...]:
        """Feedback and expectations on a trace and its spans, oldest first, replaced ones too."""
        return self._asked(
            lambda queries: queries.assessments(trace_id), "read the assessments", limit_s=_LIST_S
        )

    def annotate(
        self,
        trace_id: str,
        *,
        kind: Literal["feedback", "expectation"],
        name: str,
        value: bool | int | float | str,
        user: str,
        rationale: str | None = None,
        span_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Assessment:
        """Store what a person says of a trace, or of one span of it.

        What the same user said before under that name, of the same thing, is kept as replaced. A
        category is a text. Raises RequestRefused for a name that cannot be one.
        """
        given = self._asked(
            lambda queries: queries.annotate(
                trace_id,
                kind=kind,
                name=name,
                value=value,
                user=user,
                rationale=rationale,
                span_id=span_id,
                metadata=metadata,
            ),
            "store the assessment",
            limit_s=_WRITE_S,
        )
        self._open.set_assessments(trace_id, self.assessments(trace_id))
        return given

    def withdraw(self, trace_id: str, assessment_id: str, *, user: str) -> None:
        """Delete an assessment and what it replaced; only whoever gave it can (RequestRefused)."""
        self._asked(
            lambda queries: queries.withdraw(trace_id, assessment_id, user),
            "withdraw the assessment",
            limit_s=_WRITE_S,
        )
        self._open.set_assessments(trace_id, self.assessments(trace_id))

    def _read(self, trace_id: str, opening: Opening) -> Opened:
        queries = self._queries(ready(self._tracking))

        def allow(span_count: int) -> float:
            """Seconds for a trace of that many spans; 0 is not known."""
            known_s = _READ_BASE_S + span_count * _READ_S_PER_SPAN
            limit_s = known_s if span_count else _READ_UNKNOWN_S
            opening.allow_s(limit_s)
            return limit_s

        try:
            return queries.open(trace_id, allow, opening.report)
        except TrackingError as problem:
            # A server that died says so in words of its own; the status line has better ones.
            state = self._tracking.look_again(_LOOK_S)
            if isinstance(state, Down):
                raise TrackingError(state.reason, hint=state.hint) from problem
            raise

    def _asked(self, question: Callable[[TraceQueries], _T], what: str, *, limit_s: float) -> _T:
        queries = self._queries(ready(self._tracking))
        return ask(self._tracking, lambda: question(queries), what=what, limit_s=limit_s)

    def _queries(self, found: Ready) -> TraceQueries:
        # Not at the top: it imports mlflow, which is ready only now.
        from gwtrace_core.mlflow_store.traces.queries import TraceQueries

        return TraceQueries(self._tracking.config.uri, found.experiment_id)
