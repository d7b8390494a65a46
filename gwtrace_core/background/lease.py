"""For how long work goes on that nobody looks at: a closed tab does not go on costing tokens."""

from __future__ import annotations

import time
from collections.abc import Callable

LEASE_S = 120.0
"""Unseen for that long, the tab is closed or has moved on."""


class Lease:
    """Renewed whenever somebody looks. Safe to use from any thread."""

    def __init__(
        self, length_s: float = LEASE_S, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.length_s = length_s
        self._clock = clock
        self._seen_s = clock()

    def renew(self) -> None:
        """Somebody looks now."""
        self._seen_s = self._clock()

    @property
    def is_over(self) -> bool:
        """Whether nobody has looked for the length of the lease."""
        return self._clock() - self._seen_s >= self.length_s
