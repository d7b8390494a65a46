"""One span as MLflow stores it (a JSON object) turned into the view model, without its entities.

MLflow's own way there, through an OpenTelemetry span, takes six times as long, which is seconds
for a large trace. Forms that newer servers no longer write are left to MLflow's code.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, cast

from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.mlflow_store.format.turn_json import as_dict, as_list, usage_from_json
from gwtrace_core.trace.messages import genai
from gwtrace_core.trace.model import Nanoseconds, Span, SpanEvent, SpanLink, SpanStatus
from gwtrace_core.trace.recorded_json import read_json
from gwtrace_core.values import trace_names
from gwtrace_core.values.unicode_text import clean_text

ROOT_TO_BE = "ffffffffffffffff"
"""In place of the parent of a root span that was stored before it ended. MLflow takes a trace whose
root it has for one that has ended; to us the span is the root."""

_STATUS: Mapping[str, SpanStatus] = {
    "STATUS_CODE_OK": "ok",
    "STATUS_CODE_ERROR": "error",
    "STATUS_CODE_UNSET": "unset",
}


def span_from_json(found: Any) -> Span:
    """The view model. Raises MlflowException when `found` is not a span of any known form."""
    data = as_dict(found)
    status = as_dict(data.get("status"))
    ids = _read_hex(data.get("span_id")), _read_hex(data.get("parent_span_id") or "")
    if ids[0] is None or ids[1] is None or status.get("code") not in _STATUS:
        # Older forms, told apart by MLflow; what it writes itself is always in this one.
        data = mlflow_api.Span.from_dict(data).to_dict()
        status = as_dict(data["status"])
        ids = _read_hex(data["span_id"]), _read_hex(data["parent_span_id"] or "")
    attributes = {
        clean_text(str(name)): _read_value(value)
        for name, value in as_dict(data.get("attributes")).items()
    }
    events = tuple(_read_event(event) for event in as_list(data.get("events")))
    code = _STATUS[status["code"]]
    message = clean_text(str(status.get("message") or "")) if code == "error" else None
    end_ns = data.get("end_time_unix_nano")
    is_unfinished = ids[1] == ROOT_TO_BE
    return Span(
        span_id=ids[0] or "",
        parent_id=None if is_unfinished else ids[1] or None,
        name=clean_text(str(data.get("name") or "")),
        kind=_as_text(attributes.get(trace_names.SPAN_TYPE))
        or genai.kind_of(attributes)
        or "UNKNOWN",
        start_ns=Nanoseconds(int(data["start_time_unix_nano"])),
        end_ns=Nanoseconds(int(end_ns)) if end_ns and not is_unfinished else None,
        status=code,
        status_message=message or _find_exception_message(events),
        model=_as_text(attributes.get(trace_names.LLM_MODEL)) or genai.model_of(attributes),
        provider=_as_text(attributes.get(trace_names.LLM_PROVIDER))
        or genai.provider_of(attributes),
        usage=usage_from_json(attributes.get(trace_names.CHAT_USAGE)) or genai.usage_of(attributes),
        cost_usd=read_total_cost(attributes.get(trace_names.LLM_COST)),
        first_token_ns=_find_first_token_ns(attributes, events),
        recorded_by="gwtrace" if trace_names.RECORDED_BY in attributes else "mlflow",
        is_stopped=attributes.get(trace_names.STOPPED) is True,
        inputs=attributes.get(trace_names.SPAN_INPUTS),
        outputs=attributes.get(trace_names.SPAN_OUTPUTS),
        attributes=attributes,
        events=events,
        links=tuple(_link(link) for link in as_list(data.get("links"))),
    )


def read_total_cost(cost: Any) -> float | None:
    """The total in US dollars of what MLflow keeps as a cost."""
    total = as_dict(cost).get("total_cost")
    return float(total) if isinstance(total, int | float) else None


def make_plain(value: Any) -> Any:
    """JSON values only; MLflow hands out some of its own types and may hold any object."""
    return read_json(json.dumps(value, default=str))


def _read_hex(encoded: Any) -> str | None:
    """The id in hex; None when it is in no form that MLflow writes today."""
    if not isinstance(encoded, str):
        return None
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return None
    return decoded.hex() if len(decoded) in (0, 8) else None


def _read_value(stored: Any) -> Any:
    """An attribute's value: MLflow stores JSON texts, other programs whatever they like."""
    if not isinstance(stored, str):
        return make_plain(stored)
    try:
        return read_json(stored)
    except ValueError:
        return clean_text(stored)


def _read_event(found: Any) -> SpanEvent:
    event = as_dict(found)
    return SpanEvent(
        name=clean_text(str(event.get("name") or "")),
        time_ns=Nanoseconds(int(event.get("time_unix_nano") or 0)),
        attributes=cast(dict[str, Any], make_plain(event.get("attributes") or {})),
    )


def _link(found: Any) -> SpanLink:
    link = as_dict(found)
    return SpanLink(
        trace_id=clean_text(str(link.get("trace_id") or "")),
        span_id=clean_text(str(link.get("span_id") or "")),
        attributes=cast(dict[str, Any], make_plain(link.get("attributes") or {})),
    )


def _find_first_token_ns(
    attributes: Mapping[str, Any], events: tuple[SpanEvent, ...]
) -> Nanoseconds | None:
    """Our own stopwatch; else, as autolog keeps every piece of a stream, when the first came."""
    ours = attributes.get(trace_names.FIRST_TOKEN_NS)
    if ours is not None:
        return Nanoseconds(int(ours))
    pieces = [event.time_ns for event in events if event.name.startswith(trace_names.CHUNK_EVENT)]
    return min(pieces, default=None)


def _find_exception_message(events: tuple[SpanEvent, ...]) -> str | None:
    """What failed, where autolog set the status without saying so."""
    for event in events:
        if event.name == "exception":
            parts = (event.attributes.get(f"exception.{part}") for part in ("type", "message"))
            return ": ".join(str(part) for part in parts if part) or None
    return None


def _as_text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
