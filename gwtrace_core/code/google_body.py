"""The body of Google's generateContent, which the agent's SDK writes for itself."""

from __future__ import annotations

from typing import Any

from gwtrace_core.code.parts import Call
from gwtrace_core.gateway.catalog import Capabilities
from gwtrace_core.sdk_paths.request import base64_data
from gwtrace_core.values.request import Message, ReasoningEffort
from gwtrace_core.values.unicode_text import clean_text

# What Pydantic AI makes of an effort for models that take a number of tokens.
_BUDGET_TOKENS: dict[ReasoningEffort, int] = {
    "minimal": 128,
    "low": 2_048,
    "medium": 8_192,
    "high": 24_576,
}


def write_google_body(made: Call) -> dict[str, Any]:
    """The request as JSON; the model is part of the path."""
    body: dict[str, Any] = {"contents": [_write_content(message) for message in made.messages]}
    if made.system_prompt:
        body["systemInstruction"] = {"parts": [{"text": made.system_prompt}]}
    if made.tools:
        declared = [
            {
                "name": tool.name,
                "description": tool.description,
                "parametersJsonSchema": tool.parameters,
            }
            for tool in made.tools
        ]
        body["tools"] = [{"functionDeclarations": declared}]
    if config := _write_generation_config(made):
        body["generationConfig"] = config
    return body


def _write_generation_config(made: Call) -> dict[str, Any]:
    taken = made.parameters
    config: dict[str, Any] = {
        "temperature": taken.temperature,
        "topP": taken.top_p,
        "maxOutputTokens": taken.max_output_tokens,
        "stopSequences": list(taken.stop) or None,
    }
    if taken.reasoning_effort is not None:
        config["thinkingConfig"] = _write_thinking_config(made.able, taken.reasoning_effort)
    return {name: value for name, value in config.items() if value is not None}


def _write_thinking_config(able: Capabilities, effort: ReasoningEffort) -> dict[str, Any]:
    if able.thinking == "budget":
        return {"includeThoughts": True, "thinkingBudget": _BUDGET_TOKENS[effort]}
    return {"includeThoughts": True, "thinkingLevel": effort.upper()}


def _write_content(message: Message) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [
        {"inlineData": {"mimeType": image.media_type, "data": base64_data(image)}}
        for image in message.images
    ]
    if text := clean_text(message.text):
        parts.append({"text": text})
    return {"role": "user" if message.role == "user" else "model", "parts": parts}
