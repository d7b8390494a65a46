"""Feedback of a whole experiment: which names there are, and what was said under one of them."""

from __future__ import annotations

import time
from typing import Any

from mlflow.entities.trace_metrics import AggregationType, MetricAggregation, MetricViewType
from mlflow.tracing.client import TracingClient

from gwtrace_core.mlflow_store.format import names
from gwtrace_core.mlflow_store.traces import listing
from gwtrace_core.prompts.use import linked_prompts
from gwtrace_core.trace.feedback import kind_of
from gwtrace_core.trace.feedback_summary.summary import (
    FailedFeedback,
    FeedbackName,
    FeedbackReading,
    Given,
    failed_of,
    given_of,
)
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.trace.recorded_json import read_json
from gwtrace_core.values.unicode_text import clean_text

MOST_TRACES = 5_000
MOST_S = 8.0
_CHUNK = 500
_MOST_CATEGORIES = 30
_MOST_CATEGORY_CHARS = 80
_MOST_VALUES = 1_000
"""Pairs of name and value that MLflow counts in one answer."""


def feedback_names(uri: str, experiment_id: str) -> tuple[FeedbackName, ...]:
    """See `Traces.feedback_names`."""
    client: Any = TracingClient(uri)
    # Public in MLflow's REST API and its stores, but not yet in a client.
    found = client.store.query_trace_metrics(
        experiment_ids=[experiment_id],
        view_type=MetricViewType.ASSESSMENTS,
        metric_name="assessment_count",
        aggregations=[MetricAggregation(aggregation_type=AggregationType.COUNT)],
        dimensions=["assessment_name", "assessment_value"],
        filters=["assessment.type = 'feedback'"],
        max_results=_MOST_VALUES,
    )
    counts: dict[str, int] = {}
    categories: dict[str, dict[str, int]] = {}
    for point in found:
        name = clean_text(str(point.dimensions["assessment_name"]))
        count = int(point.values["COUNT"])
        counts[name] = counts.get(name, 0) + count
        value = read_json(point.dimensions["assessment_value"] or "null")
        if kind_of(value) == "category" and len(value) <= _MOST_CATEGORY_CHARS:
            categories.setdefault(name, {})[value] = count
    return tuple(
        FeedbackName(name=name, count=count, categories=_often(categories.get(name, {})))
        for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    )


def _often(counts: dict[str, int]) -> tuple[str, ...]:
    ordered = sorted(counts, key=lambda value: (-counts[value], value))
    return tuple(ordered[:_MOST_CATEGORIES])


def feedback_given(
    uri: str, experiment_id: str, name: str, after_ms: int | None
) -> FeedbackReading:
    """See `Traces.feedback`."""
    chosen = TraceFilter(verdict_name=name, after_ms=after_ms)
    given: list[Given] = []
    failed: list[FailedFeedback] = []
    looked_at = 0
    token: str | None = None
    give_up_s = time.monotonic() + MOST_S
    while True:
        page = listing.trace_page(uri, experiment_id, chosen, "newest", token, _CHUNK)
        looked_at += len(page.rows)
        for row in page.rows:
            failed += failed_of(row, name)
            tags = row.summary.tags
            given += given_of(
                row,
                name,
                connection=tags.get(names.CONNECTION, ""),
                prompts=tuple(f"{each}/{version}" for each, version in linked_prompts(tags)),
            )
        token = page.next_token
        if token is None or looked_at >= MOST_TRACES or time.monotonic() > give_up_s:
            return FeedbackReading(
                given=tuple(given),
                looked_at=looked_at,
                is_whole=token is None,
                failed=tuple(failed),
            )
