"""Traces that no code of ours has written: by OpenTelemetry's SDK, and broken on purpose."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, cast
from urllib.request import Request, urlopen

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

from gwtrace_core.mlflow_store.connection.tracking import Ready, TrackingConfig
from gwtrace_core.mlflow_store.traces import large
from gwtrace_core.mlflow_store.traces.traces import Traces
from gwtrace_core.trace.defects import group_defects
from gwtrace_core.trace.messages import conversation_of
from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.view import ReadProgress, TraceView, view_of
from gwtrace_core.values.errors import TrackingError
from tests.core.mlflow_store.conftest import EXPERIMENT, TurnsFactory
from tests.core.mlflow_store.line import Line
from tests.core.mlflow_store.support import Turns, wait_until

_MS = 1_000_000
_BASE_NS = 1_790_000_000_000 * _MS


@pytest.fixture
def traces(served: Turns) -> Traces:
    return Traces(served.tracking)


def send(served: Turns, spans: Sequence[dict[str, Any]]) -> None:
    """By OTLP's JSON form, as exporters of other languages do."""
    state = served.tracking.state
    assert isinstance(state, Ready)
    body = {"resourceSpans": [{"scopeSpans": [{"scope": {"name": "test"}, "spans": spans}]}]}
    request = Request(
        f"{served.tracking.config.uri}/v1/traces",
        data=json.dumps(body).encode(),
        headers={
            "Content-Type": "application/json",
            "x-mlflow-experiment-id": state.experiment_id,
        },
    )
    with urlopen(request, timeout=30) as response:
        assert response.status == 200


def otlp(
    trace_id: str,
    span_id: str,
    parent_id: str = "",
    *,
    at: tuple[int, int | None] = (0, 10),
    name: str = "",
    status: int = 1,
    **attributes: Any,
) -> dict[str, Any]:
    start_ms, end_ms = at
    return {
        "traceId": trace_id,
        "spanId": span_id.rjust(16, "0"),
        "parentSpanId": parent_id.rjust(16, "0") if parent_id else "",
        "name": name or span_id,
        "kind": 1,
        "startTimeUnixNano": str(_BASE_NS + start_ms * _MS),
        "endTimeUnixNano": "0" if end_ms is None else str(_BASE_NS + end_ms * _MS),
        "status": {"code": status},
        "attributes": [{"key": key, "value": _value(attributes[key])} for key in attributes],
    }


def _value(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list() | tuple():
            return {"arrayValue": {"values": [_value(each) for each in value]}}
        case _:
            return {"stringValue": str(value)}


class _Collected(SpanExporter):
    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.spans += spans
        return SpanExportResult.SUCCESS


def opened(traces: Traces, trace_id: str) -> TraceView:
    view = traces.open_trace(f"tr-{trace_id}", is_fresh=True).view()
    assert view is not None
    return view


def by_client(served: Turns, trace_id: str) -> Trace:
    uri = served.tracking.config.uri
    info = large.find_info(uri, f"tr-{trace_id}")
    assert info is not None
    spans = large.read_spans_by_client(uri, info.trace_id)
    return large.build_trace(info, spans, lambda _: None)


def test_spans_of_opentelemetrys_sdk_are_read_with_tokens_models_and_messages(
    served: Turns, traces: Traces
) -> None:
    collected = _Collected()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(collected))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("invoke_agent helper") as agent:
        agent.set_attribute("gen_ai.operation.name", "invoke_agent")
        with tracer.start_as_current_span("chat some-model") as chat:
            chat.set_attributes(
                {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.provider.name": "mistral_ai",
                    "gen_ai.request.model": "some-model",
                    "gen_ai.usage.input_tokens": 11,
                    "gen_ai.usage.output_tokens": 0,
                    "gen_ai.input.messages": json.dumps(
                        [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]
                    ),
                    "weights": [1, 2],
                }
            )
        with tracer.start_as_current_span("execute_tool add") as tool:
            tool.set_attribute("gen_ai.operation.name", "execute_tool")
    digits = f"{agent.get_span_context().trace_id:032x}"
    send(
        served,
        [
            otlp(
                digits,
                f"{span.context.span_id:016x}",
                f"{span.parent.span_id:016x}" if span.parent else "",
                name=span.name,
                **cast(dict[str, Any], dict(span.attributes or {})),
            )
            for span in collected.spans
            if span.context is not None
        ],
    )
    view = opened(traces, digits)
    kinds = {row.span.name: (row.span.kind, row.level) for row in view.tree.rows}
    assert kinds == {
        "invoke_agent helper": ("AGENT", 1),
        "chat some-model": ("CHAT_MODEL", 2),
        "execute_tool add": ("TOOL", 2),
    }
    (span,) = (span for span in view.trace.spans if span.kind == "CHAT_MODEL")
    assert (span.model, span.provider, span.attributes["weights"]) == (
        "some-model",
        "mistral_ai",
        [1, 2],
    )
    assert span.usage is not None
    assert (span.usage.input_tokens, span.usage.output_tokens) == (11, 0)
    assert [message.role for message in conversation_of(span).inputs] == ["user"]
    assert view.totals.usage == span.usage
    assert view == view_of(by_client(served, digits))


