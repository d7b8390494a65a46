"""What openai's autolog (MLflow 3.17) records wrongly of a stream, put right as the span ends.

Autolog rebuilds a streamed chat completion from its text alone: tool calls are lost, the finish
reason is always "stop", a stream that was cut counts as complete; and of a response that ended
incomplete it drops the usage. To be deleted when MLflow has caught up (3.18 mends the first).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from mlflow.entities.span import LiveSpan
from mlflow.tracing.constant import STREAM_CHUNK_EVENT_VALUE_KEY, SpanAttributeKey, TokenUsageKey

from gwtrace_core.tracing import _spans
from gwtrace_core.tracing._names import CORRECTED
from gwtrace_core.tracing._shapes import as_dict, as_list

CUT = "The stream ended early: the provider never said why it finished."

_Json = dict[str, Any]


def correct_chat_stream(span: LiveSpan, tool_calls: Sequence[_Json]) -> None:
    """Put right the span of a streamed chat completion.

    `tool_calls`: those seen in the stream, in the form of a chat completion's message.
    """
    if _spans.has_failed(span):
        return
    outputs = as_dict(span.outputs)
    reason = _finish_reason(span)
    choices = cast(list[_Json], outputs.get("choices") or [])
    corrected: list[str] = []
    if choices and reason is not None and choices[0].get("finish_reason") != reason:
        choices[0]["finish_reason"] = reason
        corrected.append("finish_reason")
    if choices and tool_calls and not choices[0]["message"].get("tool_calls"):
        choices[0]["message"]["tool_calls"] = list(tool_calls)
        corrected.append("tool_calls")
    if reason is None:
        if choices:
            choices[0]["finish_reason"] = None
        corrected.append("status")
        _spans.fail(span, CUT)
    if corrected:
        span.set_outputs(outputs)
        span.set_attribute(CORRECTED, corrected)


def correct_response_stream(span: LiveSpan) -> None:
    """Put right the span of a streamed response."""
    if _spans.has_failed(span):
        return
    last = _chunks(span)[-1:]
    chunk: _Json = json.loads(last[0]) if last else {}
    kind = chunk.get("type")
    if kind == "response.completed" and span.outputs is not None:
        return
    if kind not in ("response.completed", "response.incomplete", "response.failed"):
        span.set_attribute(CORRECTED, ["status"])
        _spans.fail(span, CUT)
        return
    response: _Json = chunk["response"]
    span.set_outputs(response)
    span.set_attribute(SpanAttributeKey.MODEL, response.get("model"))
    if usage := response.get("usage"):
        span.set_attribute(SpanAttributeKey.CHAT_USAGE, _usage(usage))
    span.set_attribute(CORRECTED, ["outputs", "usage"])
    if kind == "response.failed":
        error: _Json = response.get("error") or {}
        _spans.fail(span, str(error.get("message") or "The response failed."))


def _chunks(span: LiveSpan) -> list[str]:
    """The stream's last chunks as JSON texts (OpenTelemetry keeps 128 events of a span)."""
    values = (event.attributes.get(STREAM_CHUNK_EVENT_VALUE_KEY) for event in span.events)
    return [value for value in values if isinstance(value, str)]


def _finish_reason(span: LiveSpan) -> str | None:
    for text in reversed(_chunks(span)):
        # Chunks are parsed only where the text promises something: there are many.
        if '"finish_reason": "' not in text:
            continue
        for choice in as_list(as_dict(json.loads(text)).get("choices")):
            if reason := as_dict(choice).get("finish_reason"):
                return str(reason)
    return None


def _usage(usage: _Json) -> dict[str, int]:
    found: _Json = {
        TokenUsageKey.INPUT_TOKENS: usage.get("input_tokens"),
        TokenUsageKey.OUTPUT_TOKENS: usage.get("output_tokens"),
        TokenUsageKey.TOTAL_TOKENS: usage.get("total_tokens"),
        TokenUsageKey.CACHE_READ_INPUT_TOKENS: as_dict(usage.get("input_tokens_details")).get(
            "cached_tokens"
        ),
    }
    return {key: value for key, value in found.items() if isinstance(value, int)}
