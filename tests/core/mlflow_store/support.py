"""What the tracing tests drive: real SDK paths through the hub, against the demo gateway."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gwtrace_core.mlflow_store.connection.ask import Store
from gwtrace_core.mlflow_store.connection.tracking import (
    Ready,
    Tracking,
    TrackingConfig,
    TrackingState,
)
from gwtrace_core.mlflow_store.recording.recorder import MlflowRecorder
from gwtrace_core.running.hub import Hub
from gwtrace_core.running.recorder import TraceRecorded, TraceState
from gwtrace_core.running.run import Run
from gwtrace_core.trace.model import Span, Trace
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath, Target
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import ChatRequest, Lane, Message, PromptUse, TurnContext
from gwtrace_core.values.secret import Secret

SETTLE_S = 30.0

PROVIDERS = {
    SdkPath.OPENAI_CHAT: Provider.OPENAI,
    SdkPath.OPENAI_RESPONSES: Provider.OPENAI,
    SdkPath.ANTHROPIC_MESSAGES: Provider.ANTHROPIC,
    SdkPath.PYDANTIC_AI: Provider.OPENAI,
}
MODELS = {Provider.OPENAI: "gpt-4o-mini", Provider.ANTHROPIC: "claude-haiku-4-5"}
_SUFFIXES = {
    SdkPath.OPENAI_CHAT: "/openai",
    SdkPath.OPENAI_RESPONSES: "/openai",
    SdkPath.ANTHROPIC_MESSAGES: "/anthropic",
    SdkPath.PYDANTIC_AI: "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A turn that has come to its end."""

    reply: Reply
    state: TraceState
    run: Run

    @property
    def trace(self) -> Trace:
        assert isinstance(self.state, TraceRecorded), self.state
        return self.state.trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Asks through a hub and waits for the reply and its trace."""

    hub: Hub
    recorder: MlflowRecorder
    tracking: Tracking
    base_url: str
    """The demo gateway's, ending in `/proxy`."""

    def start(
        self,
        sdk_path: SdkPath,
        *,
        model: str | None = None,
        text: str = "Hello",
        streamed: bool = True,
        tools: tuple[str, ...] = (),
        session_id: str = "session-1",
        user: str = "ada",
        turn_index: int = 0,
        key: str = "demo",
        system_prompt: str = "",
        base_url: str | None = None,
        tags: dict[str, str] | None = None,
        messages: tuple[Message, ...] | None = None,
        prompt: PromptUse | None = None,
        distinct_line: str = "",
    ) -> Run:
        provider = PROVIDERS[sdk_path]
        root = base_url or self.base_url
        lane = Lane(
            connection_id="demo",
            provider=provider,
            route=provider.value,
            sdk_path=sdk_path,
            model=model or MODELS[provider],
            streamed=streamed,
            tools=tools,
            system_prompt=system_prompt,
            prompt=prompt,
        )
        connection = Connection(
            id="demo",
            kind=ConnectionKind.DEMO,
            label="Demo gateway",
            base_url=root,
            api_key=Secret(key),
        )
        target = Target(
            connection=connection,
            provider=provider,
            route=provider.value,
            sdk_path=sdk_path,
            base_url=root + _SUFFIXES[sdk_path],
        )
        context = TurnContext(
            session_id=session_id, user=user, turn_index=turn_index, tags=tags or {}
        )
        said = messages or (Message(role="user", text=text),)
        request = ChatRequest(lane=lane, messages=said, distinct_line=distinct_line)
        return self.hub.start(request, target, context)

    def settled(self, run: Run) -> Turn:
        assert run.wait_settled(SETTLE_S), run.poll()
        snapshot = run.poll()
        return Turn(reply=snapshot.reply, state=snapshot.trace, run=run)

    def ask(self, sdk_path: SdkPath, **settings: Any) -> Turn:
        return self.settled(self.start(sdk_path, **settings))

    def stop_after_first_piece(self, sdk_path: SdkPath, **settings: Any) -> Turn:
        run = self.start(sdk_path, **settings)
        wait_until(lambda: run.poll().reply.chunk_count > 0)
        run.stop()
        return self.settled(run)


def wait_until(holds: Callable[[], bool], *, limit_s: float = SETTLE_S) -> None:
    """Poll; fails when it does not hold in time."""
    give_up_s = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < give_up_s, "It did not come about in time."
        time.sleep(0.005)


def shape(trace: Trace) -> list[str]:
    """One line a span, indented below its parent: name, kind, status, and gwtrace's marks."""
    depths: dict[str | None, int] = {None: -1}
    lines: list[str] = []
    for span in in_order(trace):
        depths[span.span_id] = depths[span.parent_id] + 1
        marks = [span.recorded_by] if span.recorded_by == "gwtrace" else []
        marks += ["stopped"] if span.is_stopped else []
        marks += ["first token"] if span.first_token_ns is not None else []
        corrected = span.attributes.get("gwtrace.corrected")
        marks += [f"corrected {', '.join(corrected)}"] if corrected else []
        line = f"{span.name} {span.kind} {span.status}"
        lines.append("  " * depths[span.span_id] + line + (f" [{'; '.join(marks)}]" * bool(marks)))
    return lines


def in_order(trace: Trace) -> list[Span]:
    """Parents before their children, else by time; fails on a span without its parent."""
    placed: list[Span] = []

    def place(parent_id: str | None) -> None:
        children = [span for span in trace.spans if span.parent_id == parent_id]
        for span in sorted(children, key=lambda each: each.start_ns):
            placed.append(span)
            place(span.span_id)

    place(None)
    assert len(placed) == len(trace.spans), "There are spans without their parent."
    return placed


def named(trace: Trace, name: str) -> Span:
    """The only span of that name."""
    (span,) = (span for span in trace.spans if span.name == name)
    return span


def store_at(uri: str) -> Store:
    """A server's store for functions that are given one, whether gwtrace would use it or not."""
    return Store(uri=uri, is_server=True, experiment_id="0")


class TakenForReady(Tracking):
    """A connection to a store that is not looked at first, to ask one that gwtrace refuses."""

    def __init__(self, uri: str) -> None:
        config = TrackingConfig(tracking_uri=uri, experiment_name="none", working_dir=Path())
        super().__init__(config)

    def wait_ready(self, timeout_s: float) -> TrackingState:
        return Ready(
            uri=self.config.shown_uri, experiment_id="0", is_server=True, is_embedded=False
        )

    def look_again(self, timeout_s: float = 0.0) -> TrackingState:
        return self.wait_ready(timeout_s)
