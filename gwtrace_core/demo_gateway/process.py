"""Runs the demo gateway as a process of its own, which goes away with the one that started it."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path

_STOP_TIMEOUT_S = 3.0
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]

_log = logging.getLogger(__name__)


class DemoGatewayError(Exception):
    """The demo gateway did not start; the text says why."""


class DemoGateway:
    """A demo gateway process. `start()` makes one; a dead one is replaced by starting another.

    The child reads a pipe that only this process writes to. So it sees the end of this process,
    however that comes about, and then leaves.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._base_url: Future[str] = Future()
        self._reader = threading.Thread(target=self._read, name="demo-gateway", daemon=True)
        self._reader.start()

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
            # Ctrl-C is for the parent, which may still want answers while it shuts down.
            start_new_session=True,
        )
        return cls(process)

    def wait_ready(self, timeout_s: float = 10.0) -> None:
        """Wait until it accepts calls. Raises `DemoGatewayError` if it does not in time."""
        try:
            self._base_url.result(timeout=timeout_s)
        except FutureTimeoutError:
            message = f"The demo gateway did not start within {timeout_s:g} s."
            raise DemoGatewayError(message) from None

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:PORT/proxy`. Waits until it is known, as `wait_ready` does."""
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
        try:
            self._process.wait(timeout=_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        """Take the one line that the child prints when it listens, then log what else it says."""
        process = self._process
        if process.stdout is None or process.stderr is None:
            return
        with process.stdout as stdout, process.stderr as stderr:
            if line := stdout.readline().decode().strip():
                self._base_url.set_result(line)
            last = ""
            for raw in stderr:
                last = raw.decode("utf-8", "replace").rstrip()
                _log.warning("Demo gateway: %s", last)
        if not self._base_url.done():
            reason = last or f"it ended with code {process.wait()}"
            error = DemoGatewayError(f"The demo gateway did not start: {reason}")
            self._base_url.set_exception(error)
