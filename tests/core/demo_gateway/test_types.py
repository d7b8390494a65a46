"""Every answer fits the official SDKs' own types, strictly: no unknown value, no unknown field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import anthropic.types
import groq.types.chat
import openai.types.chat
import openai.types.responses
import pytest
from google.genai import types as google_types
from pydantic import BaseModel, TypeAdapter

from gwtrace_core.demo_gateway.common.faults import Fault
from gwtrace_core.tools.tools import TOOLS
from tests.conftest import Demo
from tests.core.demo_gateway.calls import (
    ANTHROPIC,
    APIS,
    CHAT,
    COMPAT,
    GOOGLE,
    GROQ,
    RESPONSES,
    Api,
    ask,
    events,
)

_PLAIN: dict[str, type[BaseModel]] = {
    CHAT.name: openai.types.chat.ChatCompletion,
    COMPAT.name: openai.types.chat.ChatCompletion,
    GROQ.name: groq.types.chat.ChatCompletion,
    RESPONSES.name: openai.types.responses.Response,
    ANTHROPIC.name: anthropic.types.Message,
    GOOGLE.name: google_types.GenerateContentResponse,
}
_STREAMED: dict[str, Any] = {
    CHAT.name: openai.types.chat.ChatCompletionChunk,
    COMPAT.name: openai.types.chat.ChatCompletionChunk,
    GROQ.name: groq.types.chat.ChatCompletionChunk,
    RESPONSES.name: openai.types.responses.ResponseStreamEvent,
    ANTHROPIC.name: anthropic.types.RawMessageStreamEvent,
    GOOGLE.name: google_types.GenerateContentResponse,
}
# Real fields that the SDKs of this version do not name.
_UNNAMED = {
    "logfire_ai_gateway",  # added by the gateway
    "audio_tokens",  # Groq's types are a subset of what it sends
    "accepted_prediction_tokens",
    "rejected_prediction_tokens",
    "background",
    "store",
}


def _unnamed_fields(value: Any) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from value.model_extra or {}
        for name in type(value).model_fields:
            yield from _unnamed_fields(getattr(value, name))
    elif isinstance(value, list):
        for item in value:
            yield from _unnamed_fields(item)


# The unions of events are large, and building their validators takes longer than all the tests.
_adapter = cache(TypeAdapter[Any])


def _check(expected: Any, body: dict[str, Any]) -> None:
    value = _adapter(expected).validate_json(json.dumps(body), strict=True)
    assert set(_unnamed_fields(value)) <= _UNNAMED


def _tools(api: Api) -> dict[str, Any]:
    match api:
        case _ if api is ANTHROPIC:
            made = [{"name": t.name, "input_schema": dict(t.parameters)} for t in TOOLS]
        case _ if api is RESPONSES:
            made = [
                {"type": "function", "name": t.name, "parameters": dict(t.parameters)}
                for t in TOOLS
            ]
        case _ if api is GOOGLE:
            declared = [{"name": t.name, "parametersJsonSchema": dict(t.parameters)} for t in TOOLS]
            made = [{"functionDeclarations": declared}]
        case _:
            made = [
                {"type": "function", "function": {"name": t.name, "parameters": dict(t.parameters)}}
                for t in TOOLS
            ]
    return {"tools": made}


def _reasoning(api: Api) -> dict[str, Any]:
    match api:
        case _ if api is ANTHROPIC:
            return {"thinking": {"type": "enabled", "budget_tokens": 1024}}
        case _ if api is RESPONSES:
            include = ["reasoning.encrypted_content"]
            return {"reasoning": {"effort": "high", "summary": "auto"}, "include": include}
        case _ if api is GOOGLE:
            return {"generationConfig": {"thinkingConfig": {"includeThoughts": True}}}
        case _:
            return {"reasoning_effort": "high"}


KINDS = {
    "text": ("How does a gateway stream?", None),
    "tools": ("What is 2 * 3 and what time is it in Tokyo?", None),
    "reasoning": ("A bat and a ball cost 1.10 together.", None),
    "content filter": ("How does a gateway stream?", Fault.CONTENT_FILTER),
    "length": ("How does a gateway stream?", Fault.LENGTH),
}


@pytest.mark.parametrize("api", APIS, ids=lambda api: api.name)
@pytest.mark.parametrize("kind", KINDS)
def test_answers_fit_the_official_types(demo: Demo, api: Api, kind: str) -> None:
    prompt, model = KINDS[kind]
    extra = {"tools": _tools, "reasoning": _reasoning}.get(kind, lambda _: {})(api)
    plain = ask(demo.base_url, api, prompt, model=model, **extra)
    _check(_PLAIN[api.name], plain.json())
    streamed = events(ask(demo.base_url, api, prompt, model=model, stream=True, **extra))
    assert len(streamed) > 2
    for event in streamed:
        # A ping is the one event that Anthropic's union leaves out: its SDK drops it.
        if event != {"type": "ping"}:
            _check(_STREAMED[api.name], event)


def test_an_error_event_of_the_responses_api_fits_its_type(demo: Demo) -> None:
    streamed = events(ask(demo.base_url, RESPONSES, model=Fault.STREAM_ERROR, stream=True))
    _check(openai.types.responses.ResponseErrorEvent, streamed[-1])


def test_the_events_of_the_responses_api_are_numbered_without_a_gap(demo: Demo) -> None:
    streamed = events(ask(demo.base_url, RESPONSES, stream=True, **_reasoning(RESPONSES)))
    numbers = [event["sequence_number"] for event in streamed]
    assert numbers == list(range(len(streamed)))
    broken = events(ask(demo.base_url, RESPONSES, model=Fault.STREAM_ERROR, stream=True))
    assert [event["sequence_number"] for event in broken] == list(range(len(broken)))


def test_the_streams_name_their_events_as_the_providers_do(demo: Demo) -> None:
    for api in (RESPONSES, ANTHROPIC):
        text = ask(demo.base_url, api, stream=True).text
        for block in text.strip().split("\n\n"):
            name, data = block.split("\n")
            kind = json.loads(data.removeprefix("data: "))["type"]
            assert name.removeprefix("event: ") == kind
    for api in (CHAT, GROQ, GOOGLE):
        assert "event:" not in ask(demo.base_url, api, stream=True).text
