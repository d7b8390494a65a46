"""The calls of a queue as values: one to make, and one as it stands."""

from __future__ import annotations

from dataclasses import dataclass

from gwtrace_core.background.work import WorkState
from gwtrace_core.running.run import Run
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import ChatRequest, TurnContext


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedCall:
    """One call to make. Calls of the same `lane_id` share that lane's places and its stop."""

    lane_id: str
    request: ChatRequest
    context: TurnContext


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSnapshot:
    """How far one call has come. Of a settled one the reply and the trace's id are kept."""

    state: WorkState = "waiting"
    run: Run | None = None
    """While it is under way, until its trace has been read or given up."""
    reply: Reply | None = None
    """The reply as it stands; None while the call waits."""
    trace_id: str | None = None
    trace_problem: str = ""
    """Why there is no trace to read, where a settled call has none."""
