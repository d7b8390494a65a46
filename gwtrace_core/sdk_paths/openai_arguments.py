"""The arguments of a call to OpenAI's two APIs, which are the bodies of the requests too."""

from __future__ import annotations

from typing import Any

from gwtrace_core.gateway.catalog import Capabilities
from gwtrace_core.sdk_paths.request import (
    chosen_tools,
    data_url,
    sendable_messages,
    taken_parameters,
)
from gwtrace_core.values.connection import ConnectionKind, Provider, Target
from gwtrace_core.values.request import ChatRequest, Message
from gwtrace_core.values.unicode_text import clean_text


def chat_arguments(request: ChatRequest, target: Target, able: Capabilities) -> dict[str, Any]:
    """What the SDK's `chat.completions.create` is called with."""
    lane, taken = request.lane, taken_parameters(request, able)
    tools = chosen_tools(request, able)
    messages: list[dict[str, Any]] = []
    if request.system_prompt.strip():
        messages.append({"role": "system", "content": clean_text(request.system_prompt)})
    messages.extend(_chat_message(message) for message in sendable_messages(request.messages))
    arguments: dict[str, Any] = {"model": lane.model, "messages": messages}
    if taken.temperature is not None:
        arguments["temperature"] = taken.temperature
    if taken.max_output_tokens is not None:
        arguments[_max_tokens_name(target)] = taken.max_output_tokens
    if taken.top_p is not None:
        arguments["top_p"] = taken.top_p
    if taken.stop:
        arguments["stop"] = list(taken.stop)
    if taken.reasoning_effort is not None:
        arguments["reasoning_effort"] = taken.reasoning_effort
    if tools:
        arguments["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.parameters,
                },
            }
            for tool in tools
        ]
    if lane.streamed:
        arguments["stream"] = True
        arguments["stream_options"] = {"include_usage": True}
    return arguments


def _max_tokens_name(target: Target) -> str:
    # OpenAI's reasoning models refuse the old name, and many compatible servers ignore the new.
    own = target.provider is Provider.OPENAI and target.connection.kind is not ConnectionKind.CUSTOM
    return "max_completion_tokens" if own else "max_tokens"


def _chat_message(message: Message) -> dict[str, Any]:
    text = clean_text(message.text)
    if not message.images:
        return {"role": message.role, "content": text}
    parts: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": data_url(image)}} for image in message.images
    ]
    if text.strip():
        parts.append({"type": "text", "text": text})
    return {"role": message.role, "content": parts}


def responses_arguments(request: ChatRequest, able: Capabilities) -> dict[str, Any]:
    """What the SDK's `responses.create` is called with."""
    lane, taken = request.lane, taken_parameters(request, able)
    tools = chosen_tools(request, able)
    arguments: dict[str, Any] = {
        "model": lane.model,
        "input": [_input_message(message) for message in sendable_messages(request.messages)],
        "store": False,
    }
    if request.system_prompt.strip():
        arguments["instructions"] = clean_text(request.system_prompt)
    if taken.temperature is not None:
        arguments["temperature"] = taken.temperature
    if taken.max_output_tokens is not None:
        arguments["max_output_tokens"] = taken.max_output_tokens
    if taken.top_p is not None:
        arguments["top_p"] = taken.top_p
    if taken.reasoning_effort is not None:
        arguments["reasoning"] = {"effort": taken.reasoning_effort, "summary": "auto"}
    if tools:
        arguments["tools"] = [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
                "strict": False,
            }
            for tool in tools
        ]
        if able.reasoning:
            # The next round sends the reasoning back, which is nowhere stored.
            arguments["include"] = ["reasoning.encrypted_content"]
    if lane.streamed:
        arguments["stream"] = True
    return arguments


def _input_message(message: Message) -> dict[str, Any]:
    text = clean_text(message.text)
    if not message.images:
        return {"role": message.role, "content": text}
    parts: list[dict[str, Any]] = [
        {"type": "input_image", "image_url": data_url(image), "detail": "auto"}
        for image in message.images
    ]
    if text.strip():
        parts.append({"type": "input_text", "text": text})
    return {"role": message.role, "content": parts}
