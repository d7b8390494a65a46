"""Which pieces of work wait, by lane, and which of them is next."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Sequence

from gwtrace_core.values.errors import RequestRefused


class WaitingLanes:
    """The waiting pieces of every lane, by their index. No lane takes more than its share."""

    def __init__(self, lanes: Sequence[str], *, at_once: int) -> None:
        """`lanes` has the lane of each piece; `at_once` is how many may be under way."""
        self._lanes = lanes
        self._at_once = at_once
        self._waiting: dict[str, list[int]] = {lane: [] for lane in lanes}
        self.stopped: set[str] = set()
        """Of which nothing is started, while the others go on."""
        self.lost: dict[str, str] = {}
        """That cannot be reached any more, with the reason."""

    @property
    def all(self) -> frozenset[str]:
        """Every lane that there is work of."""
        return frozenset(self._waiting)

    def add(self, index: int) -> None:
        """Have a piece wait; the lowest index of a lane is its next."""
        heapq.heappush(self._waiting[self._lanes[index]], index)

    def take_next(self, running: Iterable[int]) -> int | None:
        """The first waiting piece whose lane has a place left, beside those that are running."""
        under_way = Counter(self._lanes[index] for index in running)
        startable = self.find_startable()
        share = math.ceil(self._at_once / max(1, len(startable | set(under_way))))
        free = [lane for lane in startable if under_way[lane] < share]
        if not free:
            return None
        return heapq.heappop(self._waiting[min(free, key=lambda lane: self._waiting[lane][0])])

    def find_startable(self) -> set[str]:
        """Lanes that have something waiting that may be started."""
        return {
            lane
            for lane, indexes in self._waiting.items()
            if indexes and lane not in self.stopped and lane not in self.lost
        }

    def count_startable(self) -> int:
        """Pieces that wait in those."""
        return sum(len(self._waiting[lane]) for lane in self.find_startable())

    def lose(self, lane: str, refused: RequestRefused) -> None:
        """Start nothing more of a lane, for that reason."""
        self.lost[lane] = f"{refused.message} {refused.hint}".strip()
