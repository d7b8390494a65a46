"""A trace as the text that a judge of `{{ trace }}` is given. No mlflow in here."""

from __future__ import annotations

import json
from typing import Any

from gwtrace_core.trace.model import Span, Trace

MOST_CHARS = 60_000
_VALUE_CHARS = 4_000


def trace_text(trace: Trace, *, most_chars: int = MOST_CHARS) -> str:
    """The spans by their beginning, one JSON object a line; what does not fit is left out, and
    the last line says how many spans that are."""
    spans = sorted(trace.spans, key=lambda span: span.start_ns)
    lines: list[str] = []
    left_chars = most_chars
    for index, span in enumerate(spans):
        line = json.dumps(_describe_span(span), ensure_ascii=False, default=str)
        if len(line) > left_chars:
            lines.append(f"({len(spans) - index} more spans are left out here.)")
            break
        lines.append(line)
        left_chars -= len(line) + 1
    return "\n".join(lines)


def _describe_span(span: Span) -> dict[str, Any]:
    duration_ns = span.duration_ns
    told = {
        "span_id": span.span_id,
        "parent_id": span.parent_id,
        "name": span.name,
        "type": span.kind,
        "status": span.status,
        "status_message": span.status_message,
        "duration_ms": None if duration_ns is None else round(duration_ns / 1e6, 1),
        "model": span.model,
        "inputs": _shorten(span.inputs),
        "outputs": _shorten(span.outputs),
    }
    return {key: value for key, value in told.items() if value is not None}


def _shorten(value: Any) -> Any:
    """The value itself, or the beginning of its JSON when that is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    if len(text) <= _VALUE_CHARS:
        return value
    return f"{text[:_VALUE_CHARS]}… ({len(text) - _VALUE_CHARS} more characters)"
