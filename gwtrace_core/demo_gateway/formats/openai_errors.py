"""OpenAI's error bodies and headers, which Groq shares but for a few words."""

from __future__ import annotations

from collections.abc import Mapping

from gwtrace_core.demo_gateway.formats.frames import HttpError
from gwtrace_core.demo_gateway.model.conversation import ErrorKind, Json, ProviderError

_Row = tuple[int, str, str | None, str]
"""Status, type, code, message."""

_ROWS: dict[ErrorKind, _Row] = {
    "invalid_request": (400, "invalid_request_error", None, "Invalid request."),
    "invalid_key": (
        401,
        "invalid_request_error",
        "invalid_api_key",
        "Incorrect API key provided. You can find your API key at "
        "https://platform.openai.com/account/api-keys.",
    ),
    "model_not_found": (
        404,
        "invalid_request_error",
        "model_not_found",
        "The model `{model}` does not exist or you do not have access to it.",
    ),
    "path_not_found": (404, "invalid_request_error", None, "Invalid URL"),
    "rate_limit": (
        429,
        "requests",
        "rate_limit_exceeded",
        "Rate limit reached for {model} in organization org-demo on requests per min (RPM): "
        "Limit 3, Used 3, Requested 1. Please try again in 2s.",
    ),
    "server_error": (
        500,
        "server_error",
        None,
        "The server had an error while processing your request. Sorry about that!",
    ),
    "unavailable": (
        503,
        "service_unavailable_error",
        None,
        "The server is currently unavailable. Please try again later.",
    ),
    "overloaded": (
        503,
        "server_error",
        "server_is_overloaded",
        "That model is currently overloaded with other requests. You can retry your request.",
    ),
}

_GROQ_ROWS: dict[ErrorKind, _Row] = {
    "invalid_key": (401, "invalid_request_error", "invalid_api_key", "Invalid API Key"),
    "path_not_found": (404, "invalid_request_error", "unknown_url", "Unknown request URL"),
    "server_error": (500, "internal_server_error", None, "Internal Server Error"),
    "unavailable": (503, "internal_server_error", None, "Service Unavailable"),
    "overloaded": (
        503,
        "internal_server_error",
        None,
        "{model} is currently over capacity. Please try again and back off exponentially.",
    ),
}


def openai_error(error: ProviderError, *, groq: bool = False) -> HttpError:
    """Status and body of an error at OpenAI, or at Groq."""
    rows = {**_ROWS, **_GROQ_ROWS} if groq else _ROWS
    status, type_, code, usual = rows[error.kind]
    message = error.message or usual.format(model=error.model)
    code = error.code or code
    body: Json = {"message": message, "type": type_}
    if not groq:
        body["param"] = error.param
    if not groq or code is not None:
        body["code"] = code
    return HttpError(status=status, body={"error": body})


def openai_headers(request_id: str) -> Mapping[str, str]:
    """What OpenAI sends with every answer."""
    return {"x-request-id": request_id, "openai-version": "2020-10-01"}
