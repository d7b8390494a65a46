"""Builds what an SDK builds late, before a call is timed: by calls that never leave the machine.

An SDK makes the types of its answers, its headers, parsers and connections with its first call,
which takes up to a second of the interpreter's time. It would be shown as the model's first token,
and would hold up every other lane. So the same calls are made of a demo gateway of one's own
first, over a real connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import product

from gwtrace_core.demo_gateway.server import PREFIX, create_app
from gwtrace_core.demo_gateway.serving import listen, make_server
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.sdk_paths import CallContext, PathClient, open_path
from gwtrace_core.tools.tools import ToolResult, run_tool
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import ChatRequest, Lane, Message
from gwtrace_core.values.secret import Secret

_MODELS = {
    Provider.OPENAI: "gpt-4o-mini",
    Provider.ANTHROPIC: "claude-haiku-4-5",
    Provider.GROQ: "llama-3.3-70b-versatile",
    Provider.GOOGLE: "gemini-2.5-flash",
}
# The question has the demo's models call the tool, so that this is built too.
_QUESTION = Message(role="user", text="What is 6*7?")
_TOOLS = ("calculator",)


def rehearse(sdk_path: SdkPath, provider: Provider) -> None:
    """Make each kind of call once. Blocks for up to some seconds; not for an event loop's thread.

    A provider that the path does not reach is passed over, and so is Amazon, which needs https.
    """
    asyncio.run(_make_calls(sdk_path, provider))


async def _make_calls(sdk_path: SdkPath, provider: Provider) -> None:
    client = open_path(sdk_path)
    try:
        async with _gateway() as connection:
            for lane in _lanes(sdk_path, provider):
                await _make_call(client, connection, lane)
    finally:
        await client.aclose()


async def _make_call(client: PathClient, connection: Connection, lane: Lane) -> None:
    try:
        target = resolve(connection, lane)
    except RequestRefused:
        return
    context = CallContext(target=target, trace_headers=dict, run_tool=_run_tool)
    request = ChatRequest(lane=lane, messages=(_QUESTION,))
    async for _ in client.stream(request, context):
        pass


@asynccontextmanager
async def _gateway() -> AsyncGenerator[Connection]:
    server, listener = make_server(create_app(pace=0)), listen("127.0.0.1", 0)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield Connection(
            id="rehearsal",
            kind=ConnectionKind.DEMO,
            label="Rehearsal",
            base_url=f"http://127.0.0.1:{listener.getsockname()[1]}{PREFIX}",
            api_key=Secret("demo"),
        )
    finally:
        server.should_exit = True
        await serving


def _lanes(sdk_path: SdkPath, provider: Provider) -> Iterator[Lane]:
    if provider not in _MODELS:
        return
    routes = [provider.value]
    if sdk_path is SdkPath.PYDANTIC_AI and provider is Provider.OPENAI:
        # Its own route means the Responses API to Pydantic AI.
        routes.append("chat")
    for route, streamed in product(routes, (True, False)):
        yield Lane(
            connection_id="rehearsal",
            provider=provider,
            route=route,
            sdk_path=sdk_path,
            model=_MODELS[provider],
            tools=_TOOLS,
            streamed=streamed,
        )


async def _run_tool(name: str, arguments: object) -> ToolResult:
    del arguments
    return run_tool(name, {"expression": "6*7"}, now=datetime.now(UTC))
