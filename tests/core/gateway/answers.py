"""The gateway's errors as they come, with what each means: the table that several tests go by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath, Target
from gwtrace_core.values.errors import FailureCause, FailureSource
from gwtrace_core.values.secret import Secret

KEY = "pylf_v1_us_CANARY-0123456789abcdef"
TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One error answer and what it has to be taken for."""

    id: str
    status: int
    body: str
    source: FailureSource
    cause: FailureCause
    content_type: str = TEXT
    says: str = ""
    """Must be in the message or in the hint."""
    routes: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    retry_after_s: float | None = None


def _gateway(id: str, status: int, body: str, cause: FailureCause, says: str = "") -> Row:
    return Row(
        id=id, status=status, body=body, source=FailureSource.GATEWAY, cause=cause, says=says
    )


def _upstream(
    id: str, status: int, error: Mapping[str, object], cause: FailureCause, says: str = ""
) -> Row:
    return Row(
        id=id,
        status=status,
        body=json.dumps({"error": error}),
        content_type=JSON,
        source=FailureSource.PROVIDER,
        cause=cause,
        says=says,
    )


ROWS: tuple[Row, ...] = (
    _gateway(
        "no key",
        401,
        "Unauthorized - Missing Authorization Header",
        FailureCause.KEY_MISSING,
        "PYDANTIC_AI_GATEWAY_API_KEY",
    ),
    _gateway(
        "unknown key", 401, "Unauthorized - Key not found", FailureCause.KEY_UNKNOWN, "region"
    ),
    _gateway("key too long", 401, "Unauthorized - Key too long", FailureCause.KEY_REJECTED, "200"),
    _gateway(
        "two keys",
        401,
        "Unauthorized - Both Authorization and X-API-Key headers are set, use only one",
        FailureCause.KEY_REJECTED,
        "two API keys",
    ),
    _gateway("disabled", 403, "Unauthorized - Key disabled", FailureCause.KEY_DISABLED),
    _gateway("expired", 403, "Unauthorized - Key expired", FailureCause.KEY_EXPIRED),
    _gateway(
        "blocked", 403, "Unauthorized - Key blocked", FailureCause.KEY_BLOCKED, "five minutes"
    ),
    _gateway("blocked, bare", 403, "Key blocked", FailureCause.KEY_BLOCKED),
    _gateway(
        "other state", 403, "Unauthorized - Key archived", FailureCause.KEY_REJECTED, "archived"
    ),
    _gateway(
        "spending limit",
        403,
        "Unauthorized - Key limit-exceeded",
        FailureCause.SPENDING_LIMIT,
        "does not say which limit",
    ),
    _gateway("rate limiter", 429, "Too many requests for this key", FailureCause.RATE_LIMITED),
    _gateway("bad path", 404, "Path not found", FailureCause.PATH_NOT_FOUND),
    Row(
        id="unknown route",
        status=404,
        body="Route not found: nope. Supported values: anthropic, openai, my-group",
        source=FailureSource.GATEWAY,
        cause=FailureCause.ROUTE_UNKNOWN,
        says="my-group",
        routes=("anthropic", "openai", "my-group"),
    ),
    _gateway(
        "empty group",
        400,
        "No providers included in routing group 'g'. Add one or more providers to this routing "
        "group in the Pydantic AI Gateway console.",
        FailureCause.ROUTE_EMPTY,
        "'g'",
    ),
    _gateway("not JSON", 400, "invalid request JSON", FailureCause.REQUEST_INVALID, "JSON"),
    _gateway(
        "include_usage",
        400,
        "You cannot disable `include_usage` in `stream_options`.",
        FailureCause.REQUEST_INVALID,
        "include_usage",
    ),
    _gateway(
        "unpriced, before",
        404,
        "PAIG does not support the model `gpt-new` yet. We're working on it!",
        FailureCause.MODEL_UNPRICED,
        "gpt-new",
    ),
    _gateway(
        "unpriced, after",
        400,
        "Unable to calculate spend, API key disabled",
        FailureCause.MODEL_UNPRICED,
        "five minutes",
    ),
    _gateway(
        "unpriced, key stays",
        400,
        "Unable to calculate spend",
        FailureCause.MODEL_UNPRICED,
        "threw the answer away",
    ),
    _gateway(
        "no usage",
        400,
        "invalid response, unable to extract usage",
        FailureCause.RESPONSE_INVALID,
        "usage",
    ),
    _gateway(
        "no usage, key disabled",
        400,
        "invalid response, unable to extract usage, API key disabled",
        FailureCause.RESPONSE_INVALID,
        "five minutes",
    ),
    _gateway(
        "unreachable", 500, "Internal Server Error", FailureCause.UPSTREAM_UNREACHABLE, "'openai'"
    ),
    _gateway(
        "credentials no JSON",
        400,
        "provider credentials are not valid JSON: Unexpected token",
        FailureCause.KEY_REJECTED,
        "Google",
    ),
    _gateway(
        "no access token",
        400,
        "Failed to get GCP access token, response:\n401 {}",
        FailureCause.KEY_REJECTED,
        "Your own API key is not the reason",
    ),
    # The hosted service, whose texts are not documented word for word.
    _gateway(
        "hosted, custom provider unpriced",
        400,
        "Pricing data is required for this provider.",
        FailureCause.MODEL_UNPRICED,
        "Require pricing data",
    ),
    _gateway(
        "hosted, built-in unpriced",
        404,
        "We do not support this model yet, please report it on Slack",
        FailureCause.MODEL_UNPRICED,
    ),
    _gateway(
        "hosted, balance", 403, "Your prepaid balance is used up", FailureCause.SPENDING_LIMIT
    ),
    _gateway("hosted, payment", 402, "Payment Required", FailureCause.SPENDING_LIMIT),
    _gateway(
        "hosted, organization limit",
        403,
        "Organization spending limit exceeded",
        FailureCause.SPENDING_LIMIT,
    ),
    Row(
        id="hosted, as JSON",
        status=403,
        body='{"detail": "Unauthorized - Key expired"}',
        content_type=JSON,
        source=FailureSource.GATEWAY,
        cause=FailureCause.KEY_EXPIRED,
    ),
    _gateway("unknown text 403", 403, "Nope", FailureCause.PERMISSION_DENIED, "Nope"),
    _gateway("unknown text 503", 503, "maintenance", FailureCause.UPSTREAM_OVERLOADED),
    _gateway("unknown text 418", 418, "teapot", FailureCause.REQUEST_INVALID, "teapot"),
    Row(
        id="a proxy's page",
        status=502,
        body="<html><body>Bad gateway</body></html>",
        content_type=HTML,
        source=FailureSource.GATEWAY,
        cause=FailureCause.UPSTREAM_UNREACHABLE,
    ),
    Row(
        id="a web page",
        status=404,
        body="<!DOCTYPE html><title>Not here</title>",
        content_type=HTML,
        source=FailureSource.SETTINGS,
        cause=FailureCause.BASE_URL_WRONG,
        says="web page",
    ),
    # Providers' errors, which the gateway passes on as they are.
    Row(
        id="doubled v1",
        status=404,
        body='{"error": {"message": "Invalid URL (POST /v1/v1/messages)", "type": '
        '"invalid_request_error", "param": null, "code": null}}',
        content_type=JSON,
        source=FailureSource.SETTINGS,
        cause=FailureCause.BASE_URL_WRONG,
        says="/v1/v1/messages",
    ),
    _upstream(
        "provider's key",
        401,
        {"message": "Incorrect API key provided", "code": "invalid_api_key"},
        FailureCause.KEY_REJECTED,
        "that the gateway holds",
    ),
    Row(
        id="provider's rate limit",
        status=429,
        body='{"error": {"message": "Rate limit reached", "type": "requests"}}',
        content_type=JSON,
        source=FailureSource.PROVIDER,
        cause=FailureCause.RATE_LIMITED,
        headers={"retry-after": "2"},
        retry_after_s=2.0,
    ),
    _upstream(
        "provider's quota",
        429,
        {"message": "You exceeded your current quota", "type": "insufficient_quota"},
        FailureCause.SPENDING_LIMIT,
    ),
    _upstream(
        "unknown model",
        404,
        {"message": "The model `x` does not exist", "code": "model_not_found"},
        FailureCause.MODEL_UNKNOWN,
    ),
    _upstream(
        "unknown model, Anthropic",
        404,
        {"type": "not_found_error", "message": "model: claude-x"},
        FailureCause.MODEL_UNKNOWN,
    ),
    _upstream(
        "unknown model, Vertex",
        404,
        {
            "message": "Publisher Model `projects/p/locations/l/publishers/anthropic/models/"
            "claude-sonnet-4` was not found",
            "status": "NOT_FOUND",
        },
        FailureCause.MODEL_UNKNOWN,
    ),
    Row(
        id="unknown model, Bedrock",
        status=400,
        body='{"message": "The provided model identifier is invalid."}',
        content_type=JSON,
        source=FailureSource.PROVIDER,
        cause=FailureCause.MODEL_UNKNOWN,
    ),
    _upstream(
        "too long",
        400,
        {"message": "maximum context length is 8192", "code": "context_length_exceeded"},
        FailureCause.REQUEST_TOO_LARGE,
    ),
    _upstream(
        "too long for llama.cpp",
        400,
        {
            "code": 400,
            "message": "request (9001 tokens) exceeds the available context size (4096 tokens), "
            "try increasing it",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": 9001,
            "n_ctx": 4096,
        },
        FailureCause.REQUEST_TOO_LARGE,
    ),
    _upstream(
        "filtered",
        400,
        {"message": "Blocked", "code": "content_filter"},
        FailureCause.CONTENT_FILTERED,
    ),
    _upstream(
        "wrong parameter",
        400,
        {"message": "Unsupported parameter: 'stop'", "type": "invalid_request_error"},
        FailureCause.REQUEST_INVALID,
        "Unsupported parameter",
    ),
    _upstream("too big", 413, {"type": "request_too_large"}, FailureCause.REQUEST_TOO_LARGE),
    _upstream("forbidden", 403, {"message": "No access"}, FailureCause.PERMISSION_DENIED),
    _upstream("failed", 500, {"message": "Oops"}, FailureCause.UPSTREAM_ERROR, "Oops"),
    _upstream("unavailable", 503, {"message": "Later"}, FailureCause.UPSTREAM_OVERLOADED),
    _upstream("overloaded", 529, {"type": "overloaded_error"}, FailureCause.UPSTREAM_OVERLOADED),
    _upstream("timed out", 504, {"message": "slow"}, FailureCause.TIMEOUT),
)


def connection(
    base_url: str = "https://gateway-us.pydantic.dev/proxy",
    *,
    kind: ConnectionKind = ConnectionKind.GATEWAY,
    provider: Provider | None = None,
    key: str = KEY,
) -> Connection:
    return Connection(
        id="gateway" if kind is ConnectionKind.GATEWAY else kind.value,
        kind=kind,
        label="Pydantic AI Gateway" if kind is ConnectionKind.GATEWAY else "My server",
        base_url=base_url,
        api_key=Secret(key),
        provider=provider,
        key_source="environment variable SOME_KEY",
    )


def target(
    made: Connection | None = None,
    *,
    route: str = "openai",
    provider: Provider = Provider.OPENAI,
    sdk_path: SdkPath = SdkPath.OPENAI_CHAT,
    base_url: str | None = None,
) -> Target:
    made = made or connection()
    return Target(
        connection=made,
        provider=made.provider or provider,
        route=route if made.is_gateway else "",
        sdk_path=sdk_path,
        base_url=base_url or (f"{made.base_url}/{route}" if made.is_gateway else made.base_url),
    )
