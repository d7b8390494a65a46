"""What a process still holds of the newest things it did: for a page that was reloaded."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

_T = TypeVar("_T")

_REMEMBERED = 8
"""Older ones are in MLflow, and show again from there."""


class Newest(Generic[_T]):
    """The newest of all sessions by their id. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, _T] = OrderedDict()

    def add(self, key: str, value: _T) -> None:
        """Remember it, and forget the oldest when there are too many."""
        with self._lock:
            self._known[key] = value
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)

    def find(self, key: str) -> _T | None:
        """What has that id, as long as it is remembered."""
        with self._lock:
            return self._known.get(key)

    @property
    def all(self) -> tuple[_T, ...]:
        """All that are remembered, the oldest first."""
        with self._lock:
            return tuple(self._known.values())
