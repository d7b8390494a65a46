"""Anthropic's Messages API."""

from __future__ import annotations

import json
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
from gwtrace_core.demo_gateway.model.generation import Finish, Generation, TokenUsage

_STOP_REASON = {
    Finish.STOP: "end_turn",
    Finish.STOP_SEQUENCE: "stop_sequence",
    Finish.LENGTH: "max_tokens",
    Finish.TOOL_CALLS: "tool_use",
    Finish.CONTENT_FILTER: "refusal",
}

_ERRORS: dict[ErrorKind, tuple[int, str, str]] = {
    "invalid_request": (400, "invalid_request_error", "Invalid request."),
    "invalid_key": (401, "authentication_error", "invalid x-api-key"),
    "model_not_found": (404, "not_found_error", "model: {model}"),
    "path_not_found": (404, "not_found_error", "Not found"),
    "rate_limit": (
        429,
        "rate_limit_error",
        "This request would exceed your organization's rate limit of 50 requests per minute.",
    ),
    "server_error": (500, "api_error", "Internal server error"),
    "unavailable": (503, "api_error", "Service unavailable"),
    "overloaded": (529, "overloaded_error", "Overloaded"),
}


class AnthropicMessages:
    """The Messages API. Thinking is shown as signed blocks if the request asks for it."""

    def parse(self, body: Json, *, path: str) -> Conversation:
        """Read a request body, also that of `count_tokens`, which has no `max_tokens`."""
        messages = as_list(body.get("messages"))
        if not messages:
            raise BadRequestError("messages: Field required", param="messages")
        limit = as_count(body.get("max_tokens"), param="max_tokens")
        if limit is None and not path.endswith("count_tokens"):
            raise BadRequestError("max_tokens: Field required", param="max_tokens")
        thinking = as_mapping(body.get("thinking"))
        wanted = thinking.get("type") in ("enabled", "adaptive") if thinking else None
        turns = [_read_message(as_mapping(message)) for message in messages]
        return Conversation(
            model=as_text(body.get("model")),
            turns=tuple(turns),
            system=_read_system(body.get("system")),
            stream=body.get("stream") is True,
            tools=_read_tools(body),
            tool_choice=_read_tool_choice(as_mapping(body.get("tool_choice"))),
            max_output_tokens=limit,
            stop=tuple(map(as_text, as_list(body.get("stop_sequences")))),
            reasoning=wanted,
            show_reasoning=wanted is True and thinking.get("display") != "omitted",
            json_schema=_read_schema(body),
            cache_marked='"cache_control"' in json.dumps(body),
        )

    def plain(self, generation: Generation, conversation: Conversation) -> Json:
        """A `message`."""
        return {
            **_head(generation),
            "content": _blocks(generation, conversation),
            **_ending(generation),
            "usage": _usage(generation.usage),
        }

    def frames(self, generation: Generation, conversation: Conversation) -> Sequence[Frame]:
        """Events from `message_start` to `message_stop`."""
        usage = _usage(generation.usage)
        start: Json = {
            **_head(generation),
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {**usage, "output_tokens": 1},
        }
        frames = [
            sse({"type": "message_start", "message": start}, event="message_start"),
            sse({"type": "ping"}, event="ping"),
        ]
        if not conversation.show_reasoning:
            hidden = generation.chunks(generation.reasoning)
            frames.extend(Frame(data=b"", tokens=piece.tokens) for piece in hidden)
        for index, block in enumerate(_blocks(generation, conversation)):
            frames.extend(_block_frames(generation, block, index))
        delta = {"type": "message_delta", "delta": _ending(generation), "usage": _late(usage)}
        frames += [
            sse(delta, event="message_delta"),
            sse({"type": "message_stop"}, event="message_stop"),
        ]
        return frames

    def error(self, error: ProviderError, *, request_id: str) -> HttpError:
        """Anthropic's error body."""
        status, type_, usual = _ERRORS[error.kind]
        message = error.message or usual.format(model=error.model)
        body = {
            "type": "error",
            "error": {"type": type_, "message": message},
            "request_id": request_id,
        }
        return HttpError(status=status, body=body)

    def error_frame(self, error: ProviderError, *, request_id: str, position: int) -> Frame:
        """An `error` event."""
        return sse(self.error(error, request_id=request_id).body, event="error")

    def headers(self, request_id: str) -> Mapping[str, str]:
        """Anthropic's name for the request id."""
        return {"request-id": request_id}


def _head(generation: Generation) -> Json:
    return {
        "id": new_id("msg_01", size=22),
        "type": "message",
        "role": "assistant",
        "model": generation.response_model,
    }


def _ending(generation: Generation) -> Json:
    ending: Json = {
        "stop_reason": _STOP_REASON[generation.finish],
        "stop_sequence": generation.stop_sequence,
    }
    if generation.finish is Finish.CONTENT_FILTER:
        explanation = "Simulated: a safety filter stopped the answer."
        ending["stop_details"] = {"type": "refusal", "category": None, "explanation": explanation}
    return ending


