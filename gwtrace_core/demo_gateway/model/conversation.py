"""What a caller asked for, whichever API it was asked by: the input of the simulated model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]


class BadRequestError(Exception):
    """A body that the provider itself refuses; `param` is the field at fault."""

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


ErrorKind = Literal[
    "invalid_request",
    "invalid_key",
    "model_not_found",
    "path_not_found",
    "rate_limit",
    "server_error",
    "unavailable",
    "overloaded",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderError:
    """A failure at the provider, before it is put in the provider's own words."""

    kind: ErrorKind
    message: str = ""
    """Empty: the provider's usual words."""
    model: str = ""
    param: str | None = None
    code: str | None = None
    """In place of the usual code, where the API has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageInput:
    """A picture in the request: its type and size, the data itself is not kept."""

    media_type: str
    size_bytes: int | None
    """None: given as a link, which the demo never follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call that the model asks for, or asked for earlier."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOutput:
    """What a tool answered, as sent back to the model."""

    call_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOffer:
    """A tool that the model may ask for, with its JSON schema."""

    name: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One entry of the conversation; a turn of tool outputs counts as the user's."""

    role: Literal["user", "assistant"]
    text: str = ""
    images: tuple[ImageInput, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_outputs: tuple[ToolOutput, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One model request."""

    model: str
    turns: tuple[Turn, ...]
    system: str = ""
    stream: bool = False
    tools: tuple[ToolOffer, ...] = ()
    tool_choice: str = "auto"
    """`auto`, `none`, `required`, or the name of the one tool to call."""
    max_output_tokens: int | None = None
    stop: tuple[str, ...] = ()
    reasoning: bool | None = None
    """Asked for, turned off, or None: left to the model."""
    show_reasoning: bool = False
    """Whether the caller asked to see the reasoning (a summary, thoughts, …)."""
    json_schema: Mapping[str, Any] | None = None
    """The answer must be JSON that fits this schema; an empty schema means any object."""
    cache_marked: bool = False
    """Whether the caller marked a prefix for caching, which Anthropic asks for."""
    echo: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Request fields that this API repeats in its answer."""

    @property
    def questions(self) -> tuple[str, ...]:
        """What the user has asked so far, oldest first."""
        return tuple(t.text for t in self.turns if t.role == "user" and t.text.strip())

    @property
    def question(self) -> str:
        """The newest thing the user asked; empty when there is none."""
        return self.questions[-1] if self.questions else ""

    @property
    def images(self) -> tuple[ImageInput, ...]:
        """Pictures of the newest user message."""
        for turn in reversed(self.turns):
            if turn.role == "user" and not turn.tool_outputs:
                return turn.images
        return ()

    @property
    def finished_calls(self) -> tuple[tuple[ToolCall, str], ...]:
        """Tool calls made since the newest question, each with its output."""
        calls: dict[str, ToolCall] = {}
        finished: list[tuple[ToolCall, str]] = []
        for turn in self.turns:
            if turn.role == "user" and turn.text.strip() and not turn.tool_outputs:
                calls.clear()
                finished.clear()
            calls.update({call.id: call for call in turn.tool_calls})
            for output in turn.tool_outputs:
                if (call := calls.get(output.call_id)) is not None:
                    finished.append((call, output.text))
        return tuple(finished)

    @property
    def prompt_text(self) -> str:
        """All that the model reads, for counting tokens and for finding repeated prefixes."""
        parts = [self.system, *(f"{tool.name} {tool.parameters}" for tool in self.tools)]
        for turn in self.turns:
            parts.append(turn.text)
            parts.extend(f"{call.name} {dict(call.arguments)}" for call in turn.tool_calls)
            parts.extend(output.text for output in turn.tool_outputs)
        return "\n".join(part for part in parts if part)


def as_mapping(value: Any) -> Json:
    """`value` if it is a JSON object, otherwise an empty one: requests are read leniently."""
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType] # JSON


def as_list(value: Any) -> list[Any]:
    """`value` if it is a JSON array, otherwise an empty one."""
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType] # JSON


def as_text(value: Any) -> str:
    """`value` if it is a string that can be sent as UTF-8 (lone surrogates replaced), else ''."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def as_count(value: Any, *, param: str) -> int | None:
    """A positive whole number, None when absent; anything else is the caller's mistake."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadRequestError(
            f"Invalid value for {param!r}: expected a positive integer.", param=param
        )
    return value


def data_url_image(url: Any) -> ImageInput:
    """The picture of an `image_url`; only `data:` links tell a type and a size."""
    text = as_text(url)
    if not text.startswith("data:"):
        return ImageInput(media_type="image/*", size_bytes=None)
    head, _, data = text.partition(",")
    media_type = head.removeprefix("data:").partition(";")[0]
    return ImageInput(media_type=media_type or "image/*", size_bytes=base64_size(data))


def base64_size(data: Any) -> int:
    """The number of bytes that base64 text stands for."""
    text = as_text(data).rstrip("=\n")
    return len(text) * 3 // 4
