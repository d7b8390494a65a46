"""The four ways to make a call. One SDK, one module, one method; each is imported when first used.

Async clients only: a synchronous client that is blocked in a read cannot be stopped. Retries are
off (`max_retries=0`): a hidden second attempt would leave a gap in the trace that nobody can
explain.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from gwtrace_core.tools.tools import ToolResult
from gwtrace_core.values.connection import Provider, SdkPath, Target
from gwtrace_core.values.events import StreamEvent
from gwtrace_core.values.request import ChatRequest
from gwtrace_core.values.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """What a path needs beside the request."""

    target: Target
    trace_headers: Callable[[], Mapping[str, str]]
    """Asked once per HTTP request, right before it is sent: the `traceparent` of the span that the
    request belongs to. Sent unless the request carries one already. Never through `extra_headers`,
    which autolog records; a request hook of the HTTP client sets it."""
    run_tool: Callable[[str, Mapping[str, object]], Awaitable[ToolResult]]
    """Runs a built-in tool by name. Never raises for bad arguments: that is an error result."""


class PathClient(Protocol):
    """One SDK path. Lives as long as the hub's event loop and keeps its HTTP clients."""

    def stream(self, request: ChatRequest, context: CallContext) -> AsyncIterator[StreamEvent]:
        """Make the call and report it, ending in exactly one `Finished` or `Failed`.

        Expected failures end the stream as `Failed`; a combination that cannot work raises
        `RequestRefused` before anything is sent; bugs pass through. Cancelling the task that
        consumes the iterator closes the upstream connection at once.
        """
        ...

    def load(self, provider: Provider) -> None:
        """Import and build what calls to this provider need beyond the path's own module.

        Takes seconds the first time: called in a worker thread, before the call is timed.
        """
        ...

    async def open(self, target: Target) -> None:
        """Build what calls to this target need, before the first one is timed. Nothing is sent."""
        ...

    async def forget(self, key: Secret) -> None:
        """Close the connections that hold this key: idle ones now, others when they are."""
        ...

    async def aclose(self) -> None:
        """Close every pooled connection."""
        ...


_MODULES: Mapping[SdkPath, str] = {
    SdkPath.OPENAI_CHAT: "gwtrace_core.sdk_paths.openai_chat",
    SdkPath.OPENAI_RESPONSES: "gwtrace_core.sdk_paths.openai_responses",
    SdkPath.ANTHROPIC_MESSAGES: "gwtrace_core.sdk_paths.anthropic_messages",
    SdkPath.PYDANTIC_AI: "gwtrace_core.sdk_paths.pydantic_ai_agent",
}


def open_path(path: SdkPath) -> PathClient:
    """Build a path, importing its SDK only now. Each module has one `open_client()`."""
    module = import_module(_MODULES[path])
    return cast(PathClient, module.open_client())
