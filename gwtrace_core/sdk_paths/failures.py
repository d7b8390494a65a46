"""From an SDK's exceptions to a `Failure`, where the SDKs are alike."""

from __future__ import annotations

import json
import sys
import traceback

import httpx
import httpx2

from gwtrace_core.gateway.failures import (
    HttpAnswer,
    classify_answer,
    classify_transport,
    error_in_answer,
    stream_error,
    unreadable_answer,
)
from gwtrace_core.gateway.transports import transport_trouble
from gwtrace_core.sdk_paths.http import Exchange
from gwtrace_core.sdk_paths.members import member
from gwtrace_core.values.connection import Target
from gwtrace_core.values.errors import Failure

MISREAD = (TypeError, AttributeError, LookupError, ValueError, AssertionError, RecursionError)
"""What an SDK raises when an answer is not as it expects; see `is_our_bug`."""

_OUR_PACKAGE = __name__.partition(".")[0]
_OWN_MEMBERS = (
    '"choices"',
    '"candidates"',
    '"output"',
    '"response.',
    '"stop_reason"',
    '"content_block',
)
"""Each of these APIs has one of them in every answer."""


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
    """Of a 200 that is not what was asked for: an error, a web page, another API."""
    content_type = exchange.response_headers.get("content-type", "no content type")
    return unreadable_failure(f"got {content_type}", exchange, target=target, model=model)


def unreadable_failure(
    detail: str, exchange: Exchange | None, *, target: Target, model: str
) -> Failure:
    """Of an answer that neither the SDK nor we can read, with the answer as it came: an error that
    came with a good status, or something else altogether."""
    body = "" if exchange is None else exchange.answer_text()
    if _holds_error(body):
        return error_in_answer(body, target=target, model=model)
    return unreadable_answer(
        detail,
        target=target,
        model=model,
        body=body,
        is_of_this_api=any(name in body for name in _OWN_MEMBERS),
    )


def _holds_error(body: str) -> bool:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return bool(member(found, "error"))


def misread_failure(
    exc: Exception, exchange: Exchange | None, *, target: Target, model: str
) -> Failure:
    """Of an exception that an SDK ran into while it read the answer."""
    if isinstance(exc, json.JSONDecodeError):
        detail = f"broken JSON ({exc})"
    else:
        detail = f"the SDK stopped at {type(exc).__name__}: {exc}"
    return unreadable_failure(detail, exchange, target=target, model=model)


def is_our_bug(exc: BaseException) -> bool:
    """Whether an exception came from gwtrace's own code, and not from an SDK's below it.

    SDKs run into whatever a provider sends that is not as declared; that is no bug of ours.
    """
    if isinstance(exc, RecursionError):
        return False  # Whoever met the thousandth bracket.
    for frame, _ in reversed([*traceback.walk_tb(exc.__traceback__)]):
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in sys.stdlib_module_names:
            return package == _OUR_PACKAGE
    return True


def is_event_stream(exchange: Exchange) -> bool:
    """Whether the answer is a stream of server-sent events; SDKs do not look."""
    return "text/event-stream" in exchange.response_headers.get("content-type", "")
