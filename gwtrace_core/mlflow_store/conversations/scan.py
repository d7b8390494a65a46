"""The traces of the app's experiment without their spans, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from gwtrace_core.mlflow_store.connection.ask import Store
from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.mlflow_store.format.entities import summary_of
from gwtrace_core.trace.model import TraceSummary

MOST_TRACES = 2_000
"""As far back as lists look."""
_PAGE = 500


def scan_summaries(
    store: Store, filter_string: str, *, most: int | None = MOST_TRACES
) -> Iterator[TraceSummary]:
    """The traces that match, newest first; all of them when `most` is None. Raises MLflow's
    errors."""
    asked = 0
    token: str | None = None
    while most is None or asked < most:
        page = store.client.search_traces(
            locations=[store.experiment_id],
            filter_string=filter_string,
            include_spans=False,
            max_results=_PAGE,
            order_by=["timestamp_ms DESC"],
            page_token=token,
        )
        for trace in cast("Iterable[mlflow_api.Trace]", page):
            yield summary_of(trace.info)
        asked += _PAGE
        token = page.token
        if not token:
            return
