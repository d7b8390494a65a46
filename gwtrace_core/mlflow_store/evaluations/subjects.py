"""The traces of an evaluation, found in MLflow and read whole."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from mlflow.entities import Trace as MlflowTrace
from mlflow.tracing.client import TracingClient

from gwtrace_core.evaluation.datasets import read_expected
from gwtrace_core.evaluation.sources import (
    MOST_SUBJECTS,
    ChosenTraces,
    ComparisonTraces,
    DatasetTraces,
    FoundSubjects,
    MatchingTraces,
    SessionTraces,
    SubjectSource,
)
from gwtrace_core.evaluation.subjects import JUDGE, Subject, make_subject
from gwtrace_core.lanes import comparison
from gwtrace_core.mlflow_store.evaluations import datasets
from gwtrace_core.mlflow_store.format.entities import trace_of
from gwtrace_core.mlflow_store.traces.listing import trace_page
from gwtrace_core.trace.ending import is_cut
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.trace.model import TraceSummary

READ_S = 60.0
"""Nothing more is asked for after that time; what has come in is given, and that it is a part."""

_LISTED_AT_ONCE = 500
_READ_AT_ONCE = 50


@dataclass(slots=True)
class _Listed:
    """Ids of traces that may be judged, newest first, and why others may not."""

    trace_ids: list[str] = field(default_factory=list[str])
    left_out: Counter[str] = field(default_factory=Counter[str])
    is_complete: bool = True


def subjects(uri: str, experiment_id: str, source: SubjectSource) -> FoundSubjects:
    """See `Evaluations.subjects`. Raises MLflow's exceptions."""
    give_up_s = time.monotonic() + READ_S
    match source:
        case ChosenTraces(trace_ids=trace_ids):
            return _read(uri, experiment_id, tuple(dict.fromkeys(trace_ids)), give_up_s)
        case SessionTraces(session_id=session_id):
            chosen = TraceFilter(session_id=session_id)
            return _matching(uri, experiment_id, chosen, _always_new, give_up_s)
        case ComparisonTraces(comparison_id=comparison_id):
            chosen = TraceFilter(comparison_id=comparison_id)
            return _matching(uri, experiment_id, chosen, _newest_answers(), give_up_s)
        case MatchingTraces(chosen=chosen, most=most):
            return _matching(uri, experiment_id, chosen, _always_new, give_up_s, most=most)
        case DatasetTraces(dataset_id=dataset_id):
            return _of_dataset(uri, experiment_id, dataset_id, give_up_s)
        case _:
            assert_never(source)


def _always_new(_: TraceSummary) -> bool:
    return True


def _newest_answers() -> Callable[[TraceSummary], bool]:
    """Told of answers newest first, whether no newer one was given in the same place."""
    seen: set[tuple[str | None, ...]] = set()

    def is_new(summary: TraceSummary) -> bool:
        tags = summary.tags
        question = tags.get(comparison.ROW) or tags.get(comparison.ROUND)
        place = tags.get(comparison.LANE), question, tags.get(comparison.REPETITION)
        if question is None:
            # Of questions asked before rounds had ids, none can be told to replace another.
            return True
        is_first = place not in seen
        seen.add(place)
        return is_first

    return is_new


def _matching(
    uri: str,
    experiment_id: str,
    chosen: TraceFilter,
    is_new: Callable[[TraceSummary], bool],
    give_up_s: float,
    *,
    most: int = MOST_SUBJECTS,
) -> FoundSubjects:
    listed = _listed(uri, experiment_id, chosen, is_new, give_up_s, most=most)
    found = _read(uri, experiment_id, tuple(reversed(listed.trace_ids)), give_up_s)
    return replace(
        found,
        is_complete=found.is_complete and listed.is_complete,
        judge_count=found.judge_count + listed.left_out["judge"],
        unfinished_count=found.unfinished_count + listed.left_out["unfinished"],
        cut_count=found.cut_count + listed.left_out["cut"],
        replaced_count=listed.left_out["replaced"],
    )


def _listed(
    uri: str,
    experiment_id: str,
    chosen: TraceFilter,
    is_new: Callable[[TraceSummary], bool],
    give_up_s: float,
    *,
    most: int,
) -> _Listed:
    listed = _Listed()
    token: str | None = None
    while True:
        page = trace_page(uri, experiment_id, chosen, "newest", token, _LISTED_AT_ONCE)
        for row in page.rows:
            if reason := _reason_against(row.summary):
                listed.left_out[reason] += 1
            elif not is_new(row.summary):
                listed.left_out["replaced"] += 1
            elif len(listed.trace_ids) >= min(most, MOST_SUBJECTS):
                listed.is_complete = False
                return listed
            else:
                listed.trace_ids.append(row.trace_id)
        token = page.next_token
        if token is None:
            return listed
        if time.monotonic() > give_up_s:
            listed.is_complete = False
            return listed


def _reason_against(summary: TraceSummary) -> str:
    if JUDGE in summary.tags:
        return "judge"
    if is_cut(summary):
        return "cut"
    return "unfinished" if summary.status == "in_progress" else ""


def _of_dataset(uri: str, experiment_id: str, dataset_id: str, give_up_s: float) -> FoundSubjects:
    rows = datasets.rows(uri, dataset_id)
    by_trace = {row.trace_id: row for row in rows if row.trace_id is not None}
    found = _read(uri, experiment_id, tuple(by_trace), give_up_s)
    return replace(
        found,
        subjects=tuple(
            _expecting(subject, by_trace[subject.trace_id].expectations)
            for subject in found.subjects
        ),
        untraced_count=sum(row.trace_id is None for row in rows),
    )


def _expecting(subject: Subject, expectations: Mapping[str, Any]) -> Subject:
    """What the dataset expects stands over what the trace itself says."""
    expected = read_expected(expectations)
    return replace(
        subject,
        expected=subject.expected if expected is None else expected,
        expectations={**subject.expectations, **expectations},
    )


def _read(
    uri: str, experiment_id: str, trace_ids: Sequence[str], give_up_s: float
) -> FoundSubjects:
    """The traces of those ids, in their order."""
    client: Any = TracingClient(uri)
    wanted = trace_ids[:MOST_SUBJECTS]
    found: dict[str, Subject | None] = {}
    left_out: Counter[str] = Counter()
    asked = 0
    while asked < len(wanted) and (asked == 0 or time.monotonic() < give_up_s):
        some = list(wanted[asked : asked + _READ_AT_ONCE])
        asked += len(some)
        traces: Iterable[MlflowTrace] = client.batch_get_traces(some)
        for trace in map(trace_of, traces):
            reason = _reason_against(trace.summary)
            if trace.summary.experiment_id not in (None, experiment_id):
                reason = "elsewhere"
            left_out[reason] += bool(reason)
            found[trace.trace_id] = None if reason else make_subject(trace)
    ordered = (found.get(trace_id) for trace_id in wanted)
    return FoundSubjects(
        subjects=tuple(subject for subject in ordered if subject is not None),
        is_complete=asked == len(trace_ids),
        missing=tuple(trace_id for trace_id in wanted[:asked] if trace_id not in found),
        judge_count=left_out["judge"],
        unfinished_count=left_out["unfinished"],
        cut_count=left_out["cut"],
        elsewhere_count=left_out["elsewhere"],
    )
