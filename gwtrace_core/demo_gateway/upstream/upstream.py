"""The simulated providers behind the gateway, faults included."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gwtrace_core.demo_gateway.common.faults import Fault, find_fault
from gwtrace_core.demo_gateway.formats.answer_forms import (
    Answer,
    StreamAnswer,
    error_answer,
    json_answer,
)
from gwtrace_core.demo_gateway.formats.anthropic_messages import AnthropicMessages
from gwtrace_core.demo_gateway.formats.frames import Frame, WireFormat, new_id
from gwtrace_core.demo_gateway.formats.google_generate import GoogleGenerate
from gwtrace_core.demo_gateway.formats.openai_chat import OpenAIChat
from gwtrace_core.demo_gateway.formats.openai_responses import OpenAIResponses
from gwtrace_core.demo_gateway.model.conversation import (
    BadRequestError,
    ErrorKind,
    ProviderError,
    as_mapping,
)
from gwtrace_core.demo_gateway.model.generation import PromptCache, count_input_tokens, generate
from gwtrace_core.demo_gateway.model.models import DemoModel, Family, default_model, find_model
from gwtrace_core.demo_gateway.model.parameter_rules import refused_setting
from gwtrace_core.demo_gateway.upstream.fault_answers import (
    early_answer,
    plain_answer,
    stream_answer,
)

_SLOW_FIRST_TOKEN_MS = 10_000


_GOOGLE_PATH = re.compile(
    r"v1(?:beta1?)?/(?:projects/[^/]+/locations/[^/]+/)?(?:publishers/google/)?"
    r"models/[^/:]+:(?:generateContent|streamGenerateContent)"
)
_CHAT, _RESPONSES = OpenAIChat(), OpenAIResponses()
_MESSAGES, _GOOGLE = AnthropicMessages(), GoogleGenerate()
_FORMATS: Mapping[Family, Mapping[str, WireFormat]] = {
    "openai": {"chat/completions": _CHAT, "responses": _RESPONSES},
    "anthropic": {
        "v1/messages": _MESSAGES,
        "v1/messages/count_tokens": _MESSAGES,
        "v1/chat/completions": OpenAIChat("anthropic"),
    },
    "groq": {"openai/v1/chat/completions": OpenAIChat("groq")},
    "google-vertex": {},
}


@dataclass(slots=True)
class Provider:
    """One provider as the gateway knows it: a key of its own and an API of some family."""

    key: str
    family: Family
    fails: ErrorKind | None = None
    """The error that it answers every request with."""
    _cache: PromptCache = field(default_factory=PromptCache)

    def call(self, path: str, body: Any, *, query: str, caller_key: str) -> Answer:
        """Answer one POST request to `path` (below the provider's base URL)."""
        wire = self._format(path)
        request_id = new_id("req_")
        request = as_mapping(body)
        if wire is None:
            return error_answer(self._any_format(), self._path_error(path), request_id)
        if self.fails is not None:
            return error_answer(wire, ProviderError(kind=self.fails), request_id)
        try:
            conversation = wire.parse(request, path=path)
        except BadRequestError as refused:
            error = ProviderError(
                kind="invalid_request", message=refused.message, param=refused.param
            )
            return error_answer(wire, error, request_id)
        fault = find_fault(conversation.model)
        model = find_model(conversation.model, self.family)
        if fault is not None:
            model = default_model(self.family)
            if fault is Fault.SLOW:
                model = replace(
                    model, pace=replace(model.pace, first_token_ms=_SLOW_FIRST_TOKEN_MS)
                )
        if model is None:
            error = ProviderError(kind="model_not_found", model=conversation.model, param="model")
            return error_answer(wire, error, request_id)
        input_tokens = count_input_tokens(conversation)
        if path.endswith("count_tokens"):
            return json_answer(200, {"input_tokens": input_tokens}, wire.headers(request_id))
        if input_tokens > model.context_window:
            return error_answer(wire, _too_long(input_tokens, model), request_id)
        refused = refused_setting(model, request, conversation, path=path)
        if refused is not None and fault is None:
            return error_answer(wire, refused, request_id)
        early = early_answer(fault, wire, conversation, request_id, caller_key)
        if early is not None:
            return early
        generation = generate(conversation, model, cache=self._cache, fault=fault)
        if not conversation.stream:
            return plain_answer(wire, generation, conversation, request_id, fault)
        answer = stream_answer(wire, generation, conversation, request_id, fault)
        # Google's own default is one JSON array; every SDK asks for events.
        as_array = self.family == "google-vertex" and "alt=sse" not in query
        return _as_json_array(answer) if as_array else answer

    def _format(self, path: str) -> WireFormat | None:
        if self.family == "google-vertex" and _GOOGLE_PATH.fullmatch(path):
            return _GOOGLE
        return _FORMATS[self.family].get(path)

    def _any_format(self) -> WireFormat:
        return next(iter(_FORMATS[self.family].values()), _GOOGLE)

    def _path_error(self, path: str) -> ProviderError:
        message = ""
        if self.family == "openai" and path == "completions":
            message = (
                "This is a chat model and not supported in the v1/completions endpoint. Did you "
                "mean to use v1/chat/completions?"
            )
        elif self.family == "openai":
            message = f"Invalid URL (POST /v1/{path})"
        elif self.family == "groq":
            message = (
                f"Unknown request URL: POST /{path}. Please check the URL for typos, or see the "
                "docs at https://console.groq.com/docs/"
            )
        return ProviderError(kind="path_not_found", message=message)


def _too_long(input_tokens: int, model: DemoModel) -> ProviderError:
    limit = model.context_window
    message = {
        "anthropic": f"prompt is too long: {input_tokens} tokens > {limit} maximum",
        "google-vertex": f"The input token count ({input_tokens}) exceeds the maximum number of "
        f"tokens allowed ({limit}).",
    }.get(
        model.family,
        f"This model's maximum context length is {limit} tokens. However, your messages resulted "
        f"in {input_tokens} tokens. Please reduce the length of the messages.",
    )
    return ProviderError(
        kind="invalid_request", message=message, param="messages", code="context_length_exceeded"
    )


def _as_json_array(answer: StreamAnswer) -> StreamAnswer:
    frames: list[Frame] = []
    for frame in answer.frames:
        data = frame.data.removeprefix(b"data: ").rstrip()
        lead = b"[" if not any(f.data for f in frames) else b",\n"
        frames.append(replace(frame, data=lead + data if data else b""))
    if answer.end == "complete":
        frames.append(Frame(data=b"]"))
    headers = {**answer.headers, "content-type": "application/json"}
    return replace(answer, frames=frames, headers=headers)
