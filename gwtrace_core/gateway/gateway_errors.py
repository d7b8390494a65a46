"""The errors that the gateway itself makes, by their texts. They are not JSON, a provider's are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gwtrace_core.values.errors import FailureCause, FailureSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One text of the gateway's. Templates may use {route}, {model}, {host} and named groups."""

    pattern: re.Pattern[str]
    cause: FailureCause
    message: str
    hint: str
    source: FailureSource = FailureSource.GATEWAY


def _row(pattern: str, cause: FailureCause, message: str, hint: str) -> Row:
    return Row(
        pattern=re.compile(pattern, re.IGNORECASE | re.DOTALL),
        cause=cause,
        message=message,
        hint=hint,
    )


_SET_KEY = (
    "Set PYDANTIC_AI_GATEWAY_API_KEY, or type a key for this session on the connections page where "
    "it takes keys."
)
_OTHER_KEY = "Use another key, or ask whoever runs the gateway to enable this one again."
_PRICE = (
    "Choose a model that the gateway has a price for, or ask whoever runs it to allow models "
    "without one."
)

LITERAL_ROWS: tuple[Row, ...] = (
    _row(
        r"^unauthorized - missing authorization header",
        FailureCause.KEY_MISSING,
        "The request reached the gateway without an API key.",
        _SET_KEY,
    ),
    _row(
        r"^unauthorized - key not found",
        FailureCause.KEY_UNKNOWN,
        "The gateway at {host} does not know this API key.",
        "Check that the key is complete and was made for this gateway and region.",
    ),
    _row(
        r"^unauthorized - key too long",
        FailureCause.KEY_REJECTED,
        "The API key is longer than the 200 characters that the gateway accepts.",
        "Copy the key again: something else was probably pasted with it.",
    ),
    _row(
        r"^unauthorized - both authorization and x-api-key",
        FailureCause.KEY_REJECTED,
        "The gateway was sent two API keys, in Authorization and in X-API-Key.",
        "Send one: an SDK may add a second from ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN.",
    ),
    _row(
        r"^(unauthorized - )?key disabled",
        FailureCause.KEY_DISABLED,
        "This API key is switched off at the gateway.",
        _OTHER_KEY,
    ),
    _row(
        r"^(unauthorized - )?key expired",
        FailureCause.KEY_EXPIRED,
        "This API key has expired.",
        "Make a new key in the gateway's console.",
    ),
    _row(
        r"^(unauthorized - )?key blocked",
        FailureCause.KEY_BLOCKED,
        "The gateway has blocked this API key for now.",
        "Wait five minutes: a call that the gateway cannot price blocks the key that long.",
    ),
    _row(
        r"^(unauthorized - )?key limit-exceeded",
        FailureCause.SPENDING_LIMIT,
        "A spending limit is used up: the gateway refuses calls with this API key.",
        "The gateway does not say which limit (key, user or project; day, week, month or total). "
        "Raise it in the console, or wait until its period ends (UTC).",
    ),
    _row(
        r"^unauthorized - key (?P<state>[\w-]+)",
        FailureCause.KEY_REJECTED,
        "The gateway refuses this API key: {state}.",
        _OTHER_KEY,
    ),
    _row(
        r"^route not found: (?P<unknown>.*?)\. supported values: (?P<routes>.*)",
        FailureCause.ROUTE_UNKNOWN,
        "The gateway has no route {unknown!r} for this API key.",
        "Choose one of its routes: {routes}.",
    ),
    _row(
        r"^no providers included in routing group '(?P<group>.*?)'",
        FailureCause.ROUTE_EMPTY,
        "The routing group {group!r} has no provider that can be used.",
        "Add a provider to it in the gateway's console, or choose another route.",
    ),
    _row(
        r"^invalid request json$",
        FailureCause.REQUEST_INVALID,
        "The gateway could not read the request as JSON.",
        "It forwards JSON bodies only: calls such as a model list (GET) do not pass.",
    ),
    _row(
        r"cannot disable `?include_usage",
        FailureCause.REQUEST_INVALID,
        "The gateway does not accept stream_options.include_usage = false.",
        "Leave it out or set it to true: the gateway needs the usage to price the call.",
    ),
    _row(
        r"does not support the model `(?P<unpriced>.*?)` yet",
        FailureCause.MODEL_UNPRICED,
        "The gateway has no price for the model {unpriced!r} and did not send the call on.",
        _PRICE,
    ),
    _row(
        r"unable to calculate spend, api key disabled",
        FailureCause.MODEL_UNPRICED,
        "The gateway has no price for the model {model!r}: it threw the answer away and blocked "
        "this API key for five minutes.",
        "Wait five minutes, then choose a model that the gateway has a price for.",
    ),
    _row(
        r"unable to calculate spend",
        FailureCause.MODEL_UNPRICED,
        "The gateway has no price for the model {model!r} and threw the answer away.",
        _PRICE,
    ),
    _row(
        r"unable to extract usage, api key disabled",
        FailureCause.RESPONSE_INVALID,
        "The provider's answer held no usage that the gateway could read; it blocked this API key "
        "for five minutes.",
        "Wait five minutes. If it happens again, look at the provider behind route {route!r}.",
    ),
    _row(
        r"unable to extract usage",
        FailureCause.RESPONSE_INVALID,
        "The provider's answer held no usage that the gateway could read.",
        "Try again. If it happens again, look at the provider behind route {route!r}.",
    ),
    _row(
        r"provider credentials are not valid json|failed to get gcp access token",
        FailureCause.KEY_REJECTED,
        "The gateway cannot sign in to Google: its credentials for route {route!r} do not work.",
        "Ask whoever runs the gateway to renew them. Your own API key is not the reason.",
    ),
    _row(
        r"pricing data is required",
        FailureCause.MODEL_UNPRICED,
        "The gateway has no price for the model {model!r} and did not send the call on.",
        'Choose another model, or switch off "Require pricing data" for the provider in the '
        "gateway's console.",
    ),
)
"""Texts that no provider uses: believed in whatever form they come. The first match counts."""

