"""What each model family takes: temperature, effort, images, tools. A test holds these facts to the
profiles of the installed pydantic-ai; an id of no known family is offered all but reasoning."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, get_args

from gwtrace_core.values.connection import Provider
from gwtrace_core.values.request import ReasoningEffort

Thinking = Literal["none", "effort", "budget", "adaptive", "level"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a model takes; a setting that it does not take must not be sent."""

    temperature: bool = True
    top_p: bool = True
    stop: bool = True
    """The model's side only: the Responses API has no stop sequences at all."""
    images: bool = True
    tools: bool = True
    reasoning: bool = False
    reasoning_efforts: tuple[ReasoningEffort, ...] = ()
    """Efforts that may be sent; empty for a reasoning model that has no such setting."""
    sampling_excludes_reasoning: bool = False
    """Temperature and top-p are taken only while no reasoning effort is set."""
    temperature_excludes_top_p: bool = False
    """Either may be sent, not both."""
    thinking: Thinking = "none"
    """How an effort is sent: OpenAI's and Groq's `effort`, Anthropic's token `budget` or `adaptive`
    thinking with an effort, Google's `budget` or `level`."""


_ALL_EFFORTS: tuple[ReasoningEffort, ...] = get_args(ReasoningEffort)
_LOW_TO_HIGH: tuple[ReasoningEffort, ...] = ("low", "medium", "high")
_PLAIN = Capabilities()
_TEXT_ONLY = Capabilities(images=False)
_EVERYTHING = Capabilities(reasoning=True, reasoning_efforts=_ALL_EFFORTS, thinking="effort")


def _always_reasons(*efforts: ReasoningEffort) -> Capabilities:
    return Capabilities(
        temperature=False,
        top_p=False,
        stop=False,
        reasoning=True,
        reasoning_efforts=efforts,
        thinking="effort",
    )


_OPT_IN = replace(
    _PLAIN,
    reasoning=True,
    reasoning_efforts=_LOW_TO_HIGH,
    sampling_excludes_reasoning=True,
    thinking="effort",
)

# The first pattern that matches the start of the id counts.
_OPENAI: tuple[tuple[str, Capabilities], ...] = (
    (r"gpt-5-chat", _PLAIN),
    (r"gpt-5\.\d-chat", _always_reasons("medium")),
    (r"gpt-5-pro", _always_reasons("high")),
    (r"gpt-5\.\d-pro", _always_reasons("medium", "high")),
    (r"gpt-5\.1-codex", _always_reasons(*_LOW_TO_HIGH)),
    (r"gpt-5\.[1-4]", _OPT_IN),
    (r"gpt-5\.\d|gpt-[6-9]", _always_reasons(*_LOW_TO_HIGH)),
    (r"gpt-5", _always_reasons(*_ALL_EFFORTS)),
    (r"o[134]\b", _always_reasons(*_LOW_TO_HIGH)),
    (r"gpt-3|gpt-4(-\d|$)", _TEXT_ONLY),
)

_ADAPTIVE = Capabilities(
    reasoning=True,
    reasoning_efforts=_LOW_TO_HIGH,
    sampling_excludes_reasoning=True,
    thinking="adaptive",
)
_BUDGET = replace(_ADAPTIVE, reasoning_efforts=_ALL_EFFORTS, thinking="budget")
_ANTHROPIC: tuple[tuple[str, Capabilities], ...] = (
    (r"claude-(sonnet|opus)-4-6", replace(_ADAPTIVE, temperature_excludes_top_p=True)),
    (
        r"claude-(opus-4-[78]|(opus|sonnet|fable|mythos)-5|haiku-5-5)",
        replace(_ADAPTIVE, temperature=False, top_p=False),
    ),
    (
        r"claude-((sonnet|opus|haiku)-4-5|opus-4-1)",
        replace(_BUDGET, temperature_excludes_top_p=True),
    ),
    (r"claude-(3-7|(sonnet|opus)-4)", _BUDGET),
    (r"claude-2|claude-instant", replace(_TEXT_ONLY, tools=False)),
)

_GROQ: tuple[tuple[str, Capabilities], ...] = (
    (
        r"openai/gpt-oss",
        replace(_TEXT_ONLY, reasoning=True, reasoning_efforts=_LOW_TO_HIGH, thinking="effort"),
    ),
    (r"qwen/qwen3|qwen-qwq|deepseek-r1", replace(_PLAIN, reasoning=True)),
    (r"llama-?3|gemma|mixtral|groq/compound|compound-", _TEXT_ONLY),
)

_LEVEL = Capabilities(reasoning=True, reasoning_efforts=_ALL_EFFORTS, thinking="level")
_GOOGLE: tuple[tuple[str, Capabilities], ...] = (
    (r"gemini-3\.1-flash-lite-image", replace(_LEVEL, reasoning_efforts=("high",), tools=False)),
    (r"gemini-[1-2].*-image", replace(_PLAIN, tools=False)),
    (r"gemini-.*-image", replace(_LEVEL, tools=False)),
    (r"gemini-(1|2\.0)|gemma", _PLAIN),
    (r"gemini-2\.5", replace(_LEVEL, thinking="budget")),
    (r"gemini-3-pro-preview", replace(_LEVEL, reasoning_efforts=("low", "high"))),
    (
        r"gemini-(3\.[78]-flash|3\.1-pro-preview|4-argon|4-carbon)",
        replace(_LEVEL, reasoning_efforts=_LOW_TO_HIGH),
    ),
    (r"gemini-", _LEVEL),
)

_BEDROCK: tuple[tuple[str, Capabilities], ...] = (
    (r"openai\.gpt-oss", _TEXT_ONLY),
    (r"amazon\.nova-micro|deepseek\.|mistral\.mistral-|meta\.llama3-[13]", _TEXT_ONLY),
)

_TABLES = {
    Provider.OPENAI: _OPENAI,
    Provider.ANTHROPIC: _ANTHROPIC,
    Provider.GROQ: _GROQ,
    Provider.GOOGLE: _GOOGLE,
    Provider.BEDROCK: _BEDROCK,
}


def capabilities(provider: Provider, model: str) -> Capabilities:
    """What `model` takes when that provider serves it."""
    if model.startswith("fault-"):
        return _EVERYTHING
    if provider is Provider.BEDROCK:
        # A Bedrock id starts with the region that may serve it, then the maker.
        model = re.sub(r"^(global|us|eu|apac|jp|au|us-gov)\.", "", model)
        if model.startswith("anthropic."):
            provider, model = Provider.ANTHROPIC, model.removeprefix("anthropic.")
    for pattern, found in _TABLES[provider]:
        if re.match(pattern, model):
            return found
    return _PLAIN
