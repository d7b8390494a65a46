"""What the hub expects of a recorder, and what a run knows of its trace. No mlflow in here."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from gwtrace_core.trace.model import Trace
from gwtrace_core.values.connection import SdkPath, Target
from gwtrace_core.values.events import StreamEvent
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import ChatRequest, TurnContext


@dataclass(frozen=True, slots=True, kw_only=True)
class TracePending:
    """The trace is being recorded or written; it cannot be read yet."""

    trace_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRecorded:
    """The trace as MLflow has it."""

    trace: Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceMissing:
    """There is no trace to show, and why: the reason is for the user's eyes."""

    reason: str
    trace_id: str | None = None


TraceState = TracePending | TraceRecorded | TraceMissing


class TurnRecording(Protocol):
    """One turn's root span and the spans that fill autolog's gaps."""

    @property
    def trace_id(self) -> str | None:
        """MLflow's trace id, None when nothing is recorded."""
        ...

    def active(self) -> AbstractContextManager[None]:
        """While entered, spans that autolog makes in this task become children of the turn."""
        ...

    def trace_headers(self) -> Mapping[str, str]:
        """`traceparent` for the request about to be sent; empty when nothing is recorded."""
        ...

    def observe(self, event: StreamEvent) -> None:
        """Open and close the spans that gwtrace fills in. Never raises for MLflow's troubles."""
        ...

    def finish(self, reply: Reply) -> None:
        """Close every open span and the root with what only we know. Never blocks on MLflow."""
        ...


class Recorder(Protocol):
    """Records turns in MLflow and reads their traces back. All of it off the chat's way."""

    def begin(self, request: ChatRequest, target: Target, context: TurnContext) -> TurnRecording:
        """Open the turn's root span; called on the hub's loop, returns within milliseconds.

        When MLflow is not available the recording does nothing and its `trace_id` is None.
        """
        ...

    def prepare(self, path: SdkPath) -> None:
        """Block until MLflow and the experiment are settled, whatever the outcome, and until the
        autolog of the path's library is on, which imports it. Called in a worker thread before
        each turn; bounded in time."""
        ...

    def unrecorded(self) -> AbstractContextManager[None]:
        """While entered, calls of this thread and task leave no trace."""
        ...

    def read_back(self, trace_id: str | None) -> TraceState:
        """Poll the store until the finished trace is readable. Blocks, bounded in time, and
        answers `TraceRecorded` or `TraceMissing`; called in a worker thread."""
        ...