LOOSE_ROWS: tuple[Row, ...] = (
    _row(
        r"\b(balance|credits?|prepaid|top up)\b",
        FailureCause.SPENDING_LIMIT,
        "The gateway account has no balance left.",
        "Add credit in the gateway's console, or choose a provider with your own key.",
    ),
    _row(
        r"\blimit[- ]exceeded\b|\b(spend|spending|budget|cost) (limit|exceeded)",
        FailureCause.SPENDING_LIMIT,
        "A spending limit is used up: the gateway refuses the call.",
        "Raise the limit in the gateway's console, or wait until its period ends (UTC).",
    ),
    _row(
        r"\b(pricing|price|priced)\b|\bmodel\b.*\bslack\b|\bslack\b.*\bmodel\b",
        FailureCause.MODEL_UNPRICED,
        "The gateway has no price for the model {model!r}.",
        _PRICE,
    ),
)
"""Texts of the hosted service that are not documented word for word: believed only where the
answer is not a provider's JSON."""

STATUS_ROWS: dict[int, Row] = {
    400: _row(
        "",
        FailureCause.REQUEST_INVALID,
        "The gateway rejected the request: {said}.",
        "Check model, parameters and messages.",
    ),
    401: _row(
        "",
        FailureCause.KEY_REJECTED,
        "The gateway rejected the API key: {said}.",
        "Check that the key is complete and was made for this gateway and region.",
    ),
    402: _row(
        "",
        FailureCause.SPENDING_LIMIT,
        "The gateway asks for payment: {said}.",
        "Add credit or raise the limit in the gateway's console.",
    ),
    403: _row(
        "",
        FailureCause.PERMISSION_DENIED,
        "The gateway refused the call: {said}.",
        "Ask whoever runs the gateway what this API key may use.",
    ),
    404: _row(
        "",
        FailureCause.PATH_NOT_FOUND,
        "The gateway at {host} has nothing at this path: {said}.",
        "Check the base URL and the route.",
    ),
    408: _row(
        "",
        FailureCause.TIMEOUT,
        "The gateway gave up waiting: {said}.",
        "Send it again.",
    ),
    413: _row(
        "",
        FailureCause.REQUEST_TOO_LARGE,
        "The request is too large for the gateway.",
        "Shorten the conversation, or attach smaller images.",
    ),
    429: _row(
        "",
        FailureCause.RATE_LIMITED,
        "The gateway limits how many calls this API key makes: {said}.",
        "Wait a moment, then send it again.",
    ),
    500: _row(
        "",
        FailureCause.UPSTREAM_UNREACHABLE,
        "The gateway could not get an answer from any provider behind route {route!r}.",
        "Send it again, or choose another route.",
    ),
    502: _row(
        "",
        FailureCause.UPSTREAM_UNREACHABLE,
        "The gateway at {host} is not answering properly: {said}.",
        "Wait a moment, then send it again.",
    ),
    503: _row(
        "",
        FailureCause.UPSTREAM_OVERLOADED,
        "The gateway at {host} is not available just now: {said}.",
        "Wait a moment, then send it again.",
    ),
    504: _row(
        "",
        FailureCause.TIMEOUT,
        "The gateway at {host} gave up waiting for the provider: {said}.",
        "Send it again, or choose a faster model.",
    ),
}
"""What a status means when the gateway made the error and its text says nothing known."""
