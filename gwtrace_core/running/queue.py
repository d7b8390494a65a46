"""Many calls on the hub, a few at a time: stopped and resumed, and nobody need watch each of them.

A call that has settled starts the next one on the hub's loop, so a queue has no thread of its own
and goes on while its page is being redrawn.
"""

from __future__ import annotations

import heapq
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace

from gwtrace_core.running.calls import CallSnapshot, CallState, QueuedCall, QueueSnapshot
from gwtrace_core.running.hub import LEASE_S, Hub
from gwtrace_core.running.recorder import TraceMissing
from gwtrace_core.running.run import Run
from gwtrace_core.values.connection import FindTarget, Target
from gwtrace_core.values.errors import RequestRefused

_UNSEEN = "Paused because no page was watching any more."


class CallQueue:
    """Calls made in order, at most `at_once` at a time. Safe to use from any thread.

    No lane takes more than its share of the places while other lanes have calls to make, so one
    that hangs cannot hold up the rest; `at_once_per_lane` bounds it further. A place is free again
    when the call's trace has been read: MLflow is never asked for more than `at_once` traces.

    `on_settled` is called on the hub's loop with a call's index and its last state; it must not
    block.

    The queue holds no key. Whoever starts it or has it go on says for each lane how its target is
    found, and that is asked before every call: so each call is made with what that person has, and
    a lane whose key has been forgotten pauses. Lanes that they cannot reach are left out.

    A queue that nobody polls for `lease_s` seconds starts no more calls, and the hub stops
    those under way: a closed tab does not go on costing tokens. It says so, and can be resumed.
    """

    def __init__(
        self,
        hub: Hub,
        calls: Sequence[QueuedCall],
        *,
        at_once: int,
        at_once_per_lane: int | None = None,
        on_settled: Callable[[int, CallSnapshot], None] | None = None,
        known: Mapping[int, CallSnapshot] | None = None,
        lease_s: float = LEASE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`known` are calls that came to an end in another process, by their index."""
        self._hub = hub
        self._calls = tuple(calls)
        self._at_once = at_once
        self._per_lane = at_once_per_lane
        self._on_settled = on_settled
        self._lease_s = lease_s
        self._clock = clock
        self._lock = threading.Lock()
        self._states = [CallSnapshot()] * len(self._calls)
        self._counts: Counter[CallState] = Counter(state.state for state in self._states)
        self._waiting: dict[str, list[int]] = {}
        self._running: dict[int, Run] = {}
        self._is_paused = True
        self._is_held = False
        self._pause_reason = "Not started yet."
        self._reach: dict[str, FindTarget] = {}
        self._stopped_lanes: set[str] = set()
        self._lost_lanes: dict[str, str] = {}
        self._asked_to_stop: set[int] = set()
        self._elapsed_s = 0.0
        self._active_from_s: float | None = None
        self._seen_s = clock()
        for index, call in enumerate(self._calls):
            waiting = self._waiting.setdefault(call.lane_id, [])
            if index in (known or {}):
                self._set(index, (known or {})[index])
            else:
                waiting.append(index)

    def poll(self) -> QueueSnapshot:
        """The queue as it stands; renews its lease and that of the calls under way."""
        with self._lock:
            self._seen_s = self._clock()
            calls = list(self._states)
            for index, run in self._running.items():
                calls[index] = replace(calls[index], reply=run.poll().reply, trace_id=run.trace_id)
            return QueueSnapshot(
                calls=tuple(calls),
                waiting=self._counts["waiting"],
                running=self._counts["running"],
                finished=self._counts["finished"],
                failed=self._counts["failed"],
                stopped=self._counts["stopped"],
                is_active=self._is_active(),
                pause_reason=self._pause_reason if self._is_paused and self._left() else "",
                stopped_lanes=frozenset(self._stopped_lanes),
                lost_lanes=dict(self._lost_lanes),
                elapsed_s=self._elapsed(),
            )

    @property
    def is_active(self) -> bool:
        """As in a snapshot; renews no lease."""
        with self._lock:
            return self._is_active()

    @property
    def left(self) -> int:
        """How many calls wait or were stopped; renews no lease."""
        with self._lock:
            return self._left()

    def hold(self) -> None:
        """Start no call before `release`; those under way go on."""
        with self._lock:
            self._is_held = True

    def release(self) -> None:
        """Start what waits. No harm when nothing is held."""
        with self._lock:
            self._is_held = False
            self._fill()

    def resume(self, reach: Mapping[str, FindTarget]) -> None:
        """Start, or go on: make the calls that wait or were stopped, of the lanes in `reach`."""
        with self._lock:
            self._stopped_lanes.clear()
            self._take(reach)
            self._go_on("stopped", reach)

    def resume_lane(self, lane_id: str, find_target: FindTarget) -> None:
        """Go on with a lane that was stopped by itself; with no other, should all be paused."""
        with self._lock:
            if self._is_paused:
                self._stopped_lanes |= self._waiting.keys()
            self._stopped_lanes.discard(lane_id)
            self._lost_lanes.pop(lane_id, None)
            self._reach[lane_id] = find_target
            self._go_on("stopped", {lane_id})

    def retry_failed(self, reach: Mapping[str, FindTarget]) -> None:
        """Make the failed calls of these lanes once more, and go on with the rest."""
        with self._lock:
            self._take(reach)
            self._go_on("failed", reach)

    def stop(self, reason: str = "Stopped by the user.") -> None:
        """Cancel the calls under way and start no more; those that wait keep their places."""
        with self._lock:
            self._pause(reason)
            self._cancel(list(self._running), reason)

    def stop_lane(self, lane_id: str, reason: str = "Stopped by the user.") -> None:
        """Cancel the lane's calls and start none of it any more; the other lanes go on."""
        with self._lock:
            self._stopped_lanes.add(lane_id)
            of_lane = [i for i in self._running if self._calls[i].lane_id == lane_id]
            self._cancel(of_lane, reason)
            # Its share of the places is free for the others at once.
            self._fill()

    # What follows is called with the lock held.

    def _is_active(self) -> bool:
        return bool(self._running) or bool(not self._is_paused and self._startable())

    def _left(self) -> int:
        return self._counts["waiting"] + self._counts["stopped"]

    def _take(self, reach: Mapping[str, FindTarget]) -> None:
        self._reach = dict(reach)
        self._lost_lanes.clear()
        self._stopped_lanes |= self._waiting.keys() - reach.keys()

    def _go_on(self, state: CallState, lanes: Container[str]) -> None:
        for index, call in enumerate(self._states):
            if call.state == state and self._calls[index].lane_id in lanes:
                self._wait_again(index)
        self._seen_s = self._clock()
        self._is_paused = False
        self._fill()

    def _wait_again(self, index: int) -> None:
        self._set(index, CallSnapshot())
        heapq.heappush(self._waiting[self._calls[index].lane_id], index)

    def _pause(self, reason: str) -> None:
        self._is_paused, self._pause_reason = True, reason

    def _cancel(self, indexes: Iterable[int], reason: str) -> None:
        for index in indexes:
            self._asked_to_stop.add(index)
            self._running[index].stop(reason)

    def _fill(self) -> None:
        """Start calls while there is a place and somebody watches."""
        if not self._is_paused and self._clock() - self._seen_s >= self._lease_s:
            self._pause(_UNSEEN)
        while not (self._is_paused or self._is_held) and len(self._running) < self._at_once:
            index = self._next()
            if index is None:
                break
            self._start(index)
        self._keep_time()

    def _next(self) -> int | None:
        """The first waiting call whose lane has a place left; taken from its lane's queue."""
        under_way = Counter(self._calls[index].lane_id for index in self._running)
        startable = self._startable()
        share = math.ceil(self._at_once / max(1, len(startable | set(under_way))))
        bound = share if self._per_lane is None else min(share, self._per_lane)
        free = [lane_id for lane_id in startable if under_way[lane_id] < bound]
        if not free:
            return None
        return heapq.heappop(self._waiting[min(free, key=lambda lane: self._waiting[lane][0])])

    def _startable(self) -> set[str]:
        return {
            lane_id
            for lane_id, indexes in self._waiting.items()
            if indexes and lane_id not in self._stopped_lanes and lane_id not in self._lost_lanes
        }

    def _start(self, index: int) -> None:
        call = self._calls[index]
        target = self._find_target(call.lane_id)
        if target is None:
            heapq.heappush(self._waiting[call.lane_id], index)
            return
        run = self._hub.start(
            call.request,
            target,
            call.context,
            on_settled=lambda run: self._settled(index, run),
            is_remembered=False,
        )
        self._running[index] = run
        self._set(index, CallSnapshot(state="running", run=run, reply=run.reply))
        if self._find_target(call.lane_id) is None:
            # Forgotten meanwhile, when the hub did not yet know of this call.
            run.stop(self._lost_lanes[call.lane_id])

    def _find_target(self, lane_id: str) -> Target | None:
        """Where the lane's next call goes; None when its key is gone, which is noted."""
        try:
            return self._reach[lane_id]()
        except RequestRefused as refused:
            self._lost_lanes[lane_id] = f"{refused.message} {refused.hint}".strip()
            return None

    def _set(self, index: int, snapshot: CallSnapshot) -> None:
        self._counts[self._states[index].state] -= 1
        self._counts[snapshot.state] += 1
        self._states[index] = snapshot

    def _elapsed(self) -> float:
        since = self._active_from_s
        return self._elapsed_s + (0.0 if since is None else self._clock() - since)

    def _keep_time(self) -> None:
        if self._running and self._active_from_s is None:
            self._active_from_s = self._clock()
        elif not self._running:
            self._elapsed_s, self._active_from_s = self._elapsed(), None

    # And this is called by the run, on the hub's loop.

    def _settled(self, index: int, run: Run) -> None:
        with self._lock:
            if self._running.get(index) is not run:
                return
            del self._running[index]
            was_asked = index in self._asked_to_stop
            self._asked_to_stop.discard(index)
            snapshot = _last_state(run)
            self._set(index, snapshot)
            if snapshot.state == "stopped":
                lane_id = self._calls[index].lane_id
                if not was_asked and self._find_target(lane_id) is None:
                    pass  # It was stopped with its key; the other lanes go on.
                elif not was_asked:
                    # The lease has run out, or the hub is closing: the next would fare no better.
                    self._pause(run.reply.stop_reason or _UNSEEN)
                elif not self._is_paused and lane_id not in self._stopped_lanes:
                    # Resumed while it was still coming to its end.
                    self._wait_again(index)
            self._fill()
        if self._on_settled is not None:
            self._on_settled(index, snapshot)


def _last_state(run: Run) -> CallSnapshot:
    status = run.reply.status
    trace = run.trace
    return CallSnapshot(
        state="stopped" if status == "running" else status,
        reply=run.reply,
        trace_id=run.trace_id,
        trace_problem=trace.reason if isinstance(trace, TraceMissing) else "",
    )
