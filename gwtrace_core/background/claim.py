"""Work that MLflow keeps a run of, in the hands of one process at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from gwtrace_core.background.heartbeat import PULSE_S, Pulse
from gwtrace_core.background.ordered_writes import Writer
from gwtrace_core.values.errors import TrackingError

MOST_WAIT_S = 3.0
"""Work waits no longer for MLflow to be told of it: a tracking server never holds up more."""


class TakenElsewhere(TrackingError):
    """Another process has gone on with the work, and done what is not known here."""

    def __init__(self, what: str) -> None:
        """`what` it is that was taken, a noun."""
        super().__init__(
            f"Another process has gone on with this {what} since.",
            hint="Reload the page to see how far it is.",
        )


class ClaimedRun(Protocol):
    """The work's run in MLflow. Methods may block, and raise TrackingError."""

    def take(self) -> None:
        """Mark it as running, in our hands. Raises TakenElsewhere when it is not to be had."""
        ...

    def tell_alive(self) -> None:
        """Leave a sign that somebody is at it."""
        ...

    def end(self, *, is_complete: bool) -> None:
        """Mark it as ended; it may be taken again."""
        ...


class Claim:
    """Tells MLflow who is at the work: taken before it goes on, kept by signs of life, given back
    when nothing is done any more.

    All of it beside the work, in threads of its own. Safe to use from any thread.
    """

    def __init__(
        self,
        run: ClaimedRun,
        writer: Writer,
        *,
        is_ours: bool = False,
        pulse_s: float = PULSE_S,
        most_wait_s: float = MOST_WAIT_S,
    ) -> None:
        """`writer` is what else the work has to tell is written by: in the order in which it came
        about. `is_ours` is whether MLflow has just made the run for us."""
        self._run = run
        self._writer = writer
        self._is_ours = is_ours
        self._is_taken = False
        self._most_wait_s = most_wait_s
        self._pulse = Pulse(run.tell_alive, every_s=pulse_s)
        self._changed = threading.Condition()
        self._is_open = False

    @property
    def is_taken(self) -> bool:
        """Whether another process has gone on with the work since."""
        return self._is_taken

    def open(self, then: Callable[[], None], refuse: Callable[[str], None]) -> None:
        """The work begins or goes on. `then` is called, perhaps more than once, when MLflow knows,
        will not take it, or has taken too long; `refuse` before it with the reason, should another
        process be found to have gone on. Returns at once."""
        with self._changed:
            is_known = self._is_open or self._is_ours
            if not self._is_open:
                self._pulse.start()
            self._is_open, self._is_ours = True, False
        # What was refused before stands before what comes now.
        self._writer.retry()
        if is_known:
            then()
            return
        timer = threading.Timer(self._most_wait_s, then)
        timer.daemon = True
        timer.start()

        def take() -> None:
            try:
                self._run.take()
            except TakenElsewhere as taken:
                with self._changed:
                    self._is_open, self._is_taken = False, True
                    self._pulse.stop()
                    self._changed.notify_all()
                refuse(f"{taken.message} {taken.hint}")
            finally:
                timer.cancel()
                then()

        self._writer.add(take, is_counted=False)

    def rest(self, *, is_complete: bool) -> None:
        """Nothing more is done for now. No harm when it was said before."""
        with self._changed:
            if not self._is_open:
                return
            self._is_open = False
            self._pulse.stop()
            self._writer.add(lambda: self._end(is_complete=is_complete), is_counted=False)
            self._changed.notify_all()

    def wait_rest(self, timeout_s: float) -> bool:
        """Block until nothing more is done and what MLflow is told of that is among the writes;
        False on timeout."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._is_open, timeout_s)

    def _end(self, *, is_complete: bool) -> None:
        with self._changed:
            if self._is_open:
                return  # it has gone on since
        self._run.end(is_complete=is_complete)
