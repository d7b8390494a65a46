"""A turn being executed: what the loop writes and the page reads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from gwtrace_core.background.lease import LEASE_S, Lease
from gwtrace_core.running.entrance import Entrance, clean_value
from gwtrace_core.running.recorder import TraceMissing, TracePending, TraceRecorded, TraceState
from gwtrace_core.values.connection import Target, without_key
from gwtrace_core.values.events import StreamEvent
from gwtrace_core.values.masking import Masker, secrets_of
from gwtrace_core.values.reply import Reply, advance
from gwtrace_core.values.request import ChatRequest, TurnContext


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSnapshot:
    """What a page paints: the reply and its trace, taken at one moment."""

    reply: Reply
    trace: TraceState
    is_begun: bool = True
    """False while the run still waits for its SDK and MLflow to be loaded."""
    is_settled: bool
    """True when neither the reply nor the trace will change again."""

    @property
    def awaits_first_piece(self) -> bool:
        """Whether a reply is on its way of which nothing has come yet."""
        return self.reply.running and self.reply.chunk_count == 0


class Run:
    """One turn on its way. Written by the hub's loop, read by any number of page scripts.

    It outlives the script that started it: a click, a rerun or a switch of pages re-attaches to
    the same run. A run that nobody polls for `lease_s` seconds is stopped. `started_ms` counts from
    the Unix epoch.
    """

    def __init__(
        self,
        *,
        request: ChatRequest,
        target: Target,
        context: TurnContext,
        clock: Callable[[], float],
        started_ms: int,
        lease_s: float = LEASE_S,
        on_settled: Callable[[Run], None] | None = None,
    ) -> None:
        # What a person typed, or what came by an address.
        self.request = clean_value(request)
        self.target = target
        self.context = clean_value(context)
        self.started_ms = started_ms
        self.lease = Lease(lease_s, clock=clock)
        self._clock = clock
        # Of this connection alone: how long a letter is held back would tell whoever writes the
        # answer, letter by letter, of a key that he does not have.
        masker = Masker(secrets_of(target.connection))
        self._entrance = Entrance(model=request.lane.model, masker=masker)
        self._on_settled = on_settled
        self._snapshot = RunSnapshot(
            reply=Reply(), trace=TracePending(), is_begun=False, is_settled=False
        )
        self._begun_s: float | None = None
        self._settled = threading.Event()
        self._cancel: Callable[[str], None] | None = None
        self._stop_reason: str | None = None

    def poll(self) -> RunSnapshot:
        """The run as it stands; renews the lease."""
        self.lease.renew()
        return self._snapshot

    def stop(self, reason: str = "Stopped by the user.") -> None:
        """Cancel the call and close its upstream connection; what has arrived stays."""
        # Kept, since the loop may not have come to launch it yet.
        self._stop_reason = reason
        if self._cancel is not None:
            self._cancel(reason)

    def wait_settled(self, timeout_s: float) -> bool:
        """Block until the reply has ended and its trace is read or given up; False on timeout."""
        return self._settled.wait(timeout_s)

    # What follows is for the hub, on its loop.

    def attach(self, cancel: Callable[[str], None]) -> None:
        """Give the run the means to stop itself."""
        self._cancel = cancel
        if self._stop_reason is not None:
            cancel(self._stop_reason)

    def begin(self, trace_id: str | None) -> None:
        """Start the stopwatch: the call is about to be made."""
        self._begun_s = self._clock()
        self._set(trace=TracePending(trace_id=trace_id))

    def apply(self, event: StreamEvent) -> tuple[StreamEvent, ...]:
        """Fold one event into the reply; the events as they were folded, for the recorder."""
        events = self._entrance.take(event)
        begun_s = self._clock() if self._begun_s is None else self._begun_s
        elapsed_ms = (self._clock() - begun_s) * 1000
        for each in events:
            self._set(reply=advance(self._snapshot.reply, each, elapsed_ms=elapsed_ms))
        return events

    @property
    def trace_id(self) -> str | None:
        """MLflow's trace id, as far as it is known by now."""
        state = self._snapshot.trace
        return state.trace.trace_id if isinstance(state, TraceRecorded) else state.trace_id

    @property
    def is_settled(self) -> bool:
        """Whether nothing changes any more."""
        return self._snapshot.is_settled

    @property
    def reply(self) -> Reply:
        """The reply as it stands, without renewing the lease."""
        return self._snapshot.reply

    @property
    def trace(self) -> TraceState:
        """The trace as it stands, without renewing the lease."""
        return self._snapshot.trace

    def settle(self, trace: TraceState) -> None:
        """The trace is read, or given up: nothing changes any more."""
        # Pages and the hub remember runs for long; none of them may keep a key alive.
        self.target = without_key(self.target)
        self._entrance = Entrance(model=self.request.lane.model)
        # It leads to the task, whose context remembers the request that it has made.
        self._cancel = None
        self._set(trace=trace, is_settled=True)
        try:
            if self._on_settled is not None:
                self._on_settled(self)
        finally:
            # Last: whoever has waited finds what follows from it done.
            self._settled.set()

    def crash(self) -> None:
        """A bug ended the run. The reply says so; the hub's loop has logged it."""
        self.settle(TraceMissing(reason="The run ended with a fault of gwtrace itself."))

    def _set(
        self,
        *,
        reply: Reply | None = None,
        trace: TraceState | None = None,
        is_settled: bool = False,
    ) -> None:
        # One assignment: readers in other threads see either the old snapshot or the new one.
        self._snapshot = RunSnapshot(
            reply=reply or self._snapshot.reply,
            trace=trace or self._snapshot.trace,
            is_begun=self._begun_s is not None,
            is_settled=is_settled,
        )
