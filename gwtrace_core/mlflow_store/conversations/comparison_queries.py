"""Comparisons read back from MLflow by the tags of their traces."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Any, cast

from mlflow.entities import Trace as MlflowTrace

from gwtrace_core.lanes import comparison as names
from gwtrace_core.mlflow_store.conversations.comparisons import (
    ComparisonSummary,
    ComparisonTurn,
    StoredComparison,
    rounds_of,
)
from gwtrace_core.mlflow_store.conversations.conversations import SkippedTrace
from gwtrace_core.mlflow_store.conversations.stored_turns import stored_turn
from gwtrace_core.mlflow_store.format import names as _names
from gwtrace_core.mlflow_store.format.entities import summary_of, trace_of
from gwtrace_core.mlflow_store.format.turn_json import answers_before
from gwtrace_core.trace.model import Trace, TraceSummary
from gwtrace_core.values.errors import TrackingError

LISTED_TRACES = 2_000
MOST_TURNS = 2_000

READ_S = 25.0
"""Nothing more is asked for after that time; what has come in is shown as a part."""

_LIST_PAGE = 500
_TURN_PAGE = 100
_TITLE_CHARS = 120
_TAG = f"tags.`{names.COMPARISON}`"
_ROW = f"tags.`{names.ROW}`"
_ID = re.compile(r"[0-9A-Za-z]{1,64}")


def comparisons(client: Any, experiment_id: str, limit: int) -> tuple[ComparisonSummary, ...]:
    """See `TraceStore.comparisons`. Raises MLflow's exceptions."""
    asked = _listed(client, experiment_id, f"{_TAG} IS NOT NULL AND {_ROW} IS NULL")
    # A batch has many rows, which would crowd out all else; its first stands for it.
    batches = _listed(client, experiment_id, f"{_TAG} IS NOT NULL AND {_ROW} = '1'")
    found = [*_summaries(asked, is_batch=False), *_summaries(batches, is_batch=True)]
    return tuple(sorted(found, key=lambda each: -each.last_ms)[:limit])


def _listed(client: Any, experiment_id: str, filter_string: str) -> list[TraceSummary]:
    """The newest traces that match, newest first, without their spans."""
    found: list[TraceSummary] = []
    token: str | None = None
    for _ in range(LISTED_TRACES // _LIST_PAGE):
        page = client.search_traces(
            locations=[experiment_id],
            filter_string=filter_string,
            include_spans=False,
            max_results=_LIST_PAGE,
            order_by=["timestamp_ms DESC"],
            page_token=token,
        )
        found += [summary_of(trace.info) for trace in cast("Iterable[MlflowTrace]", page)]
        token = page.token
        if not token:
            break
    return found


def _summaries(newest_first: list[TraceSummary], *, is_batch: bool) -> list[ComparisonSummary]:
    grouped: dict[str, list[TraceSummary]] = {}
    for summary in newest_first:
        grouped.setdefault(summary.tags[names.COMPARISON], []).append(summary)
    return [_summary(key, found, is_batch=is_batch) for key, found in grouped.items()]


def _summary(
    comparison_id: str, newest_first: list[TraceSummary], *, is_batch: bool
) -> ComparisonSummary:
    lanes: dict[str, tuple[str, str]] = {}
    rounds: set[str] = set()
    for each in newest_first:
        place = place_in(each)
        lanes.setdefault(place.lane_id, (place.lane_name, each.tags.get(_names.MODEL, "")))
        rounds.add(place.round_id)
    return ComparisonSummary(
        comparison_id=comparison_id,
        title=newest_first[-1].request_preview[:_TITLE_CHARS],
        last_ms=newest_first[0].start_ms,
        models=tuple(dict.fromkeys(model for _, model in sorted(lanes.values()) if model)),
        lane_count=len(lanes),
        round_count=None if is_batch else len(rounds),
    )


def comparison(
    client: Any,
    experiment_id: str,
    comparison_id: str,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> StoredComparison:
    """See `TraceStore.comparison`. Raises MLflow's exceptions, TrackingError for a strange id."""
    if _ID.fullmatch(comparison_id) is None:
        # It might not survive MLflow's filter; ours never look like that.
        raise TrackingError(f"{comparison_id!r} is not a comparison's id.")
    turns: list[ComparisonTurn] = []
    skipped: list[SkippedTrace] = []
    begun_s = clock()
    token: str | None = None
    is_whole = False
    for _ in range(MOST_TURNS // _TURN_PAGE):
        page = client.search_traces(
            locations=[experiment_id],
            filter_string=f"{_TAG} = '{comparison_id}'",
            include_spans=True,
            max_results=_TURN_PAGE,
            order_by=["timestamp_ms DESC"],
            page_token=token,
        )
        for trace in cast("Iterable[MlflowTrace]", page):
            turn = _turn(trace_of(trace))
            if isinstance(turn, SkippedTrace):
                skipped.append(turn)
            else:
                turns.append(turn)
        token = page.token
        is_whole = not token
        if is_whole or clock() - begun_s > READ_S:
            break
    rounds, replaced_count = rounds_of(turns)
    return StoredComparison(
        comparison_id=comparison_id,
        rounds=rounds,
        replaced_count=replaced_count,
        skipped=tuple(skipped),
        is_whole=is_whole,
    )


def _turn(trace: Trace) -> ComparisonTurn | SkippedTrace:
    turn = stored_turn(trace)
    if isinstance(turn, SkippedTrace):
        return turn
    root = next(span for span in trace.spans if span.parent_id is None)
    return ComparisonTurn(
        place=place_in(trace.summary),
        turn=turn,
        trace=trace,
        answers_before=answers_before(root.inputs),
    )


def place_in(summary: TraceSummary) -> names.Place:
    """Where in its comparison the trace belongs."""
    index = summary.metadata.get(_names.TURN_INDEX, "0")
    return names.place_of(
        summary.tags,
        session_id=summary.session_id or "",
        turn_index=int(index) if index.isdecimal() else 0,
    )
