"""A sign of life that is given again and again while something is under way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from gwtrace_core.values.errors import TrackingError

PULSE_S = 15.0
"""Often enough that four in a row are not missed by chance, see `SILENT_MS`."""
SILENT_MS = 60_000
"""Without a sign for that long, the process that gave it has ended."""

_beating: set[Pulse] = set()
"""The pulses of this process that give signs."""


def stop_all_pulses() -> None:
    """Give no more signs at all: the process is ending."""
    for pulse in tuple(_beating):
        pulse.stop()


def is_silent(silent_ms: float) -> bool:
    """Whether whoever gave signs has ended, when nothing was heard for that long."""
    return silent_ms >= SILENT_MS


class Pulse:
    """Gives the sign from a thread of its own. Not safe to start and stop from several at once."""

    def __init__(self, give: Callable[[], None], *, every_s: float) -> None:
        """`give` may block, and raise TrackingError: the next sign comes anyway."""
        self._give = give
        self._every_s = every_s
        self._is_over = threading.Event()
        self._is_over.set()

    def start(self) -> None:
        """Give signs from now on; the first after one interval."""
        if self._is_over.is_set():
            self._is_over = threading.Event()
            _beating.add(self)
            threading.Thread(
                target=self._give_signs, args=(self._is_over,), name="gwtrace-pulse", daemon=True
            ).start()

    def stop(self) -> None:
        """Give no more."""
        self._is_over.set()
        _beating.discard(self)

    def _give_signs(self, is_over: threading.Event) -> None:
        while not is_over.wait(self._every_s):
            with suppress(TrackingError):
                self._give()
