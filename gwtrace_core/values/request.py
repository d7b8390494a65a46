"""Messages, parameters, lanes and requests: what a person asks for, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gwtrace_core.values.connection import Provider, SdkPath

ReasoningEffort = Literal["minimal", "low", "medium", "high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An attached picture."""

    media_type: str
    """`image/png`, `image/jpeg`, `image/gif` or `image/webp`."""
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptUse:
    """The version of a prompt in MLflow's registry that a text was filled from.

    Not what it was filled with: that is in the text, and leaves with it where it is left out.
    """

    name: str
    version: int
    alias: str = ""
    """The alias that it was picked by; empty when it was picked by its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of the conversation as every SDK path can send it.

    Tool rounds of earlier turns are not part of the history: the answer's text carries what they
    found, and no two providers agree on their form.
    """

    role: Literal["user", "assistant"]
    text: str
    images: tuple[Image, ...] = ()
    prompt: PromptUse | None = None
    """What the text was filled from, when it came from the registry unchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Sampling settings; None (or empty) is not sent at all."""

    temperature: float | None = None
    max_output_tokens: int | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    reasoning_effort: ReasoningEffort | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Connection + route + SDK path + model + settings: one column of a comparison."""

    connection_id: str
    provider: Provider
    route: str
    """The path segment behind `/proxy/`: the provider's own name, an alias, or a routing group."""
    sdk_path: SdkPath
    model: str
    parameters: Parameters = Parameters()
    system_prompt: str = ""
    prompt: PromptUse | None = None
    """What the system prompt was filled from; None when it was typed."""
    tools: tuple[str, ...] = ()
    """Names of built-in tools, see `gwtrace_core.tools.tools`."""
    streamed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One call to make: the lane and the conversation, whose last message is the user's."""

    lane: Lane
    messages: tuple[Message, ...]
    distinct_line: str = ""
    """Ends the system prompt, so that no cache takes this request for one before it."""

    @property
    def system_prompt(self) -> str:
        """As it is sent: the lane's, and after it what makes the request distinct."""
        if not self.distinct_line:
            return self.lane.system_prompt
        return f"{self.lane.system_prompt.rstrip()}\n\n{self.distinct_line}".lstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnContext:
    """Who asks, and in which conversation: what MLflow files the trace under."""

    session_id: str
    user: str
    turn_index: int = 0
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further trace tags, such as a comparison's id; no secrets."""