def test_a_broken_trace_is_shown_whole_and_every_defect_is_named(
    served: Turns, traces: Traces
) -> None:
    digits = secrets.token_hex(16)
    send(
        served,
        [
            otlp(digits, "1", at=(0, 100)),
            otlp(digits, "2", "1", at=(10, None)),
            otlp(digits, "3", "1", at=(30, 20)),
            otlp(digits, "4", "99", at=(5, 6)),
            otlp(digits, "5", "6", at=(7, 9)),
            otlp(digits, "6", "5", at=(8, 9)),
            otlp(digits, "7", "1", at=(-500, 1)),
            otlp(digits, "8", at=(50, 60)),
        ],
    )
    view = opened(traces, digits)
    assert sorted(row.span.name for row in view.tree.rows) == list("12345678")
    found = {
        group.kind: [defect.span_id.lstrip("0") for defect in group.defects if defect.span_id]
        for group in group_defects(view.trace, view.tree)
    }
    assert found == {
        "several_roots": ["8"],
        "orphan": ["4"],
        "cycle": ["5"],
        "no_end": ["2"],
        "negative_duration": ["3"],
        "starts_before_parent": ["7"],
    }
    assert view == view_of(by_client(served, digits))


def test_a_trace_whose_root_has_not_come_is_shown_as_far_as_it_is_there(
    served: Turns, traces: Traces
) -> None:
    digits = secrets.token_hex(16)
    send(served, [otlp(digits, "2", "1"), otlp(digits, "3", "2")])
    first = opened(traces, digits)
    assert [row.span.name for row in first.tree.rows] == ["2", "3"]
    assert "no_root" in {group.kind for group in group_defects(first.trace, first.tree)}
    send(served, [otlp(digits, "1", at=(0, 20))])
    again = traces.open_trace(f"tr-{digits}").view()
    assert again is not None
    assert [row.span.name for row in again.tree.rows] == ["1", "2", "3"]


def test_while_the_server_is_away_the_error_says_so_and_later_it_works_again(
    make_turns: TurnsFactory, line: Line, tmp_path: Any
) -> None:
    config = TrackingConfig(tracking_uri=line.url, experiment_name=EXPERIMENT, working_dir=tmp_path)
    with make_turns(config, retry_s=(0.05,)) as turns:
        traces = Traces(turns.tracking)
        assert traces.list_traces(page_size=1).looked_at <= 1
        line.cut()
        with pytest.raises(TrackingError):
            traces.list_traces()
        line.restore()
        wait_until(lambda: isinstance(turns.tracking.state, Ready))
        assert traces.list_experiments()


class _LoginPage(BaseHTTPRequestHandler):
    """What a proxy in front of a server may answer to a route that it does not let pass."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html>Sign in</html>")

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


def test_the_quick_route_is_taken_where_there_is_one_and_left_where_there_is_not(
    served: Turns,
) -> None:
    digits = secrets.token_hex(16)
    send(served, [otlp(digits, "1"), otlp(digits, "2", "1")])
    uri = served.tracking.config.uri
    info = large.find_info(uri, f"tr-{digits}")
    assert info is not None
    later_s = time.monotonic() + 30
    told: list[ReadProgress] = []
    found = large.read_spans_by_route(uri, info, later_s, told.append)
    assert found is not None
    assert [span["name"] for span in found] == ["1", "2"]
    assert told[-1].done > 100
    with HTTPServer(("127.0.0.1", 0), _LoginPage) as proxy:
        threading.Thread(target=proxy.handle_request, daemon=True).start()
        elsewhere = f"http://127.0.0.1:{proxy.server_port}"
        assert large.read_spans_by_route(elsewhere, info, later_s, told.append) is None
