"""What the Traces page asks of MLflow: lists, one trace of any size, judgements, deletion."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeVar

from gwtrace_core.mlflow_store.connection.ask import Store, ask, question, wait_for_store
from gwtrace_core.mlflow_store.connection.tracking import Down, Tracking
from gwtrace_core.mlflow_store.format.assessments import (
    delete_assessments,
    is_standing,
    read_assessments,
    store_assessment,
)
from gwtrace_core.mlflow_store.format.errors import translate_errors
from gwtrace_core.mlflow_store.traces import large
from gwtrace_core.mlflow_store.traces.feedback import GivenFeedback
from gwtrace_core.mlflow_store.traces.listing import read_page
from gwtrace_core.mlflow_store.traces.open_traces import Opening, OpenTraces, SlowSearches
from gwtrace_core.mlflow_store.traces.reading import read_view
from gwtrace_core.mlflow_store.traces.session_pages import SessionPages
from gwtrace_core.trace.filters import TraceFilter, TraceOrder
from gwtrace_core.trace.listing import ExperimentSummary, MatchingTraces, TracePage
from gwtrace_core.trace.model import Assessment
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.text import plural
from gwtrace_core.values.unicode_text import clean_text

_T = TypeVar("_T")

_LIST_S = 10.0
_FULL_TEXT_S = 20.0
_WRITE_S = 15.0
_COUNT_LIMIT_S = 45.0
_DELETE_S = 300.0
_HAND_OVER_S = 120.0

_COUNT_S = 30.0
"""Traces are counted for so long; above is how long a page of them under way is waited for."""
_COUNTED_AT_ONCE = 500
_MOST_MATCHING = 20_000
_DELETED_AT_ONCE = 100


def _ignore_progress(_: object) -> None:
    """Nobody watches."""


class _Watch:
    """Implements `open_traces.StoreWatch` on the process's connection to MLflow."""

    def __init__(self, tracking: Tracking) -> None:
        self._tracking = tracking

    def doubt(self) -> None:
        self._tracking.look_again()

    def find_trouble(self) -> TrackingError | None:
        state = self._tracking.state
        return TrackingError(state.reason, hint=state.hint) if isinstance(state, Down) else None


