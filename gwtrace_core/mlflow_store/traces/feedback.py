"""Feedback of a whole experiment: which names there are, and what was said under one of them."""

from __future__ import annotations

import time

from gwtrace_core.mlflow_store.connection.ask import Questions, Store, question
from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.mlflow_store.traces.listing import read_page
from gwtrace_core.prompts.use import read_linked_prompts
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
from gwtrace_core.values import trace_names
from gwtrace_core.values.unicode_text import clean_text

MOST_TRACES = 5_000
MOST_S = 8.0
_CHUNK = 500
_MOST_CATEGORIES = 30
_MOST_CATEGORY_CHARS = 80
_MOST_VALUES = 1_000
"""Pairs of name and value that MLflow counts in one answer."""


class GivenFeedback(Questions):
    """What the Traces page asks of feedback on many traces."""

    @question("count the feedback", limit_s=10.0)
    def list_feedback_names(
        self, store: Store, experiment_id: str | None = None
    ) -> tuple[FeedbackName, ...]:
        """The names of all feedback that stands, that given most often first, with categories."""
        # Public in MLflow's REST API and its stores, but not yet in a client.
        found = store.tracing.store.query_trace_metrics(
            experiment_ids=[store.choose_experiment(experiment_id).experiment_id],
            view_type=mlflow_api.MetricViewType.ASSESSMENTS,
            metric_name="assessment_count",
            aggregations=[
                mlflow_api.MetricAggregation(aggregation_type=mlflow_api.AggregationType.COUNT)
            ],
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
            FeedbackName(
                name=name, count=count, categories=_sort_by_count(categories.get(name, {}))
            )
            for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        )

    @question("read the feedback", limit_s=15.0)
    def read_feedback(
        self,
        store: Store,
        name: str,
        *,
        experiment_id: str | None = None,
        after_ms: int | None = None,
    ) -> FeedbackReading:
        """What was said under a name of traces that began then or later, for a summary.

        From the newest 5,000 traces that have such feedback, read for at most 8 s. Raises
        RequestRefused for a name that MLflow cannot search for.
        """
        chosen = TraceFilter(verdict_name=name, after_ms=after_ms)
        given: list[Given] = []
        failed: list[FailedFeedback] = []
        looked_at = 0
        token: str | None = None
        give_up_s = time.monotonic() + MOST_S
        while True:
            page = read_page(
                store.choose_experiment(experiment_id), chosen, token=token, page_size=_CHUNK
            )
            looked_at += len(page.rows)
            for row in page.rows:
                failed += failed_of(row, name)
                tags = row.summary.tags
                given += given_of(
                    row,
                    name,
                    connection=tags.get(trace_names.CONNECTION, ""),
                    prompts=tuple(
                        f"{each}/{version}" for each, version in read_linked_prompts(tags)
                    ),
                )
            token = page.next_token
            if token is None or looked_at >= MOST_TRACES or time.monotonic() > give_up_s:
                return FeedbackReading(
                    given=tuple(given),
                    looked_at=looked_at,
                    is_whole=token is None,
                    failed=tuple(failed),
                )


def _sort_by_count(counts: dict[str, int]) -> tuple[str, ...]:
    ordered = sorted(counts, key=lambda value: (-counts[value], value))
    return tuple(ordered[:_MOST_CATEGORIES])
