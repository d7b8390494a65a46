"""Calls on the hub as the work of a queue."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from gwtrace_core.background.lease import LEASE_S
from gwtrace_core.background.work import EndWork, WorkState
from gwtrace_core.background.work_queue import WorkQueue
from gwtrace_core.running.calls import CallSnapshot, QueuedCall
from gwtrace_core.running.hub import Hub
from gwtrace_core.running.recorder import TraceMissing
from gwtrace_core.running.run import Run
from gwtrace_core.values.connection import Target

CallQueue = WorkQueue[Target, Run, CallSnapshot]

_WAITING = CallSnapshot()


def _ignore_call(index: int, call: CallSnapshot) -> None:
    """Nobody wants to know."""


def _ignore_rest() -> None:
    """Nobody wants to know."""


def queue_calls(
    hub: Hub,
    calls: Sequence[QueuedCall],
    *,
    at_once: int,
    on_started: Callable[[Run], None] | None = None,
    on_settled: Callable[[int, CallSnapshot], None] = _ignore_call,
    on_rest: Callable[[], None] = _ignore_rest,
    known: Mapping[int, CallSnapshot] | None = None,
    lease_s: float = LEASE_S,
    clock: Callable[[], float] = time.monotonic,
) -> CallQueue:
    """Calls to be made once the queue is resumed; see `WorkQueue`.

    A call's place is free again when its trace has been read: MLflow is never asked for more than
    `at_once` traces. What nobody polls any more the hub stops as well. The hub remembers the runs
    only where `on_started` takes them: those of a batch would push the chats out of its memory.
    """
    return WorkQueue(
        _HubCalls(hub, calls, on_started),
        [call.lane_id for call in calls],
        at_once=at_once,
        on_settled=on_settled,
        on_rest=on_rest,
        known=known,
        lease_s=lease_s,
        clock=clock,
    )


class _HubCalls:
    def __init__(
        self, hub: Hub, calls: Sequence[QueuedCall], on_started: Callable[[Run], None] | None
    ) -> None:
        self._hub = hub
        self._calls = tuple(calls)
        self._on_started = on_started

    def start(self, index: int, access: Target, end: EndWork[CallSnapshot]) -> Run:
        call = self._calls[index]
        run = self._hub.start(
            call.request,
            access,
            call.context,
            on_settled=lambda run: end(_describe_end(run), stop_reason=run.reply.stop_reason or ""),
            is_remembered=self._on_started is not None,
        )
        if self._on_started is not None:
            self._on_started(run)
        return run

    def stop(self, job: Run, reason: str) -> None:
        job.stop(reason)

    def look_at(self, index: int, job: Run | None) -> CallSnapshot:
        if job is None:
            return _WAITING
        return CallSnapshot(state="running", run=job, reply=job.poll().reply, trace_id=job.trace_id)

    def state_of(self, item: CallSnapshot) -> WorkState:
        return item.state


def _describe_end(run: Run) -> CallSnapshot:
    status = run.reply.status
    trace = run.trace
    return CallSnapshot(
        state="stopped" if status == "running" else status,
        reply=run.reply,
        trace_id=run.trace_id,
        trace_problem=trace.reason if isinstance(trace, TraceMissing) else "",
    )
