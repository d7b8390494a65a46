"""One call made several times, one after the other, on the hub."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from gwtrace_core.background.lease import LEASE_S
from gwtrace_core.running.calls import QueuedCall
from gwtrace_core.running.hub import Hub
from gwtrace_core.running.queue import queue_calls
from gwtrace_core.running.run import Run
from gwtrace_core.values.connection import FindTarget
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import ChatRequest, TurnContext

_LANE = "repeated"


class Repeats:
    """The runs of one call, one for each of `calls`: a queue that makes one at a time. Safe to use
    from any thread.

    A failed run does not end the chain; a stopped one does, and so does a key that is forgotten.
    When nobody has polled for `lease_s` seconds no further run is started.
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
        self._runs: list[Run] = []
        self._queue = queue_calls(
            hub,
            [
                QueuedCall(lane_id=_LANE, request=request, context=context)
                for request, context in calls
            ],
            at_once=1,
            on_started=self._runs.append,
            lease_s=lease_s,
            clock=clock,
        )
        self.planned = len(calls)
        """How many runs there are to be."""
        # Asked here as well, for what it says when it refuses.
        find_target()
        self._queue.resume({_LANE: find_target})
        if not self._runs:
            raise RequestRefused(self._queue.poll().lost_lanes[_LANE])

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs that were started, in order; their leases are not renewed."""
        return tuple(self._runs)

    @property
    def is_over(self) -> bool:
        """Whether the last run has settled and none will follow."""
        return not self._queue.is_active

    def poll(self) -> tuple[Run, ...]:
        """The runs that were started; renews the lease of the chain and of the run under way."""
        self._queue.poll()
        return self.runs

    def stop(self, reason: str = "Stopped by the user.") -> None:
        """Stop the run under way and start no other."""
        self._queue.stop(reason)
