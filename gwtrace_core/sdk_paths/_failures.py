"""From an SDK's exceptions to a `Failure`, where the SDKs are alike."""

from __future__ import annotations

import json

import httpx
import httpx2

from gwtrace_core.connection import Target
from gwtrace_core.errors import Failure
from gwtrace_core.gateway.failures import (
    HttpAnswer,
    classify_answer,
    classify_transport,
    stream_error,
    unreadable_answer,
)
from gwtrace_core.sdk_paths._http import Exchange, transport_trouble


def answer_failure(
    response: httpx2.Response | httpx.Response, *, target: Target, model: str
) -> Failure:
    """Of an answer with an error status, whose body the SDK has read."""
    answer = HttpAnswer(
        status=response.status_code,
        content_type=response.headers.get("content-type", ""),
        body=response.text,
        headers=dict(response.headers),
    )
    return classify_answer(answer, target=target, model=model)


def transport_failure(exc: Exception, *, target: Target) -> Failure | None:
    """Of an exception about the line; None when it is about something else."""
    found = transport_trouble(exc)
    if found is None:
        return None
    trouble, detail = found
    return classify_transport(trouble, detail, target=target)


def stream_failure(body: object, *, target: Target, model: str) -> Failure:
    """Of an error event, given as the SDK decoded it."""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, default=str)
    return stream_error(text, target=target, model=model)


def foreign_answer_failure(exchange: Exchange, *, target: Target, model: str) -> Failure:
    """Of a 200 that is not what was asked for: a web page, another API."""
    content_type = exchange.response_headers.get("content-type", "no content type")
    return unreadable_answer(f"got {content_type}", target=target, model=model)


def is_event_stream(exchange: Exchange) -> bool:
    """Whether the answer is a stream of server-sent events; SDKs do not look."""
    return "text/event-stream" in exchange.response_headers.get("content-type", "")
