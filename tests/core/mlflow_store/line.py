"""A TCP line to a server which a test can cut, hold or restore."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress
from typing import Literal

Mode = Literal["open", "cut", "held"]


class Line:
    """Listens on a port of its own. `cut`: refuses. `held`: accepts and never answers."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._mode: Mode = "open"
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listener = self._listen(0)
        self.port = int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """As when the server is killed: connections end, and new ones are refused."""
        self._mode = "cut"
        self._close_all()

    def hold(self) -> None:
        """As when the server hangs."""
        if self._mode == "cut":
            self._listener = self._listen(self.port)
        self._mode = "held"

    def restore(self) -> None:
        if self._mode == "cut":
            self._listener = self._listen(self.port)
        self._mode = "open"

    def close(self) -> None:
        self.cut()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(64)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self._sockets.append(near)
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with suppress(OSError, ValueError), near, socket.create_connection(self._target) as far:
            with self._lock:
                self._sockets.append(far)
            sources = [near, far]
            while near in sources:
                for source in select.select(sources, [], [], 5.0)[0]:
                    data = source.recv(65_536)
                    if not data and self._mode == "held" and source is far:
                        # What hangs does not hang up either.
                        sources.remove(far)
                    elif not data:
                        return
                    elif self._mode == "open":
                        (far if source is near else near).sendall(data)

    def _close_all(self) -> None:
        with suppress(OSError):
            # Wakes the thread that accepts, which close() alone would not.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
