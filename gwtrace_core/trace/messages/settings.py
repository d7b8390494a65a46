"""The settings of a recorded model call, in the words of any SDK. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from gwtrace_core.trace.messages import is_unset
from gwtrace_core.trace.messages.parts import as_list, as_mapping
from gwtrace_core.trace.model import Span
from gwtrace_core.trace.recorded_json import read_json_or_none
from gwtrace_core.values import trace_names
from gwtrace_core.values.request import Parameters, ReasoningEffort

_NAMES: dict[str, tuple[str, ...]] = {
    "temperature": ("temperature", "gen_ai.request.temperature"),
    "max_output_tokens": (
        "max_output_tokens",
        "max_completion_tokens",
        "max_tokens",
        "gen_ai.request.max_tokens",
    ),
    "top_p": ("top_p", "gen_ai.request.top_p"),
    "stop": ("stop", "stop_sequences", "gen_ai.request.stop_sequences"),
    "reasoning_effort": ("reasoning_effort", "effort"),
}
_NOT_SETTINGS = frozenset(
    {
        *("messages", "input", "contents", "user_prompt", "system", "instructions"),
        *("system_instruction", "model", "stream", "stream_options", "tools", "timeout"),
        *("config", "reasoning", "model_settings", "message_history", "extra_headers"),
        *("extra_query", "extra_body", "tool_choice", "output_config", "model_request_parameters"),
        # gwtrace's own, sent with every call.
        *("max_retries", "openai_store"),
    }
)


def find_recorded_model(span: Span) -> str:
    """The model that was asked for, else the one that answered; empty when none is named."""
    asked = as_mapping(span.inputs).get("model")
    if isinstance(asked, str) and asked and not is_unset(asked):
        # Pydantic AI and gateways write the provider in front.
        return asked.rpartition(":")[2]
    return span.model or ""


def read_known_parameters(
    inputs: Mapping[str, Any], attributes: Mapping[str, Any]
) -> tuple[Parameters, tuple[str, ...]]:
    """Those that the chat has, and the names of those whose value it cannot take."""
    found: dict[str, Any] = {}
    dropped: list[str] = []
    for field, names in _NAMES.items():
        for holder in _list_holders(inputs, attributes):
            name = next((each for each in names if _is_given(holder.get(each))), None)
            if name is None:
                continue
            value = _READERS[field](holder[name])
            if value is None:
                dropped.append(name)
            else:
                found[field] = value
            break
    return Parameters(**found), tuple(dropped)


def list_other_settings(inputs: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of settings that were given and that the chat does not have."""
    known = {name for names in _NAMES.values() for name in names}
    holders = (inputs, as_mapping(inputs.get("config")), as_mapping(inputs.get("model_settings")))
    names = (
        name
        for holder in holders
        for name, value in holder.items()
        if name not in known and name not in _NOT_SETTINGS and _is_given(value)
    )
    return tuple(dict.fromkeys(names))


def list_recorded_tools(
    inputs: Mapping[str, Any], attributes: Mapping[str, Any]
) -> tuple[str, ...]:
    """Names of the tools that the model was offered."""
    config = as_mapping(inputs.get("config"))
    of_pydantic_ai = as_mapping(inputs.get("model_request_parameters"))
    listed = [*as_list(inputs.get("tools")), *as_list(config.get("tools"))]
    listed += as_list(of_pydantic_ai.get("function_tools"))
    listed += as_list(read_json_or_none(attributes.get(trace_names.CHAT_TOOLS)))
    listed += as_list(read_json_or_none(attributes.get("gen_ai.tool.definitions")))
    names = (name for tool in listed for name in _list_tool_names(as_mapping(tool)))
    return tuple(dict.fromkeys(names))


def _list_tool_names(tool: Mapping[str, Any]) -> Iterator[str]:
    declared = as_list(tool.get("functionDeclarations") or tool.get("function_declarations"))
    for each in (tool, as_mapping(tool.get("function")), *map(as_mapping, declared)):
        if isinstance(each.get("name"), str) and each["name"]:
            yield each["name"]


def _list_holders(
    inputs: Mapping[str, Any], attributes: Mapping[str, Any]
) -> tuple[Mapping[str, Any], ...]:
    return (
        inputs,
        as_mapping(inputs.get("config")),
        as_mapping(inputs.get("model_settings")),
        as_mapping(inputs.get("reasoning")),
        as_mapping(inputs.get("output_config")),
        attributes,
    )


def _is_given(value: Any) -> bool:
    return value is not None and value != [] and value != {} and not is_unset(value)


def _as_number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None


def _as_count(value: Any) -> int | None:
    number = _as_number(value)
    return int(number) if number is not None and number >= 1 else None


def _as_texts(value: Any) -> tuple[str, ...] | None:
    texts = [value] if isinstance(value, str) else as_list(value)
    return tuple(texts) if texts and all(isinstance(text, str) for text in texts) else None


def _as_effort(value: Any) -> ReasoningEffort | None:
    return next((effort for effort in get_args(ReasoningEffort) if effort == value), None)


_READERS: dict[str, Callable[[Any], Any]] = {
    "temperature": _as_number,
    "max_output_tokens": _as_count,
    "top_p": _as_number,
    "stop": _as_texts,
    "reasoning_effort": _as_effort,
}
