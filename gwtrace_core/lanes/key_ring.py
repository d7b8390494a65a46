"""Keys that somebody typed: held in one place, lent for a call, forgotten with their session.

What makes calls later, as a batch does, holds no key but a `FindTarget` that knows its ring
weakly, so that nobody else can have the key used once the ring is empty.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from gwtrace_core.gateway.catalog import OfferedRoute
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.values.connection import Connection, FindTarget, Target
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import Lane

GONE_S = 120.0
"""A session whose browser has been away for that long does not come back: Streamlit makes a new
one, and empties the old one only when it next has to do with another."""

_LOOK_S = 5.0


class KeyRing:
    """The connections that one browser session typed. Safe to use from any thread."""

    def __init__(self, on_forgotten: Callable[[Connection], None]) -> None:
        """`on_forgotten` is called with each connection that leaves, after it has left."""
        self._on_forgotten = on_forgotten
        self._lock = threading.Lock()
        self._connections: dict[str, Connection] = {}

    @property
    def connections(self) -> tuple[Connection, ...]:
        """What was typed and is not forgotten, in the order in which it was typed."""
        with self._lock:
            return tuple(self._connections.values())

    def add(self, connection: Connection) -> None:
        """Keep it, in place of one with the same id, which is forgotten."""
        with self._lock:
            before = self._connections.get(connection.id)
            if before == connection:
                return
            self._connections[connection.id] = connection
        if before is not None:
            self._on_forgotten(before)

    def find(self, connection_id: str) -> Connection | None:
        """The connection of that id, unless it is forgotten."""
        with self._lock:
            return self._connections.get(connection_id)

    def forget(self, connection_id: str) -> None:
        """Make no more calls with it."""
        with self._lock:
            left = self._connections.pop(connection_id, None)
        if left is not None:
            self._on_forgotten(left)

    def forget_all(self) -> None:
        """Make no more calls with any of them."""
        for connection in self.connections:
            self.forget(connection.id)

    def make_finder(self, lane: Lane, offered: Sequence[OfferedRoute] = ()) -> FindTarget:
        """What finds the target of a lane with a typed key, for as long as the key is here."""
        return partial(_find_target, weakref.ref(self), lane, tuple(offered))


def _find_target(
    ring_ref: weakref.ref[KeyRing], lane: Lane, offered: tuple[OfferedRoute, ...]
) -> Target:
    ring = ring_ref()
    connection = None if ring is None else ring.find(lane.connection_id)
    if connection is None:
        raise RequestRefused(
            "The key that was typed for this lane has been forgotten, or is gone with its browser "
            "session.",
            hint="Type it again on Connections, then resume.",
        )
    return resolve(connection, lane, offered)


@dataclass(slots=True)
class _Watched:
    is_here: Callable[[], bool]
    """Whether the session's browser is connected."""
    gone_since_s: float | None = None


class RingWatch:
    """Empties the rings of sessions that have ended. Safe to use from any thread.

    Looks from a thread of its own, which runs only while there is a ring with a key.
    """

    def __init__(
        self, *, gone_s: float = GONE_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._gone_s = gone_s
        self._clock = clock
        self._lock = threading.Lock()
        self._watched: weakref.WeakKeyDictionary[KeyRing, _Watched] = weakref.WeakKeyDictionary()
        self._is_looking = False
        self._is_closed = threading.Event()

    def add(self, ring: KeyRing, is_here: Callable[[], bool]) -> None:
        """Watch this ring, which has been given a key."""
        with self._lock:
            self._watched.setdefault(ring, _Watched(is_here))
            if self._is_looking:
                return
            self._is_looking = True
        threading.Thread(target=self._keep_looking, name="gwtrace-keys", daemon=True).start()

    def look(self) -> None:
        """Look once, and empty the rings of sessions that have been gone for too long."""
        now_s = self._clock()
        with self._lock:
            watched = list(self._watched.items())
        for ring, each in watched:
            if each.is_here():
                each.gone_since_s = None
            elif each.gone_since_s is None:
                each.gone_since_s = now_s
            elif now_s - each.gone_since_s >= self._gone_s:
                ring.forget_all()

    def close(self) -> None:
        """Empty all rings, and look no more."""
        self._is_closed.set()
        with self._lock:
            rings = list(self._watched)
        for ring in rings:
            ring.forget_all()

    def _keep_looking(self) -> None:
        while not self._is_closed.wait(_LOOK_S):
            self.look()
            if not self._has_keys():
                return

    def _has_keys(self) -> bool:
        with self._lock:
            for ring in [ring for ring in self._watched if not ring.connections]:
                del self._watched[ring]
            self._is_looking = bool(self._watched)
            return self._is_looking
