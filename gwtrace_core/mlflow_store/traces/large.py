"""One trace of any size, by the quickest way that each kind of store has.

From a server, MlflowClient.get_trace takes more than a second for every thousand spans: each goes
through protobuf twice. The route that MLflow's own page uses hands the stored JSON through. It is
no public API, so whatever it answers but a trace sends us to the public request for a trace: the
one that the client makes too, but the client allows a large trace no more time than any question.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from gwtrace_core.background.time_limit import TimeLimitError
from gwtrace_core.mlflow_store.connection.ask import Store
from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.mlflow_store.format.entities import summary_of
from gwtrace_core.mlflow_store.format.errors import is_missing
from gwtrace_core.mlflow_store.format.span_json import span_from_json
from gwtrace_core.mlflow_store.format.turn_json import as_dict, as_list
from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.view import ReadProgress
from gwtrace_core.values import trace_names
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.text import bytes_text
from gwtrace_core.values.unicode_text import clean_json

_ROUTE = "/ajax-api/3.0/mlflow/get-trace-artifact"
_REQUEST = "/api/3.0/mlflow/traces/get"
_PIECE_BYTES = 1 << 18
_SPANS_A_STEP = 2_000

Report = Callable[[ReadProgress], None]


def find_info(uri: str, trace_id: str) -> mlflow_api.TraceInfo | None:
    """What is known of the trace without its spans, None when there is none."""
    try:
        return mlflow_api.TracingClient(uri).get_trace_info(trace_id)
    except mlflow_api.MlflowException as exc:
        if is_missing(exc):
            return None
        raise


def count_spans(info: mlflow_api.TraceInfo) -> int:
    """How many spans the trace has, as MLflow counted them when it ended; 0 when it did not."""
    return int(_read_sizes(info).get("num_spans") or 0)


def count_bytes(info: mlflow_api.TraceInfo) -> int:
    """How large its spans are as JSON, as MLflow counted when it ended; 0 when it did not."""
    return int(_read_sizes(info).get("total_size_bytes") or 0)


def read_spans(
    store: Store, info: mlflow_api.TraceInfo, limit_s: float, report: Report
) -> list[Any]:
    """The spans as JSON objects. Raises MLflow's errors, and TimeLimitError after `limit_s`."""
    if store.is_server:
        give_up_s = time.monotonic() + limit_s
        for way in (read_spans_by_route, read_spans_by_request):
            found = way(store.uri, info, give_up_s, report)
            if found is not None:
                return found
    return read_spans_by_client(store.uri, info.trace_id)


def build_trace(info: mlflow_api.TraceInfo, spans: list[Any], report: Report) -> Trace:
    """The view model, the same by whichever way the spans came."""
    made: list[Any] = []
    for first in range(0, len(spans), _SPANS_A_STEP):
        made += [span_from_json(span) for span in spans[first : first + _SPANS_A_STEP]]
        report(ReadProgress(phase="building", done=len(made), total=len(spans)))
    return Trace(summary=summary_of(info), spans=tuple(made))


def read_spans_by_client(uri: str, trace_id: str) -> list[Any]:
    """The same spans by MLflow's client, which knows every kind of store."""
    client: Any = mlflow_api.TracingClient(uri)
    trace: Any
    try:
        try:
            # What MLflow's own page asks for: also what is there of a trace that still runs.
            trace = client.store.get_trace(trace_id, allow_partial=True)
        except mlflow_api.MlflowException:
            # Older servers, and traces whose spans lie beside the store.
            trace = mlflow_api.MlflowClient(tracking_uri=uri).get_trace(trace_id, display=False)
    except mlflow_api.MlflowException as exc:
        if is_missing(exc):
            # The trace is known, its spans are not, or not yet.
            return []
        raise
    return [span.to_dict() for span in trace.data.spans]


def read_spans_by_route(
    uri: str, info: mlflow_api.TraceInfo, give_up_s: float, report: Report
) -> list[Any] | None:
    """None when the server has no such route, or something else answers there."""
    body = _fetch(uri, info, _ROUTE, {"request_id": info.trace_id}, give_up_s, report)
    try:
        spans = None if body is None else as_dict(json.loads(body)).get("spans")
    except ValueError:
        return None
    return as_list(spans) if isinstance(spans, list) else None


def read_spans_by_request(
    uri: str, info: mlflow_api.TraceInfo, give_up_s: float, report: Report
) -> list[Any] | None:
    """The same spans by MLflow's public request, a piece at a time; None from servers without it.

    A server needs more than a second for every thousand spans before it sends the first piece.
    """
    asked = {"trace_id": info.trace_id, "allow_partial": "true"}
    body = _fetch(uri, info, _REQUEST, asked, give_up_s, report)
    if body is None:
        return None
    report(ReadProgress(phase="building", done=0, total=count_spans(info)))
    answer: Any = mlflow_api.GetTraceResponse()
    try:
        mlflow_api.parse_dict(json.loads(body), answer)
    except (ValueError, mlflow_api.ParseError):
        return None
    return [span.to_dict() for span in mlflow_api.Trace.from_proto(answer.trace).data.spans]


def _fetch(
    uri: str,
    info: mlflow_api.TraceInfo,
    path: str,
    params: dict[str, str],
    give_up_s: float,
    report: Report,
) -> bytes | None:
    """The body of a good answer, None where there is none. Raises TimeLimitError."""
    expected_bytes = count_bytes(info)
    body = bytearray()
    try:
        # MLflow's own client, so that credentials and certificates are those of every other call.
        response: Any = mlflow_api.http_request(
            mlflow_api.get_default_host_creds(uri),
            path,
            "GET",
            params=params,
            timeout=max(1.0, give_up_s - time.monotonic()),
            max_retries=0,
            raise_on_status=False,
            stream=True,
        )
        with response:
            if response.status_code != 200:
                return None
            for piece in response.iter_content(_PIECE_BYTES):
                body += piece
                report(ReadProgress(phase="reading", done=len(body), total=expected_bytes))
                if time.monotonic() > give_up_s:
                    raise _make_too_slow_error(len(body))
    except mlflow_api.STORE_ERRORS as exc:
        if time.monotonic() > give_up_s:
            raise _make_too_slow_error(len(body)) from exc
        return None
    return bytes(body)


def _make_too_slow_error(received_bytes: int) -> TimeLimitError:
    came = bytes_text(received_bytes) if received_bytes else "nothing"
    return TimeLimitError(
        f"MLflow took too long to send the trace; {came} came.",
        hint="Try again when the tracking server is less busy.",
    )


def _read_sizes(info: mlflow_api.TraceInfo) -> dict[str, Any]:
    try:
        return as_dict(json.loads(info.trace_metadata.get(trace_names.SIZE_STATS) or "{}"))
    except ValueError:
        return {}


def write_trace_json(info: mlflow_api.TraceInfo, spans: list[Any]) -> str:
    """MLflow's own form, which `mlflow.entities.Trace.from_json` reads."""
    try:
        found = {"info": info.to_dict(), "data": {"spans": spans}}
        text = json.dumps(found)
        # Python writes half a character as an escape, which other programs refuse to read.
        return json.dumps(clean_json(found)) if "\\ud" in text else text
    except (TypeError, ValueError) as exc:
        raise TrackingError(f"The trace {info.trace_id!r} cannot be written as JSON.") from exc
