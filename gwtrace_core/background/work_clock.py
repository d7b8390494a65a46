"""How long work has taken, and how long the rest of it will take by the rate so far."""

from __future__ import annotations

from collections.abc import Callable


class WorkClock:
    """Counts the time in which anything is under way, pauses not counted."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds."""
        self._clock = clock
        self._before_s = 0.0
        self._since_s: float | None = None

    @property
    def elapsed_s(self) -> float:
        """So far."""
        if self._since_s is None:
            return self._before_s
        return self._before_s + self._clock() - self._since_s

    def tell(self, *, is_under_way: bool) -> None:
        """Whether anything is under way from now on."""
        if is_under_way and self._since_s is None:
            self._since_s = self._clock()
        elif not is_under_way:
            self._before_s, self._since_s = self.elapsed_s, None


def estimate_time_left_s(
    *, waiting: int, running: int, ended: int, elapsed_s: float
) -> float | None:
    """By the rate so far; None before the first piece has ended.

    One under way counts as half done: otherwise the first to end of several would make all the
    rest look several times as long as it is.
    """
    if not ended or elapsed_s <= 0:
        return None
    return (waiting + running / 2) * elapsed_s / (ended + running / 2)
