"""Google's generateContent, as Vertex AI speaks it."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from gwtrace_core.demo_gateway.formats.frames import Frame, HttpError, new_id, sse
from gwtrace_core.demo_gateway.model.conversation import (
    BadRequestError,
    Conversation,
    ErrorKind,
    ImageInput,
    Json,
    ProviderError,
    ToolCall,
    ToolOffer,
    ToolOutput,
    Turn,
    as_count,
    as_list,
    as_mapping,
    as_text,
    base64_size,
)
from gwtrace_core.demo_gateway.model.generation import Finish, Generation

_FINISH = {
    Finish.STOP: "STOP",
    Finish.STOP_SEQUENCE: "STOP",
    Finish.LENGTH: "MAX_TOKENS",
    Finish.TOOL_CALLS: "STOP",
    Finish.CONTENT_FILTER: "SAFETY",
}

_ERRORS: dict[ErrorKind, tuple[int, str, str]] = {
    "invalid_request": (400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
    "invalid_key": (
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
        "cookie or other valid authentication credential.",
    ),
    "model_not_found": (
        404,
        "NOT_FOUND",
        "Publisher Model `projects/demo/locations/global/publishers/google/models/{model}` was "
        "not found or your project does not have access to it. Please ensure you are using a "
        "valid model version.",
    ),
    "path_not_found": (404, "NOT_FOUND", "Requested entity was not found."),
    "rate_limit": (429, "RESOURCE_EXHAUSTED", "Resource exhausted. Please try again later."),
    "server_error": (500, "INTERNAL", "Internal error encountered."),
    "unavailable": (503, "UNAVAILABLE", "The service is currently unavailable."),
    "overloaded": (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
}


class GoogleGenerate:
    """`generateContent` and `streamGenerateContent`. Thoughts are shown if asked for."""

    def parse(self, body: Json, *, path: str) -> Conversation:
        """Read a request; model and streaming are in the path."""
        contents = as_list(body.get("contents"))
        if not contents:
            raise BadRequestError("contents is not specified", param="contents")
        model, _, action = path.rpartition("/models/")[2].partition(":")
        config = as_mapping(_get(body, "generationConfig"))
        thinking = as_mapping(_get(config, "thinkingConfig"))
        calls = _CallIds()
        return Conversation(
            model=model,
            turns=tuple(_read_content(as_mapping(content), calls) for content in contents),
            system=_text(as_mapping(_get(body, "systemInstruction")).get("parts")),
            stream=action == "streamGenerateContent",
            tools=_read_tools(body),
            tool_choice=_read_tool_choice(body),
            max_output_tokens=as_count(_get(config, "maxOutputTokens"), param="maxOutputTokens"),
            stop=tuple(map(as_text, as_list(_get(config, "stopSequences")))),
            reasoning=_asked_to_think(thinking),
            show_reasoning=_get(thinking, "includeThoughts") is True,
            json_schema=_read_schema(config),
        )

    def plain(self, generation: Generation, conversation: Conversation) -> Json:
        """A `GenerateContentResponse`."""
        parts: list[Json] = []
        if generation.reasoning and conversation.show_reasoning:
            parts.append({"text": generation.reasoning, "thought": True})
        if generation.text:
            parts.append({"text": generation.text})
        parts.extend(_calls(generation))
        return {**_head(generation), **_ending(generation, parts)}

    def frames(self, generation: Generation, conversation: Conversation) -> Sequence[Frame]:
        """One whole response object per event; the last one has the finish reason and usage."""
        head = _head(generation)

        def event(part: Json, tokens: int) -> Frame:
            content = {"role": "model", "parts": [part]}
            return sse({"candidates": [{"content": content, "index": 0}], **head}, tokens=tokens)

        frames: list[Frame] = []
        for piece in generation.chunks(generation.reasoning):
            if conversation.show_reasoning:
                frames.append(event({"text": piece.text, "thought": True}, piece.tokens))
            else:
                frames.append(Frame(data=b"", tokens=piece.tokens))
        pieces = generation.chunks(generation.text)
        frames.extend(event({"text": piece.text}, piece.tokens) for piece in pieces)
        frames.extend(event(call, 12) for call in _calls(generation))
        frames.append(sse({**head, **_ending(generation, [{"text": ""}])}))
        return frames

    def error(self, error: ProviderError, *, request_id: str) -> HttpError:
        """Google's error body."""
        status, name, usual = _ERRORS[error.kind]
        message = error.message or usual.format(model=error.model)
        return HttpError(
            status=status, body={"error": {"code": status, "message": message, "status": name}}
        )

    def error_frame(self, error: ProviderError, *, request_id: str, position: int) -> Frame:
        """An error object in place of a response."""
        return sse(self.error(error, request_id=request_id).body)

    def headers(self, request_id: str) -> Mapping[str, str]:
        """Google names the response in its body, not in a header."""
        return {"server": "scaffolding on HTTPServer2"}


def _head(generation: Generation) -> Json:
    return {"modelVersion": generation.response_model, "responseId": new_id("demo", size=22)}


