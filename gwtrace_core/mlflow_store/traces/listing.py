"""Pages of traces, sessions and experiments by MLflow's own tokens; every search is bounded."""

from __future__ import annotations

import base64
import binascii
import json
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, cast

from mlflow import MlflowClient

from gwtrace_core.lanes.comparison import COMPARISON, LANE
from gwtrace_core.mlflow_store.format import names
from gwtrace_core.mlflow_store.format.entities import summary_of
from gwtrace_core.mlflow_store.traces.filter_language import ORDERS, CompiledFilter, compile_filter
from gwtrace_core.mlflow_store.traces.root_model import recorded_model
from gwtrace_core.trace.ending import is_cut
from gwtrace_core.trace.filters import TraceFilter, TraceOrder
from gwtrace_core.trace.listing import (
    ExperimentSummary,
    ListedSession,
    ListedTrace,
    MatchingTraces,
    SessionPage,
    TracePage,
)
from gwtrace_core.trace.model import TraceSummary
from gwtrace_core.trace.preview import preview_text
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.events import Usage
from gwtrace_core.values.unicode_text import clean_text

_CHUNK = 500
"""Traces that one question asks for; MLflow's own limit through a server."""
_MOST_LOOKED_AT = 3_000
_SEARCH_S = 4.0
"""Rows are read on for so long; what was found by then is a page, even an empty one."""
_MOST_MATCHING = 20_000
_COUNT_S = 30.0
_TITLE_CHARS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a list goes on: in which of MLflow's pages, and how many of its rows are used up."""

    mlflow_token: str | None = None
    chunk: int = 0
    """How many rows MLflow's page has; 0: as many as are asked for."""
    skip: int = 0
    until_ms: int | None = None
    """Newer traces are left out, so that pages do not shift while new ones come in."""
    seen: tuple[str, ...] = ()
    """Digests of the sessions that were on earlier pages."""


def trace_page(
    uri: str,
    experiment_id: str,
    chosen: TraceFilter,
    order: TraceOrder,
    token: str | None,
    page_size: int,
) -> TracePage:
    """See `Traces.trace_page`."""
    compiled = compile_filter(chosen)
    place = _place(token)
    # Without checks of our own MLflow's page is ours.
    chunk = place.chunk or (min(_CHUNK, max(page_size, 200)) if compiled.checks else page_size)
    rows: list[ListedTrace] = []
    looked_at = 0
    until_ms = place.until_ms
    give_up_s = time.monotonic() + _SEARCH_S
    search = _Search(uri, experiment_id, ORDERS[order])
    while True:
        filtered = _until(compiled, until_ms, chosen)
        found, next_token = search.page(filtered, place.mlflow_token, chunk)
        if until_ms is None and order == "newest" and token is None and found:
            until_ms = found[0].start_ms
        for number, summary in enumerate(found[place.skip :], start=place.skip):
            looked_at += 1
            if compiled.lets_pass(summary):
                rows.append(listed(summary))
            if len(rows) == page_size and number + 1 < len(found):
                rest = replace(place, chunk=chunk, skip=number + 1, until_ms=until_ms)
                return TracePage(rows=tuple(rows), next_token=_text(rest), looked_at=looked_at)
        place = _Place(mlflow_token=next_token, chunk=chunk, until_ms=until_ms)
        is_enough = len(rows) == page_size or looked_at >= _MOST_LOOKED_AT
        if next_token is None or is_enough or time.monotonic() > give_up_s:
            token = None if next_token is None else _text(place)
            return TracePage(rows=tuple(rows), next_token=token, looked_at=looked_at)


def matching(
    uri: str, experiment_id: str, chosen: TraceFilter, report: Callable[[int], None]
) -> MatchingTraces:
    """See `Traces.count_matching`."""
    found: list[str] = []
    looked_at = 0
    token: str | None = None
    give_up_s = time.monotonic() + _COUNT_S
    while True:
        page = trace_page(uri, experiment_id, chosen, "newest", token, _CHUNK)
        found += [row.trace_id for row in page.rows]
        looked_at += page.looked_at
        report(len(found))
        token = page.next_token
        is_enough = len(found) >= _MOST_MATCHING or time.monotonic() > give_up_s
        if token is None or is_enough:
            return MatchingTraces(
                experiment_id=experiment_id,
                trace_ids=tuple(found),
                is_complete=token is None,
                looked_at=looked_at,
            )


def session_page(uri: str, experiment_id: str, token: str | None, page_size: int) -> SessionPage:
    """See `Traces.session_page`."""
    place = _place(token)
    search = _Search(uri, experiment_id, ORDERS["newest"])
    clause = f"metadata.`{names.SESSION}` IS NOT NULL"
    turns: dict[str, list[TraceSummary]] = {}
    end: _Place | None = None
    looked_at = 0
    mlflow_token: str | None = place.mlflow_token
    until_ms = place.until_ms
    skip = place.skip
    give_up_s = time.monotonic() + _SEARCH_S
    while True:
        text = clause if until_ms is None else f"{clause} AND trace.timestamp_ms <= {until_ms}"
        found, next_token = search.page(text, mlflow_token, _CHUNK)
        if until_ms is None and token is None and found:
            until_ms = found[0].start_ms
        is_of_page = False
        for number, summary in enumerate(found[skip:], start=skip):
            looked_at += 1
            session_id = summary.session_id or ""
            if _digest(session_id) in place.seen:
                continue
            if session_id not in turns and len(turns) == page_size:
                # The next page begins here; what is still read completes this one's counts.
                end = end or _Place(
                    mlflow_token=mlflow_token, chunk=_CHUNK, skip=number, until_ms=until_ms
                )
                continue
            turns.setdefault(session_id, []).append(summary)
            is_of_page = True
        mlflow_token, skip = next_token, 0
        # So many turns of others in a row: what the page's sessions still have is far behind.
        is_complete = end is not None and not is_of_page
        is_enough = looked_at >= _MOST_LOOKED_AT or time.monotonic() > give_up_s or is_complete
        if next_token is None or is_enough:
            break
    if end is None and next_token is not None:
        end = _Place(mlflow_token=next_token, chunk=_CHUNK, until_ms=until_ms)
    seen = (*place.seen, *(_digest(session_id) for session_id in turns))
    return SessionPage(
        sessions=tuple(_listed_session(key, found) for key, found in turns.items()),
        next_token=None if end is None else _text(replace(end, seen=seen)),
        looked_at=looked_at,
        is_whole=next_token is None,
    )


