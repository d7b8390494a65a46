"""Runs the demo gateway as a process of its own, which goes away with the one that started it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from typing import IO

_STOP_TIMEOUT_S = 3.0
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


class DemoGatewayError(Exception):
    """The demo gateway did not start; the text says why."""


class DemoGateway:
    """A demo gateway process. `start()` it; a dead one is replaced by starting another.

    The child holds the read end of a pipe that only this process writes to, so that it sees the
    end of this process however that comes about, and then leaves.
    """

    def __init__(self, process: subprocess.Popen[bytes], base_url: Future[str]) -> None:
        self._process = process
        self._base_url = base_url

    @classmethod
    def start(cls, *, pace: float = 1.0) -> DemoGateway:
        """Start it on a free port of loopback. Returns at once; see `wait_ready`."""
        command = [sys.executable, "-m", "gwtrace_core.demo_gateway", "--exit-with-stdin"]
        process = subprocess.Popen(
            [*command, "--port", "0", "--pace", str(pace)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=_PACKAGE_ROOT,
        )
        base_url: Future[str] = Future()
        threading.Thread(
            target=_read_base_url, args=(process, base_url), name="demo-gateway-start", daemon=True
        ).start()
        return cls(process, base_url)

    def wait_ready(self, timeout_s: float = 10.0) -> None:
        """Wait until it accepts calls. Raises `DemoGatewayError` if it does not in time."""
        try:
            self._base_url.result(timeout=timeout_s)
        except FutureTimeoutError:
            raise DemoGatewayError(
                f"The demo gateway did not start within {timeout_s:g} s."
            ) from None

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:PORT/proxy`. Waits until it is ready, as `wait_ready` does."""
        self.wait_ready()
        return self._base_url.result()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def stop(self) -> None:
        """End it and wait until it is gone. Calling it again does nothing."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        deadline_s = time.monotonic() + _STOP_TIMEOUT_S
        try:
            self._process.wait(timeout=max(0.0, deadline_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _read_base_url(process: subprocess.Popen[bytes], base_url: Future[str]) -> None:
    """Take the child's one line, which it prints when it listens."""
    line = _line(process.stdout)
    if line:
        base_url.set_result(line)
        return
    reason = (process.stderr.read() if process.stderr else b"").decode("utf-8", "replace").strip()
    why = reason.splitlines()[-1] if reason else f"it ended with code {process.wait()}"
    base_url.set_exception(DemoGatewayError(f"The demo gateway did not start: {why}"))


def _line(stream: IO[bytes] | None) -> str:
    return stream.readline().decode().strip() if stream is not None else ""
