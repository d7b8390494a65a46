"""The arguments of a call to Anthropic's messages API, also as the agent's settings want them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gwtrace_core.gateway.catalog import Capabilities
from gwtrace_core.sdk_paths.request import (
    base64_data,
    chosen_tools,
    sendable_messages,
    taken_parameters,
)
from gwtrace_core.values.request import ChatRequest, Message, ReasoningEffort
from gwtrace_core.values.unicode_text import clean_text

# The API wants a limit in every request; this one fits every model still served.
DEFAULT_MAX_TOKENS = 8_192

# Models before adaptive thinking take a number of tokens instead of an effort.
_BUDGET_TOKENS: Mapping[ReasoningEffort, int] = {
    "minimal": 1_024,
    "low": 2_048,
    "medium": 10_000,
    "high": 16_384,
}


def messages_arguments(request: ChatRequest, able: Capabilities) -> dict[str, Any]:
    """What the SDK's `create` and `stream` are called with."""
    lane, taken = request.lane, taken_parameters(request, able)
    tools = chosen_tools(request, able)
    arguments: dict[str, Any] = {
        "model": lane.model,
        "messages": [_message(message) for message in sendable_messages(request.messages)],
        "max_tokens": taken.max_output_tokens or DEFAULT_MAX_TOKENS,
    }
    if request.system_prompt.strip():
        arguments["system"] = clean_text(request.system_prompt)
    if taken.reasoning_effort is not None:
        arguments.update(thinking_arguments(able, taken.reasoning_effort, arguments["max_tokens"]))
    sampling = {"temperature": taken.temperature, "top_p": taken.top_p}
    sampling = {name: value for name, value in sampling.items() if value is not None}
    if sampling:
        # The API takes them of many models still; the SDK has dropped the arguments.
        arguments["extra_body"] = sampling
    if taken.stop:
        arguments["stop_sequences"] = list(taken.stop)
    if tools:
        arguments["tools"] = [
            {
                "name": tool.name,
                "description": tool.description,
                "input_schema": tool.parameters,
            }
            for tool in tools
        ]
    return arguments


def thinking_arguments(
    able: Capabilities, effort: ReasoningEffort, max_tokens: int
) -> dict[str, Any]:
    """`thinking` and what goes with it: `output_config`, or a higher `max_tokens`."""
    if able.thinking == "budget":
        budget_tokens = _BUDGET_TOKENS[effort]
        return {
            "thinking": {"type": "enabled", "budget_tokens": budget_tokens},
            # The limit counts thinking too and has to be above its budget.
            "max_tokens": max_tokens + budget_tokens,
        }
    return {
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": "low" if effort == "minimal" else effort},
    }


def _message(message: Message) -> dict[str, Any]:
    text = clean_text(message.text)
    if not message.images:
        return {"role": message.role, "content": text}
    parts: list[dict[str, Any]] = [
        {
            "type": "image",
            "source": {
                "type": "base64",
                "media_type": image.media_type,
                "data": base64_data(image),
            },
        }
        for image in message.images
    ]
    if text.strip():
        parts.append({"type": "text", "text": text})
    return {"role": message.role, "content": parts}
