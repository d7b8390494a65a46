"""Runs an SDK path against a server and puts its events in a form that can be written down."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, assert_never

from gwtrace_core.gateway.routes import resolve
from gwtrace_core.sdk_paths import CallContext, open_path
from gwtrace_core.tools.tools import ToolResult, run_tool
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath, Target
from gwtrace_core.values.events import (
    Failed,
    Finished,
    ModelRequestFinished,
    ModelRequestStarted,
    ReasoningDelta,
    Stopped,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallFinished,
    ToolCallStarted,
    Usage,
)
from gwtrace_core.values.request import ChatRequest, Image, Lane, Message, Parameters
from gwtrace_core.values.secret import Secret

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PIXEL = Image(
    media_type="image/png",
    data=base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5"
        "ErkJggg=="
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One SDK path on one route, with models to try it on."""

    name: str
    provider: Provider
    route: str
    sdk_path: SdkPath
    wire_path: str
    """Where its requests arrive; for Google without the method behind the colon."""
    model: str
    """Takes temperature and the like."""
    reasoning_model: str


WAYS = (
    Way(
        name="chat",
        provider=Provider.OPENAI,
        route="openai",
        sdk_path=SdkPath.OPENAI_CHAT,
        wire_path="/proxy/openai/chat/completions",
        model="gpt-4o-mini",
        reasoning_model="gpt-5.2",
    ),
    Way(
        name="chat-groq",
        provider=Provider.GROQ,
        route="groq",
        sdk_path=SdkPath.OPENAI_CHAT,
        wire_path="/proxy/groq/openai/v1/chat/completions",
        model="llama-3.3-70b-versatile",
        reasoning_model="openai/gpt-oss-120b",
    ),
    Way(
        name="responses",
        provider=Provider.OPENAI,
        route="openai",
        sdk_path=SdkPath.OPENAI_RESPONSES,
        wire_path="/proxy/openai/responses",
        model="gpt-4o-mini",
        reasoning_model="gpt-5.2",
    ),
    Way(
        name="messages",
        provider=Provider.ANTHROPIC,
        route="anthropic",
        sdk_path=SdkPath.ANTHROPIC_MESSAGES,
        wire_path="/proxy/anthropic/v1/messages",
        model="claude-haiku-4-5",
        reasoning_model="claude-sonnet-4-6",
    ),
    Way(
        name="agent-chat",
        provider=Provider.OPENAI,
        route="chat",
        sdk_path=SdkPath.PYDANTIC_AI,
        wire_path="/proxy/chat/chat/completions",
        model="gpt-4o-mini",
        reasoning_model="gpt-5.2",
    ),
    Way(
        name="agent-responses",
        provider=Provider.OPENAI,
        route="openai",
        sdk_path=SdkPath.PYDANTIC_AI,
        wire_path="/proxy/openai/responses",
        model="gpt-4o-mini",
        reasoning_model="gpt-5.2",
    ),
    Way(
        name="agent-anthropic",
        provider=Provider.ANTHROPIC,
        route="anthropic",
        sdk_path=SdkPath.PYDANTIC_AI,
        wire_path="/proxy/anthropic/v1/messages",
        model="claude-haiku-4-5",
        reasoning_model="claude-sonnet-4-6",
    ),
    Way(
        name="agent-groq",
        provider=Provider.GROQ,
        route="groq",
        sdk_path=SdkPath.PYDANTIC_AI,
        wire_path="/proxy/groq/openai/v1/chat/completions",
        model="llama-3.3-70b-versatile",
        reasoning_model="openai/gpt-oss-120b",
    ),
    Way(
        name="agent-google",
        provider=Provider.GOOGLE,
        route="google-vertex",
        sdk_path=SdkPath.PYDANTIC_AI,
        wire_path="/proxy/google-vertex/v1beta1/publishers/google/models/",
        model="gemini-2.5-flash",
        reasoning_model="gemini-3-flash-preview",
    ),
)


def gateway(base_url: str, key: str = "demo") -> Connection:
    """The demo gateway as a connection."""
    return Connection(
        id="demo",
        kind=ConnectionKind.DEMO,
        label="Demo gateway",
        base_url=base_url,
        api_key=Secret(key),
    )


