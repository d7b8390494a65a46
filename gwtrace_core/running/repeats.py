"""One call made several times, one after the other, on the hub."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from gwtrace_core.running.hub import LEASE_S, Hub
from gwtrace_core.running.recorder import TracePending
from gwtrace_core.running.run import Run
from gwtrace_core.values.connection import FindTarget, Target
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import ChatRequest, TurnContext


class Repeats:
    """The runs of one call, one for each of `calls`. Safe to use from any thread.

    A run that has settled starts the next on the hub's loop, so the chain goes on while its page
    is redrawn or another is looked at. A failed run does not end it; a stopped one does. When
    nobody has polled for `lease_s` seconds no further run is started: a closed tab does not go on
    costing tokens. Nor is one when the key has been forgotten: it is asked for before each.
    """

    def __init__(
        self,
        hub: Hub,
        find_target: FindTarget,
        calls: Sequence[tuple[ChatRequest, TurnContext]],
        *,
        lease_s: float = LEASE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Starts the first. Raises RequestRefused when there is nothing to call with."""
        self._hub = hub
        self._find_target = find_target
        self._calls = tuple(calls)
        self._lease_s = lease_s
        self._clock = clock
        self._lock = threading.Lock()
        self._seen_s = clock()
        self._is_stopped = False
        self._runs: list[Run] = []
        with self._lock:
            self._start_next(find_target())

    @property
    def planned(self) -> int:
        """How many runs there are to be."""
        return len(self._calls)

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs that were started, in order; their leases are not renewed."""
        with self._lock:
            return tuple(self._runs)

    @property
    def is_over(self) -> bool:
        """Whether the last run has settled and none will follow."""
        with self._lock:
            return not isinstance(self._runs[-1].trace, TracePending) and not self._goes_on

    def poll(self) -> tuple[Run, ...]:
        """The runs that were started; renews the lease of the chain and of the run under way."""
        with self._lock:
            self._seen_s = self._clock()
            self._runs[-1].poll()
            return tuple(self._runs)

    def stop(self, reason: str = "Stopped by the user.") -> None:
        """Stop the run under way and start no other."""
        with self._lock:
            self._is_stopped = True
            self._runs[-1].stop(reason)

    # What follows is called with the lock held.

    @property
    def _goes_on(self) -> bool:
        return not self._is_stopped and len(self._runs) < len(self._calls)

    def _start_next(self, target: Target) -> None:
        request, context = self._calls[len(self._runs)]
        run = self._hub.start(request, target, context, on_settled=self._settled)
        self._runs.append(run)

    # And this is called by a run, on the hub's loop.

    def _settled(self, run: Run) -> None:
        with self._lock:
            unseen_s = self._clock() - self._seen_s
            if run.reply.status == "stopped" or unseen_s >= self._lease_s:
                self._is_stopped = True
            if not self._goes_on:
                return
            try:
                target = self._find_target()
            except RequestRefused:
                self._is_stopped = True
                return
            self._start_next(target)
