"""One trace by its id, through MLflow's client. For a trace of any size there is `open_traces`."""

from __future__ import annotations

from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.mlflow_store.format.entities import trace_of
from gwtrace_core.mlflow_store.format.errors import is_missing, translate_errors
from gwtrace_core.trace.model import Trace
from gwtrace_core.values import trace_names


def find_trace(uri: str, trace_id: str) -> Trace | None:
    """The trace as far as it is stored, None when there is none. Raises TrackingError."""
    trace = _find(uri, trace_id)
    return None if trace is None else trace_of(trace)


def find_complete_trace(uri: str, trace_id: str) -> Trace | None:
    """One of our traces, None as long as it is not written to its end. Raises TrackingError.

    The store first makes a record of the spans that have come in and completes it later, and it
    does not read the parts of a record at one moment. So each part must have what comes last.
    """
    trace = _find(uri, trace_id)
    if trace is None:
        return None
    info = trace.info
    is_complete = (
        info.client_request_id is not None
        and trace_names.OUTCOME in info.tags
        and trace_names.SIZE_STATS in info.trace_metadata
    )
    return trace_of(trace) if is_complete else None


def _find(uri: str, trace_id: str) -> mlflow_api.Trace | None:
    client = mlflow_api.MlflowClient(tracking_uri=uri)
    with translate_errors("read the trace", uri=uri):
        try:
            return client.get_trace(trace_id, display=False)
        except mlflow_api.MlflowException as exc:
            if is_missing(exc):
                return None
            raise
