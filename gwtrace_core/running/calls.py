"""The calls of a queue as values: one to make, one as it stands, all of them at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gwtrace_core.running.run import Run
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import ChatRequest, TurnContext

CallState = Literal["waiting", "running", "finished", "failed", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedCall:
    """One call to make. Calls of the same `lane_id` share that lane's bound and its stop."""

    lane_id: str
    request: ChatRequest
    context: TurnContext


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSnapshot:
    """How far one call has come. Of a settled one the reply and the trace's id are kept."""

    state: CallState = "waiting"
    run: Run | None = None
    """While it is under way, until its trace has been read or given up."""
    reply: Reply | None = None
    """The reply as it stands; None while the call waits."""
    trace_id: str | None = None
    trace_problem: str = ""
    """Why there is no trace to read, where a settled call has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSnapshot:
    """A queue at one moment."""

    calls: tuple[CallSnapshot, ...]
    """In the order in which they were given."""
    waiting: int
    running: int
    finished: int
    failed: int
    stopped: int
    is_active: bool
    """Whether calls are under way or will be started without anybody's doing."""
    pause_reason: str
    """Why no more calls are started; empty while they are, and when there are none left."""
    stopped_lanes: frozenset[str]
    """Lanes whose calls are not started, while the others' are."""
    lost_lanes: Mapping[str, str]
    """Lanes that can be called no more, with the reason: their key is gone."""
    elapsed_s: float
    """Time in which calls were under way, pauses not counted."""

    @property
    def settled(self) -> int:
        """Calls that have come to an end of their own, well or not."""
        return self.finished + self.failed
