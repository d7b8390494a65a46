"""A model span of any trace as a conversation with its settings, ready to be asked again. Pure.

What the chat has no place for is named, never dropped in silence: tool rounds and reasoning of
earlier answers, pictures that are not in the trace, tools and settings of other programs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gwtrace_core.gateway.offers import (
    Offered,
    nothing_listed,
    offered_models,
    offered_providers,
)
from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.gateway.routes import why_unreachable
from gwtrace_core.lanes.lanes import TOOL_NAMES, make_lane
from gwtrace_core.trace.messages import SpanMessage, conversation_of
from gwtrace_core.trace.messages.parts import (
    AudioPart,
    ImagePart,
    OtherPart,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    as_mapping,
)
from gwtrace_core.trace.messages.settings import (
    known_parameters,
    other_settings,
    recorded_model,
    recorded_tools,
)
from gwtrace_core.trace.model import Span
from gwtrace_core.values.connection import Connection, Provider, SdkPath
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import Image, Lane, Message
from gwtrace_core.values.text import plural

_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_PROVIDER_WORDS: tuple[tuple[str, Provider], ...] = (
    ("anthropic", Provider.ANTHROPIC),
    ("claude", Provider.ANTHROPIC),
    ("groq", Provider.GROQ),
    ("llama-", Provider.GROQ),
    ("bedrock", Provider.BEDROCK),
    ("google", Provider.GOOGLE),
    ("gemini", Provider.GOOGLE),
    ("gcp", Provider.GOOGLE),
    ("vertex", Provider.GOOGLE),
    ("openai", Provider.OPENAI),
    ("gpt-", Provider.OPENAI),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedConversation:
    """What the chat begins with."""

    lane: Lane
    messages: tuple[Message, ...]
    """User and assistant in turn; the last is the user's, to be sent again or edited."""
    answer: str = ""
    """What the model said to it then."""
    left_out: tuple[str, ...] = ()
    """Sentences: what could not be carried over, and what was chosen in its place."""


@dataclass(slots=True)
class _LeftOut:
    tool_rounds: int = 0
    reasoning: int = 0
    pictures: int = 0
    others: int = 0
    sentences: list[str] = field(default_factory=list[str])


def open_in_chat(
    span: Span, connections: Sequence[Connection], *, offered: Offered = nothing_listed
) -> OpenedConversation:
    """The span's conversation on the connection, provider and path that fit it best.

    `connections` are those that can be used, the preferred one first. Raises RequestRefused when
    the span holds no message of a user.
    """
    conversation = conversation_of(span)
    left_out = _LeftOut()
    messages = _read_messages(conversation.inputs, left_out)
    if not messages:
        raise RequestRefused(
            f"Span {span.name!r} holds no message of a user.",
            hint="Choose a span of a model call.",
        )
    system = [_read_text(message) for message in conversation.inputs if message.role == "system"]
    lane = _read_lane(span, connections, offered, left_out)
    inputs = as_mapping(span.inputs)
    parameters, dropped = known_parameters(inputs, span.attributes)
    names = recorded_tools(inputs, span.attributes)
    lane = replace(
        lane,
        parameters=parameters,
        system_prompt="\n\n".join(text for text in system if text),
        tools=tuple(name for name in TOOL_NAMES if name in names),
        streamed=inputs.get("stream") is not False,
    )
    foreign_tools = [name for name in names if name not in TOOL_NAMES]
    if foreign_tools:
        left_out.sentences.append(
            f"Tools that only its own program has: {_list_words(foreign_tools)}."
        )
    settings = [*dropped, *other_settings(inputs)]
    if settings:
        left_out.sentences.append(f"Settings that the chat does not have: {_list_words(settings)}.")
    return OpenedConversation(
        lane=lane,
        messages=messages,
        answer=_answer(conversation.outputs),
        left_out=(*_count_left_out(left_out), *left_out.sentences),
    )


def _read_messages(found: Sequence[SpanMessage], left_out: _LeftOut) -> tuple[Message, ...]:
    """In turn, beginning and ending with the user: no provider takes anything else alike."""
    messages: list[Message] = []
    for message in found:
        if message.role == "system":
            continue
        _count(message, left_out)
        text, images = _read_text(message), _read_images(message)
        if message.role not in ("user", "assistant") or not (text or images):
            continue
        role = "user" if message.role == "user" else "assistant"
        if messages and messages[-1].role == role:
            before = messages[-1]
            joined = "\n\n".join(each for each in (before.text, text) if each)
            messages[-1] = replace(before, text=joined, images=(*before.images, *images))
        elif messages or role == "user":
            messages.append(Message(role=role, text=text, images=images))
        else:
            left_out.sentences.append("What the assistant said before the first question.")
    while messages and messages[-1].role == "assistant":
        messages.pop()
        left_out.sentences.append("What the assistant said after the last question.")
    return tuple(messages)