class Traces(SessionPages, GivenFeedback):
    """Questions about any trace, also of other programs and in other experiments.

    `experiment_id` None is the experiment that this app records in. One object serves all
    sessions of the process: traces that are open are shared.
    """

    def __init__(self, tracking: Tracking, *, open_traces: OpenTraces | None = None) -> None:
        super().__init__(tracking)
        self._open = open_traces or OpenTraces(watch=_Watch(tracking))
        self._slow = SlowSearches()

    def list_traces(
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
        return self._search(
            chosen,
            lambda store: read_page(
                store.choose_experiment(experiment_id),
                chosen,
                order=order,
                token=page_token,
                page_size=page_size,
            ),
            what="list the traces",
            limit_s=_LIST_S if chosen.full_text is None else _FULL_TEXT_S,
        )

    @question("list the experiments", limit_s=_LIST_S)
    def list_experiments(self, store: Store, *, limit: int = 200) -> tuple[ExperimentSummary, ...]:
        """The experiments that are not deleted, newest first."""
        found = store.client.search_experiments(max_results=limit, order_by=["creation_time DESC"])
        return tuple(
            ExperimentSummary(
                experiment_id=str(each.experiment_id),
                name=clean_text(str(each.name)),
                created_ms=each.creation_time,
            )
            for each in found
        )

    def find_current_experiment_id(self) -> str:
        """The experiment that this app records in."""
        return wait_for_store(self.tracking).experiment_id

    def open_trace(self, trace_id: str, *, is_fresh: bool = False) -> Opening:
        """Begin to read a trace, of any experiment and size; returns at once.

        `while not opening.wait(0.2): paint(opening.progress)`, then `opening.view()`. Finished
        traces are kept, those used last, up to 60,000 spans or 80 MB together; one still being
        written is read again every time. `is_fresh` reads again what is kept.
        """
        store = wait_for_store(self.tracking)
        return self._open.open(
            trace_id,
            lambda opening: read_view(self.tracking, store, trace_id, opening),
            is_fresh=is_fresh,
        )

    @question("hand over the trace", limit_s=_HAND_OVER_S)
    def read_trace_json(self, store: Store, trace_id: str) -> str | None:
        """The trace in MLflow's own form (`mlflow.entities.Trace.from_json`); None: no such trace.

        As stored, nothing taken out: whoever gets it reads every message.
        """
        info = large.find_info(store.uri, trace_id)
        if info is None:
            return None
        return large.write_trace_json(
            info, large.read_spans(store, info, _HAND_OVER_S, _ignore_progress)
        )

    def count_matching(
        self,
        experiment_id: str | None,
        chosen: TraceFilter,
        *,
        report: Callable[[int], None] = _ignore_progress,
    ) -> MatchingTraces:
        """All traces that the filter lets pass, up to 20,000, searched for at most 30 s.

        `report` is called in another thread with the number found so far.
        """
        return self._search(
            chosen,
            lambda store: _find_matching(store.choose_experiment(experiment_id), chosen, report),
            what="count the traces",
            limit_s=_COUNT_LIMIT_S,
        )

    def delete_matching(
        self, matching: MatchingTraces, *, report: Callable[[int], None] = _ignore_progress
    ) -> int:
        """Delete exactly the traces that were counted; how many of them there still were."""
        return self.delete_traces(
            matching.trace_ids, experiment_id=matching.experiment_id, report=report
        )

    @question("delete the traces", limit_s=_DELETE_S)
    def delete_traces(
        self,
        store: Store,
        trace_ids: Sequence[str],
        *,
        experiment_id: str | None = None,
        report: Callable[[int], None] = _ignore_progress,
    ) -> int:
        """Delete traces of one experiment for good; how many there were. Unknown ids are no error.

        `report` is called in another thread with the number deleted so far. Raises TrackingError
        with that number when it breaks off in between.
        """
        ids = tuple(dict.fromkeys(trace_ids))
        self._open.forget(ids)
        experiment = store.choose_experiment(experiment_id).experiment_id
        deleted = 0
        for first in range(0, len(ids), _DELETED_AT_ONCE):
            some = list(ids[first : first + _DELETED_AT_ONCE])
            try:
                with translate_errors("delete the traces", uri=store.uri):
                    deleted += store.client.delete_traces(experiment, trace_ids=some)
            except TrackingError as problem:
                raise TrackingError(
                    f"{problem.message} {plural(deleted, 'trace')} were deleted before.",
                    hint="Delete again what is still there.",
                ) from problem
            report(deleted)
        return deleted

    @question("read the assessments", limit_s=_LIST_S)
    def read_assessments(self, store: Store, trace_id: str) -> tuple[Assessment, ...]:
        """Feedback and expectations on a trace and its spans, oldest first, replaced ones too."""
        return read_assessments(store.tracing, trace_id)

    @question("store the assessment", limit_s=_WRITE_S)
    def annotate(
        self,
        store: Store,
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
        given = store_assessment(
            store.tracing,
            trace_id,
            kind=kind,
            name=name,
            value=value,
            user=user,
            rationale=rationale,
            span_id=span_id,
            metadata=metadata,
        )
        self._open.set_assessments(trace_id, read_assessments(store.tracing, trace_id))
        return given

    @question("withdraw the assessment", limit_s=_WRITE_S)
    def withdraw(self, store: Store, trace_id: str, assessment_id: str, *, user: str) -> None:
        """Delete an assessment and what it replaced; only whoever gave it can (RequestRefused)."""
        found = read_assessments(store.tracing, trace_id)
        given = next((each for each in found if each.assessment_id == assessment_id), None)
        if given is None:
            return
        if given.source_id != user:
            raise RequestRefused(
                f"{given.name!r} was given by {given.source_id!r}; only they can withdraw it."
            )
        delete_assessments(
            store.tracing,
            trace_id,
            lambda each: (
                is_standing(each, kind=given.kind, name=given.name, user=user)
                and each.span_id == given.span_id
            ),
        )
        self._open.set_assessments(trace_id, read_assessments(store.tracing, trace_id))

    def _search(
        self,
        chosen: TraceFilter,
        search: Callable[[Store], _T],
        *,
        what: str,
        limit_s: float,
    ) -> _T:
        """Ask; one at a time for what makes the store read the text of all spans."""
        if chosen.full_text is None:
            return ask(self.tracking, search, what=what, limit_s=limit_s)
        return ask(
            self.tracking,
            lambda store: self._slow.run(lambda: search(store)),
            what="search the text of all spans",
            limit_s=limit_s,
        )


def _find_matching(
    store: Store, chosen: TraceFilter, report: Callable[[int], None]
) -> MatchingTraces:
    found: list[str] = []
    looked_at = 0
    token: str | None = None
    give_up_s = time.monotonic() + _COUNT_S
    while True:
        page = read_page(store, chosen, token=token, page_size=_COUNTED_AT_ONCE)
        found += [row.trace_id for row in page.rows]
        looked_at += page.looked_at
        report(len(found))
        token = page.next_token
        is_enough = len(found) >= _MOST_MATCHING or time.monotonic() > give_up_s
        if token is None or is_enough:
            return MatchingTraces(
                experiment_id=store.experiment_id,
                trace_ids=tuple(found),
                is_complete=token is None,
                looked_at=looked_at,
            )