def _blocks(generation: Generation, conversation: Conversation) -> list[Json]:
    blocks: list[Json] = []
    if generation.reasoning and conversation.show_reasoning:
        signature = f"demo-signature-{generation.seed:016x}"
        blocks.append(
            {"type": "thinking", "thinking": generation.reasoning, "signature": signature}
        )
    if generation.text:
        blocks.append({"type": "text", "text": generation.text})
    blocks.extend(
        {
            "type": "tool_use",
            "id": new_id("toolu_01", size=22),
            "name": call.name,
            "input": dict(call.arguments),
        }
        for call in generation.tool_calls
    )
    return blocks


def _block_frames(generation: Generation, block: Json, index: int) -> list[Frame]:
    """Start, deltas and stop of one content block."""
    opened: Json
    match block["type"]:
        case "thinking":
            opened, text = {**block, "thinking": "", "signature": ""}, block["thinking"]
            kind, field = "thinking_delta", "thinking"
        case "text":
            opened, text = {**block, "text": ""}, block["text"]
            kind, field = "text_delta", "text"
        case _:
            opened, text = {**block, "input": Json()}, json.dumps(block["input"])
            kind, field = "input_json_delta", "partial_json"

    def delta(value: Json, tokens: int = 0) -> Frame:
        event = {"type": "content_block_delta", "index": index, "delta": value}
        return sse(event, event="content_block_delta", tokens=tokens)

    start: Json = {"type": "content_block_start", "index": index, "content_block": opened}
    frames = [sse(start, event="content_block_start")]
    if kind == "input_json_delta":
        frames.append(delta({"type": kind, field: ""}, 8))
    frames.extend(delta({"type": kind, field: p.text}, p.tokens) for p in generation.chunks(text))
    if kind == "thinking_delta":
        frames.append(delta({"type": "signature_delta", "signature": block["signature"]}))
    stop = {"type": "content_block_stop", "index": index}
    return [*frames, sse(stop, event="content_block_stop")]


def _usage(usage: TokenUsage) -> Json:
    """Anthropic counts cached tokens apart from `input_tokens`."""
    read, written = usage.cache_read_tokens, usage.cache_write_tokens
    return {
        "input_tokens": usage.input_tokens - read - written,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": written,
            "ephemeral_1h_input_tokens": 0,
        },
        "output_tokens": usage.output_tokens,
        "service_tier": "standard",
    }


def _late(usage: Json) -> Json:
    """The usage that `message_delta` repeats, which is what the gateway prices."""
    names = (
        "input_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
        "output_tokens",
    )
    return {name: usage[name] for name in names}


def _read_system(system: Any) -> str:
    if isinstance(system, str):
        return as_text(system)
    return "\n".join(as_text(as_mapping(part).get("text")) for part in as_list(system))


def _read_message(message: Json) -> Turn:
    role = message.get("role")
    if role not in ("user", "assistant"):
        raise BadRequestError(f"messages: Unexpected role {role!r}.", param="messages")
    content = message.get("content")
    if isinstance(content, str):
        return Turn(role=role, text=as_text(content))
    blocks = [as_mapping(block) for block in as_list(content)]
    return Turn(
        role=role,
        text="".join(as_text(b.get("text")) for b in blocks if b.get("type") == "text"),
        images=tuple(_read_image(b) for b in blocks if b.get("type") == "image"),
        tool_calls=tuple(
            ToolCall(
                id=as_text(b.get("id")),
                name=as_text(b.get("name")),
                arguments=as_mapping(b.get("input")),
            )
            for b in blocks
            if b.get("type") == "tool_use"
        ),
        tool_outputs=tuple(_read_output(b) for b in blocks if b.get("type") == "tool_result"),
    )


def _read_image(block: Json) -> ImageInput:
    source = as_mapping(block.get("source"))
    if source.get("type") != "base64":
        return ImageInput(media_type="image/*", size_bytes=None)
    media_type = as_text(source.get("media_type")) or "image/*"
    return ImageInput(media_type=media_type, size_bytes=base64_size(source.get("data")))


def _read_output(block: Json) -> ToolOutput:
    return ToolOutput(
        call_id=as_text(block.get("tool_use_id")), text=_read_system(block.get("content"))
    )


def _read_tools(body: Json) -> tuple[ToolOffer, ...]:
    tools = [as_mapping(tool) for tool in as_list(body.get("tools"))]
    return tuple(
        ToolOffer(name=as_text(tool.get("name")), parameters=as_mapping(tool.get("input_schema")))
        for tool in tools
        if "input_schema" in tool
    )


def _read_tool_choice(choice: Json) -> str:
    match choice.get("type"):
        case "any":
            return "required"
        case "tool":
            return as_text(choice.get("name"))
        case "none":
            return "none"
        case _:
            return "auto"


def _read_schema(body: Json) -> Mapping[str, Any] | None:
    config = as_mapping(body.get("output_config"))
    wish = as_mapping(config.get("format")) or as_mapping(body.get("output_format"))
    return as_mapping(wish.get("schema")) if wish.get("type") == "json_schema" else None