def experiments(uri: str, limit: int) -> tuple[ExperimentSummary, ...]:
    """See `Traces.experiments`."""
    client: Any = MlflowClient(tracking_uri=uri)
    found = client.search_experiments(max_results=limit, order_by=["creation_time DESC"])
    return tuple(
        ExperimentSummary(
            experiment_id=str(each.experiment_id),
            name=clean_text(str(each.name)),
            created_ms=each.creation_time,
        )
        for each in found
    )


def listed(summary: TraceSummary) -> ListedTrace:
    """With what gwtrace's tags say."""
    tags = summary.tags
    return ListedTrace(
        summary=summary,
        name=tags.get(_TRACE_NAME, ""),
        sdk_path=tags.get(names.SDK_PATH, ""),
        provider=tags.get(names.PROVIDER, ""),
        model=_model(summary),
        outcome=tags.get(names.OUTCOME, ""),
        comparison_id=tags.get(COMPARISON, ""),
        is_by_gwtrace=names.SDK_PATH in tags,
    )


def _model(summary: TraceSummary) -> str:
    return summary.tags.get(names.MODEL) or recorded_model(summary.metadata)


_TRACE_NAME = "mlflow.traceName"


class _Search:
    """Questions for one page after another in one order."""

    def __init__(self, uri: str, experiment_id: str, order: str) -> None:
        self._client: Any = MlflowClient(tracking_uri=uri)
        self._experiment_id = experiment_id
        self._order = order

    def page(
        self, text: str, token: str | None, size: int
    ) -> tuple[list[TraceSummary], str | None]:
        """One of MLflow's pages. Raises MLflow's exceptions."""
        page = self._client.search_traces(
            locations=[self._experiment_id],
            filter_string=text or None,
            include_spans=False,
            max_results=size,
            order_by=[self._order],
            page_token=token,
        )
        # A store that this process opens itself gives bytes.
        next_token = page.token.decode() if isinstance(page.token, bytes) else page.token
        return [summary_of(trace.info) for trace in page], next_token or None


def _until(compiled: CompiledFilter, until_ms: int | None, chosen: TraceFilter) -> str:
    if until_ms is None or (chosen.before_ms is not None and chosen.before_ms <= until_ms):
        return compiled.text
    bound = f"trace.timestamp_ms <= {until_ms}"
    return f"{compiled.text} AND {bound}" if compiled.text else bound


def _place(token: str | None) -> _Place:
    if token is None:
        return _Place()
    try:
        packed = base64.urlsafe_b64decode(token)
        data: Any = json.loads(zlib.decompressobj().decompress(packed, 1_000_000))
        mlflow_token, chunk, skip, until_ms, *seen = data
        return _Place(
            mlflow_token=mlflow_token,
            chunk=min(int(chunk), _CHUNK),
            skip=int(skip),
            until_ms=None if until_ms is None else int(until_ms),
            seen=tuple(str(each) for each in seen),
        )
    except (binascii.Error, zlib.error, ValueError, TypeError, RecursionError) as exc:
        raise TrackingError(
            "The list cannot be carried on from there.", hint="Begin again at its first page."
        ) from exc


def _text(place: _Place) -> str:
    data = [place.mlflow_token, place.chunk, place.skip, place.until_ms, *place.seen]
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(data).encode())).decode()


def _digest(session_id: str) -> str:
    return blake2b(session_id.encode(), digest_size=6).hexdigest()


def _listed_session(session_id: str, newest_first: list[TraceSummary]) -> ListedSession:
    models = map(_model, newest_first)
    usages = [summary.usage for summary in newest_first if summary.usage is not None]
    costs = [summary.cost_usd for summary in newest_first if summary.cost_usd is not None]
    users = (summary.user for summary in newest_first)
    paths = (summary.tags.get(names.SDK_PATH) for summary in newest_first)
    tags = newest_first[-1].tags
    return ListedSession(
        session_id=session_id,
        title=preview_text(newest_first[-1].request_preview)[:_TITLE_CHARS],
        turn_count=len(newest_first),
        first_ms=newest_first[-1].start_ms,
        last_ms=newest_first[0].start_ms,
        models=tuple(dict.fromkeys(model for model in models if model)),
        users=tuple(dict.fromkeys(user for user in users if user)),
        sdk_paths=tuple(dict.fromkeys(path for path in paths if path)),
        lane=tags.get(LANE, ""),
        comparison_id=tags.get(COMPARISON, ""),
        failed_count=sum(_has_failed(summary) for summary in newest_first),
        usage=sum(usages[1:], start=usages[0]) if usages else cast("Usage | None", None),
        cost_usd=sum(costs) if costs else None,
    )


def _has_failed(summary: TraceSummary) -> bool:
    is_error = summary.status == "error" and summary.tags.get(names.OUTCOME) != "stopped"
    return is_error or is_cut(summary)
