"""How the gateway says what an answer cost: in its body, in a header, at the end of a stream."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from gwtrace_core.demo_gateway.formats.answer_forms import PlainAnswer, StreamAnswer
from gwtrace_core.demo_gateway.formats.frames import Frame, json_bytes
from gwtrace_core.demo_gateway.model.conversation import Json, as_list, as_mapping

HEADER = "logfire-ai-gateway-cost"


def decimal_text(cost_usd: float) -> str:
    """`0.0000425`: every digit, and no exponent."""
    return f"{Decimal(repr(cost_usd)).normalize():f}"


def report_plain(answer: PlainAnswer, body: Json, cost_usd: float) -> PlainAnswer:
    """The answer with its cost in the usage of its `body`, and in a header.

    Google's usage is left as it is: there the header alone tells.
    """
    text = decimal_text(cost_usd)
    if isinstance(usage := body.get("usage"), dict):
        body = {**body, "usage": {**as_mapping(usage), **_block(text)}}
    headers = {**answer.headers, HEADER: f"{text}USD"}
    return replace(answer, headers=headers, body=json_bytes(body))


def report_streamed(answer: StreamAnswer, cost_usd: float) -> StreamAnswer:
    """The stream with its cost in the event that carries the usage; one without is left alone."""
    frames = list(answer.frames)
    for index in reversed(range(len(frames))):
        event = _read_event(frames[index])
        if event is not None and (told := _with_cost(event, decimal_text(cost_usd))) is not None:
            frames[index] = _rewritten(frames[index], told)
            break
    return replace(answer, frames=frames)


def _block(text: str) -> Json:
    return {"logfire_ai_gateway": {"cost": text}}


def _with_cost(event: Json, text: str) -> Json | None:
    """The event with the cost in its usage; None where it has none."""
    if isinstance(event.get("usage"), dict):
        return {**event, "usage": {**event["usage"], **_block(text)}}
    response = as_mapping(event.get("response"))
    if isinstance(response.get("usage"), dict):
        return {**event, "response": {**response, "usage": {**response["usage"], **_block(text)}}}
    if "usageMetadata" in event:
        return _with_part_metadata(event, text)
    return None


def _with_part_metadata(event: Json, text: str) -> Json:
    """Google's SDK drops what it does not know of the usage, but keeps a part's metadata."""
    candidate = as_mapping(next(iter(as_list(event.get("candidates"))), None))
    content = as_mapping(candidate.get("content"))
    parts: Sequence[Json] = [as_mapping(part) for part in as_list(content.get("parts"))]
    last = {**parts[-1], "partMetadata": _block(text)}
    content = {**content, "parts": [*parts[:-1], last]}
    return {**event, "candidates": [{**candidate, "content": content}]}


def _read_event(frame: Frame) -> Json | None:
    _, is_data, data = frame.data.partition(b"data: ")
    if not is_data:
        return None
    try:
        return as_mapping(json.loads(data)) or None
    except ValueError:
        return None


def _rewritten(frame: Frame, event: Json) -> Frame:
    head, mark, _ = frame.data.partition(b"data: ")
    return replace(frame, data=head + mark + json_bytes(event) + b"\n\n")
