"""What a provider's own error means, from its status, its type and its words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gwtrace_core.gateway.answer_text import Said
from gwtrace_core.values.errors import FailureCause


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Cause, message and hint; templates may use {provider}, {model}, {said} and {key_owner}."""

    cause: FailureCause
    message: str
    hint: str


def _verdict(cause: FailureCause, message: str, hint: str) -> Verdict:
    return Verdict(cause=cause, message=message, hint=hint)


_MODEL_UNKNOWN = _verdict(
    FailureCause.MODEL_UNKNOWN,
    "{provider} does not know the model {model!r}: {said}.",
    "Choose another model. Behind a routing group the id must exist at every member.",
)
_KEY_REJECTED = _verdict(
    FailureCause.KEY_REJECTED,
    "{provider} rejected the API key{key_owner}: {said}.",
    "{key_hint}",
)
_QUOTA = _verdict(
    FailureCause.SPENDING_LIMIT,
    "The account at {provider} has no quota or credit left: {said}.",
    "Add credit at the provider, or choose another provider.",
)
_OVERLOADED = _verdict(
    FailureCause.UPSTREAM_OVERLOADED,
    "{provider} is overloaded: {said}.",
    "Wait a moment, then send it again, or choose another model.",
)
_TOO_LARGE = _verdict(
    FailureCause.REQUEST_TOO_LARGE,
    "The request is too large for {model!r}: {said}.",
    "Shorten the conversation, attach smaller images, or choose a model with a larger context.",
)
_FILTERED = _verdict(
    FailureCause.CONTENT_FILTERED,
    "{provider}'s content filter refused the request: {said}.",
    "Word the message differently.",
)

_BY_WORDS: tuple[tuple[re.Pattern[str], frozenset[int], Verdict], ...] = (
    (
        re.compile(
            r"context_length_exceeded|maximum context length|prompt is too long|too many tokens"
            r"|input token count.*exceeds|input is too long|request_too_large"
            # llama.cpp, now and before
            r"|exceed_context_size|exceeds? the (available )?context"
        ),
        frozenset({400, 413, 422, 500}),
        _TOO_LARGE,
    ),
    (
        re.compile(r"content_filter|content_policy|content management policy|moderation_blocked"),
        frozenset({400, 403}),
        _FILTERED,
    ),
    (
        re.compile(r"insufficient_quota|exceeded your current quota|credit balance|billing"),
        frozenset({400, 402, 403, 429}),
        _QUOTA,
    ),
    (
        re.compile(r"api key not valid|api_key_invalid|invalid_api_key|incorrect api key"),
        frozenset({400, 401, 403}),
        _KEY_REJECTED,
    ),
    (
        re.compile(
            r"model_not_found|model_decommissioned|model identifier is invalid|publisher model"
            r"|model\b.*\b(does not exist|not found|not supported)|^model: |models/\S+ is not found"
            r"|no such model|unknown model|invalid model"
        ),
        frozenset({400, 403, 404}),
        _MODEL_UNKNOWN,
    ),
    (re.compile(r"overloaded"), frozenset({429, 500, 503, 529}), _OVERLOADED),
)

_BY_STATUS: dict[int, Verdict] = {
    401: _KEY_REJECTED,
    402: _QUOTA,
    403: _verdict(
        FailureCause.PERMISSION_DENIED,
        "{provider} refused the call: {said}.",
        "Check what the API key{key_owner} may use at {provider}.",
    ),
    404: _verdict(
        FailureCause.PATH_NOT_FOUND,
        "{provider} has nothing at the requested path: {said}.",
        "Check the model's id and the base URL.",
    ),
    408: _verdict(FailureCause.TIMEOUT, "{provider} gave up waiting: {said}.", "Send it again."),
    413: _TOO_LARGE,
    429: _verdict(
        FailureCause.RATE_LIMITED,
        "{provider}'s rate limit is reached: {said}.",
        "Wait, then send it again, or choose another model.",
    ),
    503: _OVERLOADED,
    504: _verdict(
        FailureCause.TIMEOUT,
        "{provider} took too long: {said}.",
        "Send it again, or choose a faster model.",
    ),
    529: _OVERLOADED,
}
_REJECTED = _verdict(
    FailureCause.REQUEST_INVALID,
    "{provider} rejected the request: {said}.",
    "Change what the message names, then send it again.",
)
_SERVER_ERROR = _verdict(
    FailureCause.UPSTREAM_ERROR,
    "{provider} failed: {said}.",
    "Send it again. If it goes on, look at the provider's status page.",
)
_UNKNOWN = _verdict(
    FailureCause.UNKNOWN, "{provider} gave an answer that is not known here: {said}.", ""
)


def provider_verdict(status: int, said: Said) -> Verdict:
    """The most specific thing that can be said; words count before the status."""
    text = f"{said.kind}\n{said.words}".lower()[:8_000]
    for pattern, statuses, verdict in _BY_WORDS:
        if status in statuses and any(pattern.search(line) for line in text.splitlines()):
            return verdict
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 400 <= status < 500:
        return _REJECTED
    return _SERVER_ERROR if status >= 500 else _UNKNOWN