def _calls(generation: Generation) -> list[Json]:
    signature = base64.b64encode(f"demo {generation.seed:x}".encode()).decode()
    calls: list[Json] = [
        {"functionCall": {"name": call.name, "args": dict(call.arguments)}}
        for call in generation.tool_calls
    ]
    if calls and generation.reasoning:
        # Gemini signs the first call of a step, and wants the signature back.
        calls[0]["thoughtSignature"] = signature
    return calls


def _ending(generation: Generation, parts: list[Json]) -> Json:
    usage = generation.usage
    shown = usage.output_tokens - usage.reasoning_tokens
    counts: Json = {
        "promptTokenCount": usage.input_tokens,
        "candidatesTokenCount": shown,
        "totalTokenCount": usage.input_tokens + usage.output_tokens,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": usage.input_tokens}],
        "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": shown}],
        "trafficType": "ON_DEMAND",
    }
    if usage.reasoning_tokens:
        counts["thoughtsTokenCount"] = usage.reasoning_tokens
    if usage.cache_read_tokens:
        counts["cachedContentTokenCount"] = usage.cache_read_tokens
    candidate = {
        "content": {"role": "model", "parts": parts},
        "finishReason": _FINISH[generation.finish],
        "index": 0,
    }
    return {"candidates": [candidate], "usageMetadata": counts}


class _CallIds:
    """Pairs calls and answers that carry no ids, as Google does: by name and order."""

    def __init__(self) -> None:
        self._open: dict[str, list[str]] = {}
        self._count = 0

    def called(self, name: str) -> str:
        self._count += 1
        self._open.setdefault(name, []).append(f"call-{self._count}")
        return f"call-{self._count}"

    def answered(self, name: str) -> str:
        waiting = self._open.get(name)
        return waiting.pop(0) if waiting else ""


def _read_content(content: Json, ids: _CallIds) -> Turn:
    parts = [as_mapping(part) for part in as_list(content.get("parts"))]
    calls = _members(parts, "functionCall")
    outputs = _members(parts, "functionResponse")
    return Turn(
        role="assistant" if content.get("role") == "model" else "user",
        text=_text([part for part in parts if not part.get("thought")]),
        images=tuple(map(_read_image, _members(parts, "inlineData"))),
        tool_calls=tuple(
            ToolCall(
                id=as_text(call.get("id")) or ids.called(as_text(call.get("name"))),
                name=as_text(call.get("name")),
                arguments=as_mapping(call.get("args")),
            )
            for call in calls
        ),
        tool_outputs=tuple(
            ToolOutput(
                call_id=as_text(output.get("id")) or ids.answered(as_text(output.get("name"))),
                text=_output_text(as_mapping(output.get("response"))),
            )
            for output in outputs
        ),
    )


def _get(message: Json, name: str) -> Any:
    """A field by its JSON name or its proto name: Google takes both, and its SDK sends both."""
    if name in message:
        return message[name]
    return message.get(re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name))


def _members(parts: list[Json], name: str) -> list[Json]:
    found = [_get(part, name) for part in parts]
    return [as_mapping(member) for member in found if member is not None]


def _output_text(response: Json) -> str:
    """The tool's answer, which callers wrap in an object of their own."""
    return ", ".join(str(value) for value in response.values())


def _text(parts: Any) -> str:
    return "".join(as_text(as_mapping(part).get("text")) for part in as_list(parts))


def _read_image(data: Json) -> ImageInput:
    media_type = as_text(_get(data, "mimeType")) or "image/*"
    return ImageInput(media_type=media_type, size_bytes=base64_size(data.get("data")))


def _asked_to_think(thinking: Json) -> bool | None:
    if not thinking:
        return None
    return _get(thinking, "thinkingBudget") != 0


def _read_tools(body: Json) -> tuple[ToolOffer, ...]:
    declared = [
        as_mapping(declaration)
        for tool in as_list(body.get("tools"))
        for declaration in as_list(_get(as_mapping(tool), "functionDeclarations"))
    ]
    return tuple(
        ToolOffer(
            name=as_text(tool.get("name")),
            parameters=as_mapping(_get(tool, "parametersJsonSchema") or _get(tool, "parameters")),
        )
        for tool in declared
    )


def _read_tool_choice(body: Json) -> str:
    config = as_mapping(as_mapping(_get(body, "toolConfig")).get("functionCallingConfig"))
    allowed = as_list(_get(config, "allowedFunctionNames"))
    match config.get("mode"):
        case "ANY":
            return as_text(allowed[0]) if len(allowed) == 1 else "required"
        case "NONE":
            return "none"
        case _:
            return "auto"


def _read_schema(config: Json) -> Mapping[str, Any] | None:
    if _get(config, "responseMimeType") != "application/json":
        return None
    schema = _get(config, "responseJsonSchema") or _get(config, "responseSchema")
    return as_mapping(schema) or {"type": "object", "properties": {"answer": {"type": "string"}}}
