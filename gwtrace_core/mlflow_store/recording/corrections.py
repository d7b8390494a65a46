"""What openai's autolog (MLflow 3.17) records wrongly of a stream, put right as the span ends.

Autolog rebuilds a streamed chat completion from its text alone: tool calls are lost, the finish
reason is always "stop", a stream that was cut counts as complete; and of a response that ended
incomplete it drops the usage. To be deleted when MLflow has caught up (3.18 mends the first).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mlflow.entities.span import LiveSpan
from mlflow.tracing.constant import STREAM_CHUNK_EVENT_VALUE_KEY, SpanAttributeKey, TokenUsageKey

from gwtrace_core.mlflow_store.format import live_spans
from gwtrace_core.mlflow_store.format.turn_json import as_dict, as_list
from gwtrace_core.values import trace_names

CUT = "The stream ended early: the provider never said why it finished."

_Json = dict[str, Any]


def make_storable(span: LiveSpan) -> None:
    """Leave of model and usage what MLflow's store can take.

    Autolog copies them from the answer as they are. MLflow writes traces in batches, and one count
    that is a list or null costs all traces of its batch, other people's among them.
    """
    usage = span.get_attribute(SpanAttributeKey.CHAT_USAGE)
    if usage is not None and (sound := _read_counts(as_dict(usage))) != usage:
        _set_or_drop(span, SpanAttributeKey.CHAT_USAGE, sound or None)
    for key in (SpanAttributeKey.MODEL, SpanAttributeKey.MODEL_PROVIDER):
        name = span.get_attribute(key)
        if name is not None and not isinstance(name, str):
            _set_or_drop(span, key, None)


def _set_or_drop(span: LiveSpan, key: str, value: _Json | None) -> None:
    if value is not None:
        span.set_attribute(key, value)
    else:
        live_spans.drop_attribute(span, key)


def fill_outputs(span: LiveSpan, outputs: Mapping[str, Any]) -> None:
    """Give a span its answer where autolog stumbled over it and left the span open."""
    if span.outputs is None and outputs:
        span.set_outputs(dict(outputs))
        span.set_attribute(trace_names.CORRECTED, ["outputs"])


def correct_chat_stream(span: LiveSpan, tool_calls: Sequence[_Json]) -> None:
    """Put right the span of a streamed chat completion.

    `tool_calls`: those seen in the stream, in the form of a chat completion's message.
    """
    if live_spans.has_failed(span):
        return
    outputs = as_dict(span.outputs)
    reason = _finish_reason(span)
    choice = as_dict(next(iter(as_list(outputs.get("choices"))), None))
    message = as_dict(choice.get("message"))
    corrected: list[str] = []
    if choice and reason is not None and choice.get("finish_reason") != reason:
        choice["finish_reason"] = reason
        corrected.append("finish_reason")
    if message and tool_calls and not message.get("tool_calls"):
        message["tool_calls"] = list(tool_calls)
        corrected.append("tool_calls")
    if reason is None:
        if choice:
            choice["finish_reason"] = None
        corrected.append("status")
        live_spans.fail(span, CUT)
    if corrected:
        span.set_outputs(outputs)
        span.set_attribute(trace_names.CORRECTED, corrected)


def correct_response_stream(span: LiveSpan) -> None:
    """Put right the span of a streamed response."""
    if live_spans.has_failed(span):
        return
    last = _list_chunks(span)[-1:]
    chunk = as_dict(json.loads(last[0])) if last else {}
    kind = chunk.get("type")
    if kind == "response.completed" and span.outputs is not None:
        return
    if kind not in ("response.completed", "response.incomplete", "response.failed"):
        span.set_attribute(trace_names.CORRECTED, ["status"])
        live_spans.fail(span, CUT)
        return
    response = as_dict(chunk.get("response"))
    span.set_outputs(response)
    if model := response.get("model"):
        span.set_attribute(SpanAttributeKey.MODEL, model)
    if usage := as_dict(response.get("usage")):
        span.set_attribute(SpanAttributeKey.CHAT_USAGE, _read_usage(usage))
    span.set_attribute(trace_names.CORRECTED, ["outputs", "usage"])
    if kind == "response.failed":
        error = as_dict(response.get("error"))
        live_spans.fail(span, str(error.get("message") or "The response failed."))


def _list_chunks(span: LiveSpan) -> list[str]:
    """The stream's last chunks as JSON texts (OpenTelemetry keeps 128 events of a span)."""
    values = (event.attributes.get(STREAM_CHUNK_EVENT_VALUE_KEY) for event in span.events)
    return [value for value in values if isinstance(value, str)]


def _finish_reason(span: LiveSpan) -> str | None:
    for text in reversed(_list_chunks(span)):
        # Chunks are parsed only where the text promises something: there are many.
        if '"finish_reason": "' not in text:
            continue
        for choice in as_list(as_dict(json.loads(text)).get("choices")):
            if reason := as_dict(choice).get("finish_reason"):
                return str(reason)
    return None


def _read_usage(usage: _Json) -> dict[str, int]:
    return _read_counts(
        {
            TokenUsageKey.INPUT_TOKENS: usage.get("input_tokens"),
            TokenUsageKey.OUTPUT_TOKENS: usage.get("output_tokens"),
            TokenUsageKey.TOTAL_TOKENS: usage.get("total_tokens"),
            TokenUsageKey.CACHE_READ_INPUT_TOKENS: as_dict(usage.get("input_tokens_details")).get(
                "cached_tokens"
            ),
        }
    )


def _read_counts(found: _Json) -> dict[str, int]:
    return {
        key: value
        for key, value in found.items()
        if isinstance(value, int) and not isinstance(value, bool)
    }
