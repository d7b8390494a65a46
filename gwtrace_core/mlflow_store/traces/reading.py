"""An opening trace read: as fast as its size allows, with word of how far it has come."""

from __future__ import annotations

from gwtrace_core.mlflow_store.connection.ask import Store
from gwtrace_core.mlflow_store.connection.tracking import Down, Tracking
from gwtrace_core.mlflow_store.format.errors import translate_errors
from gwtrace_core.mlflow_store.traces import large
from gwtrace_core.mlflow_store.traces.collector import pause_collector
from gwtrace_core.mlflow_store.traces.open_traces import Opened, Opening
from gwtrace_core.trace.ending import has_ended
from gwtrace_core.trace.view import ReadProgress, view_of
from gwtrace_core.values.errors import TrackingError

_BASE_S = 60.0
_S_PER_SPAN = 0.002
_UNKNOWN_S = 120.0
_LOOK_S = 4.0
"""A little longer than a look at a server may take that does not answer."""


def read_view(tracking: Tracking, store: Store, trace_id: str, opening: Opening) -> Opened:
    """Read and prepare the trace, in the time that `opening` is told. Raises TrackingError."""
    try:
        with translate_errors("read the trace", uri=store.uri):
            return _read(store, trace_id, opening)
    except TrackingError as problem:
        # A server that died says so in words of its own; the status line has better ones.
        state = tracking.look_again(_LOOK_S)
        if isinstance(state, Down):
            raise TrackingError(state.reason, hint=state.hint) from problem
        raise


def _read(store: Store, trace_id: str, opening: Opening) -> Opened:
    info = large.find_info(store.uri, trace_id)
    if info is None:
        return Opened(view=None)
    count, size_bytes = large.count_spans(info), large.count_bytes(info)
    limit_s = _BASE_S + count * _S_PER_SPAN if count else _UNKNOWN_S
    opening.allow_s(limit_s)
    opening.report(ReadProgress(phase="reading", total=size_bytes))
    with pause_collector():
        spans = large.read_spans(store, info, limit_s, opening.report)
        trace = large.build_trace(info, spans, opening.report)
        opening.report(ReadProgress(phase="drawing", done=len(spans), total=len(spans)))
        view = view_of(trace)
    return Opened(
        view=view,
        bytes=size_bytes,
        may_be_kept=has_ended(trace.summary) and bool(spans) and len(spans) >= count,
    )