def lane_of(way: Way, **changes: Any) -> Lane:
    """A lane for that way; `changes` are fields of Lane."""
    fields: dict[str, Any] = {
        "connection_id": "demo",
        "provider": way.provider,
        "route": way.route,
        "sdk_path": way.sdk_path,
        "model": way.model,
        **changes,
    }
    return Lane(**fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRuns:
    """Runs the built-in tools and counts."""

    calls: list[tuple[str, Mapping[str, object]]] = field(
        default_factory=list[tuple[str, Mapping[str, object]]]
    )

    async def __call__(self, name: str, arguments: Mapping[str, object]) -> ToolResult:
        self.calls.append((name, arguments))
        return run_tool(name, arguments, now=NOW)


def context_of(
    target: Target,
    run: Callable[[str, Mapping[str, object]], Awaitable[ToolResult]] | None = None,
    trace_headers: Callable[[], Mapping[str, str]] = lambda: {"traceparent": TRACEPARENT},
) -> CallContext:
    return CallContext(target=target, trace_headers=trace_headers, run_tool=run or ToolRuns())


async def ask(
    connection: Connection,
    lane: Lane,
    *messages: str | Message,
    run: Callable[[str, Mapping[str, object]], Awaitable[ToolResult]] | None = None,
    target: Target | None = None,
) -> list[StreamEvent]:
    """Every event of one turn, by a path of its own. Texts are the user's and the model's in turn;
    the target is the one that the gateway's routes give, unless another is given."""
    client = open_path(lane.sdk_path)
    context = context_of(target or resolve(connection, lane), run)
    request = ChatRequest(lane=lane, messages=tuple(_messages(messages)))
    try:
        return [event async for event in client.stream(request, context)]
    finally:
        await client.aclose()


async def consume(
    connection: Connection,
    lane: Lane,
    text: str,
    seen: list[StreamEvent],
    has_said_something: asyncio.Event,
) -> None:
    """A turn as the hub drives it: closed when it is cancelled."""
    client = open_path(lane.sdk_path)
    context = context_of(resolve(connection, lane))
    request = ChatRequest(lane=lane, messages=(Message(role="user", text=text),))
    try:
        async with aclosing(client.stream(request, context)) as events:  # pyright: ignore[reportArgumentType] - every path's stream is an async generator
            async for event in events:
                seen.append(event)
                if isinstance(event, TextDelta | ReasoningDelta):
                    has_said_something.set()
    finally:
        await client.aclose()


def _messages(messages: Iterable[str | Message]) -> Iterable[Message]:
    for index, message in enumerate(messages):
        if isinstance(message, Message):
            yield message
        else:
            yield Message(role="assistant" if index % 2 else "user", text=message)


def shape(events: Iterable[StreamEvent]) -> list[tuple[Any, ...]]:  # noqa: C901 - one case per event
    """The whole list of events in short: neighbouring deltas merged, ids numbered, figures out."""
    numbers: dict[str, int] = {}

    def number(call_id: str) -> int:
        return numbers.setdefault(call_id, len(numbers) + 1)

    rows: list[tuple[Any, ...]] = []
    for event in events:
        match event:
            case ModelRequestStarted(index=index, model=model):
                rows.append(("request", index, model))
            case TextDelta(text=text):
                _append(rows, "text", text)
            case ReasoningDelta(text=text):
                _append(rows, "reasoning", text)
            case ToolCallDelta(call_id=call_id, name=name, arguments_text=text):
                if name is None:
                    kind, key, known_name, written = rows[-1]
                    assert (kind, key) == ("call", number(call_id))
                    rows[-1] = (kind, key, known_name, written + text)
                else:
                    rows.append(("call", number(call_id), name, text))
            case ModelRequestFinished(index=index, finish_reason=reason, usage=usage):
                rows.append(("answer", index, reason, usage is not None))
            case ToolCallStarted(call_id=call_id, name=name, arguments=arguments):
                rows.append(("tool", number(call_id), name, dict(arguments)))
            case ToolCallFinished(call_id=call_id, content=content, is_error=is_error):
                rows.append(("result", number(call_id), content, is_error))
            case Finished(finish_reason=reason):
                rows.append(("finished", reason))
            case Failed(failure=failure):
                rows.append(("failed", str(failure.source), str(failure.cause), failure.status))
            case Stopped():
                raise AssertionError("An SDK path does not say Stopped.")
            case _:
                assert_never(event)
    return rows


def _append(rows: list[tuple[Any, ...]], kind: str, text: str) -> None:
    assert text, "an empty delta"
    if rows and rows[-1][0] == kind:
        rows[-1] = (kind, rows[-1][1] + text)
    else:
        rows.append((kind, text))


def answers(events: Iterable[StreamEvent]) -> list[ModelRequestFinished]:
    return [event for event in events if isinstance(event, ModelRequestFinished)]


def text_of(events: Iterable[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def said(events: Iterable[StreamEvent]) -> str:
    """Text and reasoning together: a model may have come to no text when it was cut."""
    return "".join(e.text for e in events if isinstance(e, TextDelta | ReasoningDelta))


__all__ = [
    "NOW",
    "PIXEL",
    "TRACEPARENT",
    "WAYS",
    "Parameters",
    "ToolRuns",
    "Usage",
    "Way",
    "answers",
    "ask",
    "consume",
    "context_of",
    "gateway",
    "lane_of",
    "said",
    "shape",
    "text_of",
]
