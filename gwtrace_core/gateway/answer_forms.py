"""Whether an answer with a good status is what was asked for, and what it is instead. Pure.

Sign-in pages, proxies and catch-all servers say 200 to everything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, assert_never, cast

from gwtrace_core.gateway.failures import HttpAnswer, error_in_answer, unreadable_answer
from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.gateway.wording import host_of
from gwtrace_core.values.connection import Provider, Target
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource

_MEMBERS = {
    Provider.OPENAI: "choices",
    Provider.GROQ: "choices",
    Provider.ANTHROPIC: "content",
    Provider.GOOGLE: "candidates",
    Provider.BEDROCK: "output",
}
_NO_JSON = object()


def call_failure(answer: HttpAnswer, *, target: Target, model: str) -> Failure | None:
    """Why a good status is no answer of the target's API to a call; None when it is one."""
    data = _json(answer.body)
    if _error_in(data):
        return error_in_answer(answer.body, target=target, model=model)
    if _is_call_answer(_mapping(data), target.provider):
        return None
    return unreadable_answer(
        _what_it_is(answer, data, target.provider), target=target, model=model, body=answer.body
    )


def list_failure(answer: HttpAnswer, *, target: Target) -> Failure | None:
    """The error that came in place of a list of models with a good status, None when none did."""
    if not _error_in(_json(answer.body)):
        return None
    return error_in_answer(answer.body, target=target, model="")


def is_list(answer: HttpAnswer) -> bool:
    """Whether it has the form of any provider's or gateway's list of models."""
    data = _json(answer.body)
    if isinstance(data, list):
        return all(isinstance(row, dict) for row in cast(list[object], data))
    found = _mapping(data)
    return isinstance(found.get("data"), list) or isinstance(found.get("models"), list)


def is_page(answer: HttpAnswer) -> bool:
    """Whether it is for a browser: no API answers so when all is well."""
    return "html" in answer.content_type.lower() or answer.body.lstrip()[:1] == "<"


def page_failure(target: Target) -> Failure:
    """Of a web page where an API was expected."""
    return Failure(
        source=FailureSource.SETTINGS,
        cause=FailureCause.BASE_URL_WRONG,
        message=f"{host_of(target)} answered with a web page: it is no API here.",
        hint="Most likely a sign-in page or a proxy stands before the API, or the base URL "
        f"{target.connection.base_url} is wrong. Open it in a browser to see.",
    )


def yes_to_anything_failure(answer: HttpAnswer, target: Target) -> Failure:
    """Of a good status for a request that every gateway refuses."""
    return Failure(
        source=FailureSource.SETTINGS,
        cause=FailureCause.BASE_URL_WRONG,
        message=f"{host_of(target)} answered HTTP {answer.status} to a request that every gateway "
        "refuses: it is no gateway.",
        hint=f"Check the base URL {target.connection.base_url}, and what stands before it.",
    )


def _is_call_answer(data: Mapping[str, Any], provider: Provider) -> bool:
    """A text, a request for a tool, or at least how it ended or what it took."""
    match provider:
        case Provider.OPENAI | Provider.GROQ:
            choice = _first(data.get("choices"))
            message = _mapping(choice.get("message"))
            says = message.get("content") or message.get("tool_calls")
            ended = choice.get("finish_reason") or data.get("usage")
            return bool(message and (says or ended))
        case Provider.ANTHROPIC:
            content = data.get("content")
            ended = data.get("stop_reason") or data.get("usage")
            return isinstance(content, list) and bool(_first(cast(Any, content)) or ended)
        case Provider.GOOGLE:
            candidate = _first(data.get("candidates"))
            says = _mapping(candidate.get("content")).get("parts")
            return bool(says or candidate.get("finishReason"))
        case Provider.BEDROCK:
            message = _mapping(_mapping(data.get("output")).get("message"))
            ended = data.get("stopReason") or data.get("usage")
            return bool(message and (message.get("content") or ended))
        case _:
            assert_never(provider)


def _what_it_is(answer: HttpAnswer, data: object, provider: Provider) -> str:
    if is_page(answer):
        return "it is a web page"
    if not answer.body.strip():
        return "it is empty"
    if data is _NO_JSON:
        return f"it is {answer.content_type.partition(';')[0] or 'text'} and no JSON"
    return f"it holds no answer of {PROVIDER_LABELS[provider]}'s API in {_MEMBERS[provider]!r}"


def _error_in(data: object) -> bool:
    # Google may wrap it in a list.
    return bool(_mapping(data).get("error") or _first(data).get("error"))


def _json(body: str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return _NO_JSON


def _first(value: object) -> Mapping[str, Any]:
    rows = cast(list[object], value) if isinstance(value, list) else []
    return _mapping(rows[0]) if rows else {}


def _mapping(value: object) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], value) if isinstance(value, dict) else {}