def _read_text(message: SpanMessage) -> str:
    return "\n\n".join(part.text for part in message.parts if isinstance(part, TextPart))


def _answer(outputs: Sequence[SpanMessage]) -> str:
    """What the assistant says after the last question: an agent's state holds earlier ones too."""
    asked = [place for place, message in enumerate(outputs) if message.role == "user"]
    said = outputs[asked[-1] + 1 :] if asked else outputs
    texts = (_read_text(message) for message in said if message.role == "assistant")
    return "\n\n".join(filter(None, texts))


def _read_images(message: SpanMessage) -> tuple[Image, ...]:
    if message.role != "user":
        return ()
    return tuple(
        Image(media_type=part.media_type, data=part.data)
        for part in message.parts
        if isinstance(part, ImagePart) and part.data and part.media_type in _PICTURES
    )


def _count(message: SpanMessage, left_out: _LeftOut) -> None:
    kept = len(_read_images(message))
    for part in message.parts:
        left_out.tool_rounds += isinstance(part, ToolCallPart)
        left_out.reasoning += isinstance(part, ReasoningPart)
        left_out.pictures += isinstance(part, ImagePart)
        left_out.others += isinstance(part, OtherPart | AudioPart)
        # A result without its call is as much lost as a call.
        left_out.tool_rounds += isinstance(part, ToolResultPart) and not part.call_id
    left_out.pictures -= kept


def _count_left_out(left_out: _LeftOut) -> list[str]:
    counts = (
        (left_out.tool_rounds, "tool call with its result", "tool calls with their results"),
        (left_out.reasoning, "piece of reasoning", "pieces of reasoning"),
        (left_out.pictures, "picture that is not in the trace", "pictures not in the trace"),
        (left_out.others, "part of no known form", "parts of no known form"),
    )
    return [
        f"{plural(count, one, many).capitalize()} of the conversation."
        for count, one, many in counts
        if count
    ]


def _read_lane(
    span: Span, connections: Sequence[Connection], offered: Offered, left_out: _LeftOut
) -> Lane:
    model = recorded_model(span)
    provider = _find_provider(span, model)
    path = _find_sdk_path(span)
    reaching = [
        connection
        for connection in connections
        if provider is None or provider in offered_providers(connection, offered(connection))
    ]
    if not reaching:
        label = "" if provider is None else PROVIDER_LABELS[provider]
        left_out.sentences.append(f"No connection reaches {label}; another provider is chosen.")
        reaching, provider = list(connections), None
    connection = reaching[0]
    if provider is None:
        provider = offered_providers(connection, offered(connection))[0]
        if model:
            left_out.sentences.append(f"Whose model {model!r} is: the trace does not say.")
    lane = make_lane(connection, provider, offered)
    listed = offered(connection)
    if path is not None and not why_unreachable(
        connection, provider, path, route=lane.route, offered=listed
    ):
        lane = replace(lane, sdk_path=path)
    models = offered_models(connection, provider, lane.route, listed)
    if model and (not connection.is_simulated or model in models):
        return replace(lane, model=model)
    if model:
        left_out.sentences.append(
            f"The model {model!r}: {connection.label} does not have it, {lane.model} is chosen."
        )
    return lane


def _find_provider(span: Span, model: str) -> Provider | None:
    """By what the span says of the provider, else by the model's name."""
    tagged = span.attributes.get("gwtrace.provider")
    for text in (tagged, span.provider, model):
        lowered = text.lower() if isinstance(text, str) else ""
        for word, provider in _PROVIDER_WORDS:
            if word in lowered:
                return provider
    return None


def _find_sdk_path(span: Span) -> SdkPath | None:
    """By the form of what was recorded; None when several paths write it."""
    inputs: Mapping[str, Any] = as_mapping(span.inputs)
    if {"contents", "user_prompt"} & set(inputs) or "pydantic_ai" in str(
        span.attributes.get("mlflow.message.format")
    ):
        return SdkPath.PYDANTIC_AI
    if "input" in inputs:
        return SdkPath.OPENAI_RESPONSES
    if "messages" in inputs:
        is_anthropic = "anthropic" in str(span.attributes.get("mlflow.message.format"))
        is_anthropic = is_anthropic or span.name.startswith(("Messages.", "AsyncMessages."))
        return SdkPath.ANTHROPIC_MESSAGES if is_anthropic else SdkPath.OPENAI_CHAT
    return None


def _list_words(names: Sequence[str]) -> str:
    shown = ", ".join(names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"
