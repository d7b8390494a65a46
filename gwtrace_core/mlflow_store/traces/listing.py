"""Pages of traces by MLflow's own tokens; every search is bounded."""

from __future__ import annotations

import time
from dataclasses import replace

from gwtrace_core.mlflow_store.connection.ask import Store
from gwtrace_core.mlflow_store.traces.chunks import (
    CHUNK,
    MOST_LOOKED_AT,
    SEARCH_S,
    ListPlace,
    TraceSearch,
    place_from_token,
    token_of,
)
from gwtrace_core.mlflow_store.traces.filter_language import ORDERS, CompiledFilter, compile_filter
from gwtrace_core.mlflow_store.traces.root_model import find_root_model
from gwtrace_core.trace.filters import TraceFilter, TraceOrder
from gwtrace_core.trace.listing import ListedTrace, TracePage
from gwtrace_core.trace.model import TraceSummary
from gwtrace_core.values import trace_names


def read_page(
    store: Store,
    chosen: TraceFilter,
    *,
    order: TraceOrder = "newest",
    token: str | None = None,
    page_size: int,
) -> TracePage:
    """One page of the list, see `Traces.trace_page`. Raises MLflow's errors."""
    compiled = compile_filter(chosen)
    place = place_from_token(token)
    # Without checks of our own MLflow's page is ours.
    chunk = place.chunk or (min(CHUNK, max(page_size, 200)) if compiled.checks else page_size)
    rows: list[ListedTrace] = []
    looked_at = 0
    until_ms = place.until_ms
    give_up_s = time.monotonic() + SEARCH_S
    search = TraceSearch(store, ORDERS[order])
    while True:
        filtered = _limit_to(compiled, until_ms, chosen)
        found, next_token = search.read(filtered, place.mlflow_token, chunk)
        if until_ms is None and order == "newest" and token is None and found:
            until_ms = found[0].start_ms
        for number, summary in enumerate(found[place.skip :], start=place.skip):
            looked_at += 1
            if compiled.lets_pass(summary):
                rows.append(list_trace(summary))
            if len(rows) == page_size and number + 1 < len(found):
                rest = replace(place, chunk=chunk, skip=number + 1, until_ms=until_ms)
                return TracePage(rows=tuple(rows), next_token=token_of(rest), looked_at=looked_at)
        place = ListPlace(mlflow_token=next_token, chunk=chunk, until_ms=until_ms)
        is_enough = len(rows) == page_size or looked_at >= MOST_LOOKED_AT
        if next_token is None or is_enough or time.monotonic() > give_up_s:
            token = None if next_token is None else token_of(place)
            return TracePage(rows=tuple(rows), next_token=token, looked_at=looked_at)


def list_trace(summary: TraceSummary) -> ListedTrace:
    """A trace as a row of a list, with what gwtrace's tags say."""
    tags = summary.tags
    return ListedTrace(
        summary=summary,
        name=tags.get(trace_names.TRACE_NAME, ""),
        sdk_path=tags.get(trace_names.SDK_PATH, ""),
        provider=tags.get(trace_names.PROVIDER, ""),
        model=model_of(summary),
        outcome=tags.get(trace_names.OUTCOME, ""),
        comparison_id=tags.get(trace_names.COMPARISON, ""),
        is_by_gwtrace=trace_names.SDK_PATH in tags,
    )


def model_of(summary: TraceSummary) -> str:
    """What gwtrace's tag says, else what MLflow kept of the root's request or answer."""
    return summary.tags.get(trace_names.MODEL) or find_root_model(summary.metadata)


def _limit_to(compiled: CompiledFilter, until_ms: int | None, chosen: TraceFilter) -> str:
    if until_ms is None or (chosen.before_ms is not None and chosen.before_ms <= until_ms):
        return compiled.text
    bound = f"trace.timestamp_ms <= {until_ms}"
    return f"{compiled.text} AND {bound}" if compiled.text else bound
