"""An HTTP proxy in front of a real MLflow server, which a test can have refuse or hold back."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_HOLD_LIMIT_S = 120.0
_UPSTREAM_S = 120.0
_NOT_PASSED_ON = {"connection", "transfer-encoding", "content-length", "host"}

Picks = Callable[[str, bytes], bool]
"""Is given a request's path and body."""


class MlflowProxy:
    """Passes everything on, but for what a test picks out."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.refused: Picks = lambda path, body: False
        """Answered with 404, as by a server that has no such route."""
        self.held: Picks = lambda path, body: False
        """Not passed on before `release` is set."""
        self.release = threading.Event()
        self.asked: list[str] = []
        """The path of each request, in the order in which they came."""
        self.holding = threading.Semaphore(0)
        """Counts the requests that were held back."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = ("127.0.0.1", self._server.server_port)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator[MlflowProxy]:
        """Listen during the block."""
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.release.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join(10)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                # Whoever asked may have given up meanwhile.
                with suppress(BrokenPipeError, ConnectionResetError):
                    proxy._answer(self)  # pyright: ignore[reportPrivateUsage]  # its other half

            do_POST = do_PATCH = do_DELETE = do_PUT = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the test says what matters."""

        return Handler

    def _answer(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers.get("content-length") or 0))
        path = urlsplit(asked.path).path
        self.asked.append(path)
        if self.refused(path, body):
            asked.send_error(404)
            return
        if self.held(path, body):
            self.holding.release()
            self.release.wait(_HOLD_LIMIT_S)
        self._pass_on(asked, body)

    def _pass_on(self, asked: BaseHTTPRequestHandler, body: bytes) -> None:
        upstream = http.client.HTTPConnection(*self.target, timeout=_UPSTREAM_S)
        try:
            headers = {k: v for k, v in asked.headers.items() if k.lower() not in _NOT_PASSED_ON}
            upstream.request(asked.command, asked.path, body or None, headers)
            answer = upstream.getresponse()
            content = answer.read()
        finally:
            upstream.close()
        asked.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _NOT_PASSED_ON:
                asked.send_header(name, value)
        asked.send_header("content-length", str(len(content)))
        asked.end_headers()
        asked.wfile.write(content)
