"""Comparisons read back from MLflow by the tags of their traces."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from typing import cast

from gwtrace_core.lanes.comparison import Place, place_of
from gwtrace_core.mlflow_store.connection.ask import Questions, Store, question
from gwtrace_core.mlflow_store.conversations.comparisons import (
    ComparisonSummary,
    ComparisonTurn,
    StoredComparison,
    group_rounds,
)
from gwtrace_core.mlflow_store.conversations.scan import scan_summaries
from gwtrace_core.mlflow_store.conversations.stored_turns import SkippedTrace, read_turn
from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.mlflow_store.format.entities import trace_of
from gwtrace_core.mlflow_store.format.turn_json import list_answers_before
from gwtrace_core.trace.model import Trace, TraceSummary
from gwtrace_core.values import trace_names
from gwtrace_core.values.errors import TrackingError

MOST_TURNS = 2_000

READ_S = 25.0
"""Nothing more is asked for after that time; what has come in is shown as a part."""

_TURN_PAGE = 100
_TITLE_CHARS = 120
_TAG = f"tags.`{trace_names.COMPARISON}`"
_ROW = f"tags.`{trace_names.COMPARISON_ROW}`"
_ID = re.compile(r"[0-9A-Za-z]{1,64}")


class Comparisons(Questions):
    """What the compare page asks of comparisons."""

    @question("list the comparisons", limit_s=8.0)
    def list_comparisons(self, store: Store, *, limit: int = 25) -> tuple[ComparisonSummary, ...]:
        """The newest comparisons, newest first, found in the newest 2,000 of their traces."""
        by_hand = scan_summaries(store, f"{_TAG} IS NOT NULL AND {_ROW} IS NULL")
        # A batch has many rows, which would crowd out all else; its first stands for it.
        of_batches = scan_summaries(store, f"{_TAG} IS NOT NULL AND {_ROW} = '1'")
        found = [*_summarize(by_hand, is_batch=False), *_summarize(of_batches, is_batch=True)]
        return tuple(sorted(found, key=lambda each: -each.last_ms)[:limit])

    @question("read the comparison", limit_s=40.0)
    def read_comparison(self, store: Store, comparison_id: str) -> StoredComparison:
        """A comparison with its traces: its newest 2,000 turns, as far as the time suffices."""
        if not is_comparison_id(comparison_id):
            raise TrackingError(f"{comparison_id!r} is not a comparison's id.")
        turns: list[ComparisonTurn] = []
        skipped: list[SkippedTrace] = []
        begun_s = time.monotonic()
        token: str | None = None
        is_whole = False
        for _ in range(MOST_TURNS // _TURN_PAGE):
            page = store.client.search_traces(
                locations=[store.experiment_id],
                filter_string=f"{_TAG} = '{comparison_id}'",
                include_spans=True,
                max_results=_TURN_PAGE,
                order_by=["timestamp_ms DESC"],
                page_token=token,
            )
            for trace in cast("Iterable[mlflow_api.Trace]", page):
                turn = _read_turn_in_place(trace_of(trace))
                if isinstance(turn, SkippedTrace):
                    skipped.append(turn)
                else:
                    turns.append(turn)
            token = page.token
            is_whole = not token
            if is_whole or time.monotonic() - begun_s > READ_S:
                break
        rounds, replaced_count = group_rounds(turns)
        return StoredComparison(
            comparison_id=comparison_id,
            rounds=rounds,
            replaced_count=replaced_count,
            skipped=tuple(skipped),
            is_whole=is_whole,
        )


def is_comparison_id(text: str) -> bool:
    """Whether a comparison can have that id; another text might not survive MLflow's filter."""
    return _ID.fullmatch(text) is not None


def find_place(summary: TraceSummary) -> Place:
    """Where in its comparison the trace belongs."""
    index = summary.metadata.get(trace_names.TURN_INDEX, "0")
    return place_of(
        summary.tags,
        session_id=summary.session_id or "",
        turn_index=int(index) if index.isdecimal() else 0,
    )


def _summarize(
    newest_first: Iterable[TraceSummary], *, is_batch: bool
) -> Iterator[ComparisonSummary]:
    grouped: dict[str, list[TraceSummary]] = {}
    for summary in newest_first:
        grouped.setdefault(summary.tags[trace_names.COMPARISON], []).append(summary)
    for comparison_id, found in grouped.items():
        lanes: dict[str, tuple[str, str]] = {}
        rounds: set[str] = set()
        for each in found:
            place = find_place(each)
            model = each.tags.get(trace_names.MODEL, "")
            lanes.setdefault(place.lane_id, (place.lane_name, model))
            rounds.add(place.round_id)
        yield ComparisonSummary(
            comparison_id=comparison_id,
            title=found[-1].request_preview[:_TITLE_CHARS],
            last_ms=found[0].start_ms,
            models=tuple(dict.fromkeys(model for _, model in sorted(lanes.values()) if model)),
            lane_count=len(lanes),
            round_count=None if is_batch else len(rounds),
        )


def _read_turn_in_place(trace: Trace) -> ComparisonTurn | SkippedTrace:
    turn = read_turn(trace)
    if isinstance(turn, SkippedTrace):
        return turn
    root = next(span for span in trace.spans if span.parent_id is None)
    return ComparisonTurn(
        place=find_place(trace.summary),
        turn=turn,
        trace=trace,
        answers_before=list_answers_before(root.inputs),
    )
