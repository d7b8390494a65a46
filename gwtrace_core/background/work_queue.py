"""Much work, a little at a time: stopped, resumed, and given up when nobody watches.

What the work is, a queue does not know. What has ended starts the next piece, in whichever thread
it ended, so a queue has no thread of its own and goes on while its page is being redrawn.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from gwtrace_core.background.lease import LEASE_S, Lease
from gwtrace_core.background.waiting_lanes import WaitingLanes
from gwtrace_core.background.work import QueueSnapshot, Work, WorkState
from gwtrace_core.background.work_clock import WorkClock, estimate_time_left_s
from gwtrace_core.values.errors import RequestRefused

_Access = TypeVar("_Access")
_Job = TypeVar("_Job")
_Item = TypeVar("_Item")

_UNSEEN = "Paused because no page was watching any more."


def _ignore_rest() -> None:
    """Nobody wants to know."""


class WorkQueue(Generic[_Access, _Job, _Item]):
    """Work done in order, at most `at_once` pieces at a time. Safe to use from any thread.

    Every piece belongs to a lane. No lane takes more than its share of the places while others
    have work to do, so one that hangs cannot hold up the rest.

    The queue holds no key. Whoever starts it or has it go on says for each lane how it is reached,
    and that is asked before every piece: so each is done with what that person has, and a lane
    whose key has been forgotten pauses. Lanes that they cannot reach are left out.

    A queue that nobody polls for `lease_s` seconds starts nothing more. It says so, and can be
    resumed.
    """

    def __init__(
        self,
        work: Work[_Access, _Job, _Item],
        lanes: Sequence[str],
        *,
        at_once: int,
        on_settled: Callable[[int, _Item], None],
        on_rest: Callable[[], None] = _ignore_rest,
        known: Mapping[int, _Item] | None = None,
        lease_s: float = LEASE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is begun before `resume`. `lanes` has the lane of each piece, and `known` those
        that have ended elsewhere, by their index.

        `on_settled` is called with every piece that ends, before another begins in its place; it
        must neither block nor ask the queue. `on_rest` may ask it: it is called, from any thread
        and perhaps more than once, when nothing is under way or will be.
        """
        self._work = work
        self._lanes = tuple(lanes)
        self._at_once = at_once
        self._on_settled = on_settled
        self._on_rest = on_rest
        self._lease = Lease(lease_s, clock=clock)
        self._clock = WorkClock(clock)
        self._lock = threading.Lock()
        known = known or {}
        self._items = [
            known[index] if index in known else work.look_at(index, None)
            for index in range(len(self._lanes))
        ]
        self._states: list[WorkState] = [work.state_of(item) for item in self._items]
        self._counts: Counter[WorkState] = Counter(self._states)
        self._waiting = WaitingLanes(self._lanes, at_once=at_once)
        for index, state in enumerate(self._states):
            if state == "waiting":
                self._waiting.add(index)
        self._running: dict[int, _Job] = {}
        self._attempts: Counter[int] = Counter()
        self._asked_to_stop: set[int] = set()
        self._is_paused = True
        self._is_held = False
        self._pause_reason = "Not started yet."
        self._reach: dict[str, Callable[[], _Access]] = {}
        self._ended = 0

    def poll(self) -> QueueSnapshot[_Item]:
        """The queue as it stands; renews its lease and that of what is under way."""
        with self._lock:
            self._lease.renew()
            items = list(self._items)
            for index, job in self._running.items():
                items[index] = self._work.look_at(index, job)
            return QueueSnapshot(
                items=tuple(items),
                waiting=self._counts["waiting"],
                running=self._counts["running"],
                finished=self._counts["finished"],
                failed=self._counts["failed"],
                stopped=self._counts["stopped"],
                is_active=self._is_active(),
                pause_reason=self._pause_reason if self._is_paused and self._count_left() else "",
                stopped_lanes=frozenset(self._waiting.stopped),
                lost_lanes=dict(self._waiting.lost),
                elapsed_s=self._clock.elapsed_s,
                time_left_s=self._estimate_time_left_s(),
            )

    @property
    def is_active(self) -> bool:
        """As in a snapshot; renews no lease."""
        with self._lock:
            return self._is_active()

    @property
    def left(self) -> int:
        """How much waits or was stopped; renews no lease."""
        with self._lock:
            return self._count_left()

    def hold(self) -> None:
        """Begin nothing before `release`; what is under way goes on."""
        with self._lock:
            self._is_held = True

    def release(self) -> None:
        """Begin what waits. No harm when nothing is held."""
        with self._lock:
            self._is_held = False
            self._fill()
        self._tell_rest()

    def resume(self, reach: Mapping[str, Callable[[], _Access]]) -> None:
        """Start, or go on: do what waits or was stopped, in the lanes of `reach`."""
        with self._lock:
            self._waiting.stopped.clear()
            self._take(reach)
            self._go_on(("stopped",), reach)
        self._tell_rest()

    def resume_lane(self, lane: str, find_access: Callable[[], _Access]) -> None:
        """Go on with a lane that was stopped by itself; with no other, should all be paused."""
        with self._lock:
            if self._is_paused:
                self._waiting.stopped |= self._waiting.all
            self._waiting.stopped.discard(lane)
            self._waiting.lost.pop(lane, None)
            self._reach[lane] = find_access
            self._go_on(("stopped",), {lane})
        self._tell_rest()

    def retry_failed(
        self, reach: Mapping[str, Callable[[], _Access]], *, is_stopped_too: bool = False
    ) -> None:
        """Do once more what has failed in these lanes, or was stopped too; go on with the rest."""
        with self._lock:
            self._take(reach)
            self._go_on(("failed", "stopped") if is_stopped_too else ("failed",), reach)
        self._tell_rest()

    def stop(self, reason: str = "Stopped by the user.") -> None:
        """Stop what is under way and begin nothing more; what waits keeps its place."""
        with self._lock:
            self._pause(reason)
            self._stop_jobs(list(self._running), reason)
        self._tell_rest()

    def stop_lane(self, lane: str, reason: str = "Stopped by the user.") -> None:
        """Stop what is under way in a lane and begin none of it; the other lanes go on."""
        with self._lock:
            self._waiting.stopped.add(lane)
            self._stop_jobs([i for i in self._running if self._lanes[i] == lane], reason)
            # Its share of the places is free for the others at once.
            self._fill()
        self._tell_rest()

    def _tell_rest(self) -> None:
        # Without the lock: whoever is told asks how much is left.
        if not self.is_active:
            self._on_rest()

    # What follows is called with the lock held.

    def _is_active(self) -> bool:
        return bool(self._running) or bool(not self._is_paused and self._waiting.find_startable())

    def _count_left(self) -> int:
        return self._counts["waiting"] + self._counts["stopped"]

    def _take(self, reach: Mapping[str, Callable[[], _Access]]) -> None:
        self._reach = dict(reach)
        self._waiting.lost.clear()
        self._waiting.stopped |= self._waiting.all - reach.keys()

    def _go_on(self, states: Container[WorkState], lanes: Container[str]) -> None:
        for index, state in enumerate(self._states):
            if state in states and self._lanes[index] in lanes:
                self._wait_again(index)
        self._lease.renew()
        self._is_paused = False
        self._fill()

    def _wait_again(self, index: int) -> None:
        self._set(index, "waiting", self._work.look_at(index, None))
        self._waiting.add(index)

    def _pause(self, reason: str) -> None:
        self._is_paused, self._pause_reason = True, reason

    def _stop_jobs(self, indexes: Iterable[int], reason: str) -> None:
        for index in indexes:
            self._asked_to_stop.add(index)
            self._work.stop(self._running[index], reason)

    def _fill(self) -> None:
        """Begin what there is a place for, while somebody watches."""
        if not self._is_paused and self._lease.is_over:
            self._pause(_UNSEEN)
        while not (self._is_paused or self._is_held) and len(self._running) < self._at_once:
            index = self._waiting.take_next(self._running)
            if index is None:
                break
            self._start(index)
        self._clock.tell(is_under_way=bool(self._running))

    def _start(self, index: int) -> None:
        lane = self._lanes[index]
        self._attempts[index] += 1
        attempt = self._attempts[index]

        def end(item: _Item, *, stop_reason: str = "") -> None:
            self._settle(index, attempt, item, stop_reason)

        try:
            job = self._work.start(index, self._reach[lane](), end)
        except RequestRefused as refused:
            self._waiting.lose(lane, refused)
            self._waiting.add(index)
            return
        self._running[index] = job
        self._set(index, "running", self._items[index])
        if not self._is_reachable(lane):
            # Forgotten meanwhile, when whoever forgets did not yet know of this piece.
            self._work.stop(job, self._waiting.lost[lane])

    def _is_reachable(self, lane: str) -> bool:
        """Whether the lane's next piece can be begun; that it cannot is noted."""
        try:
            self._reach[lane]()
        except RequestRefused as refused:
            self._waiting.lose(lane, refused)
            return False
        return True

    def _set(self, index: int, state: WorkState, item: _Item) -> None:
        self._counts[self._states[index]] -= 1
        self._counts[state] += 1
        self._states[index], self._items[index] = state, item

    def _estimate_time_left_s(self) -> float | None:
        if not self._is_active():
            return None
        return estimate_time_left_s(
            waiting=self._waiting.count_startable(),
            running=len(self._running),
            ended=self._ended,
            elapsed_s=self._clock.elapsed_s,
        )

    # And this takes the lock itself: it is called by what has ended, in whatever thread that was.

    def _settle(self, index: int, attempt: int, item: _Item, stop_reason: str) -> None:
        with self._lock:
            if self._attempts[index] != attempt or self._running.pop(index, None) is None:
                return
            was_asked = index in self._asked_to_stop
            self._asked_to_stop.discard(index)
            state = self._work.state_of(item)
            self._set(index, state, item)
            self._ended += state != "stopped"
            self._on_settled(index, item)
            if state == "stopped":
                self._follow_stop(index, stop_reason, was_asked=was_asked)
            self._fill()
        self._tell_rest()

    def _follow_stop(self, index: int, reason: str, *, was_asked: bool) -> None:
        lane = self._lanes[index]
        if was_asked:
            if not self._is_paused and lane not in self._waiting.stopped:
                # Resumed while it was still coming to its end.
                self._wait_again(index)
        elif self._is_reachable(lane):
            # Not our doing, nor the key's: its lease has run out, or the app is ending. The next
            # would fare no better. Where its key is gone, the other lanes go on.
            self._pause(reason or _UNSEEN)
