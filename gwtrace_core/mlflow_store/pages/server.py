"""*Open in MLflow*: the address of a trace in MLflow's own pages.

With a tracking server that is known at once. For the embedded store a light `mlflow server` is
started on demand, as its own process on loopback; it takes about twenty seconds.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import ProxyHandler, build_opener

from gwtrace_core.mlflow_store.connection.tracking import Ready, Tracking
from gwtrace_core.values.uris import address_of, masked_message

_SCRIPT = Path(__file__).with_name("process.py")
_START_LIMIT_S = 180.0
_POLL_S = 0.25
_STOP_S = 10.0
_KEPT_LINES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class UiOff:
    """No page of MLflow's is running, and none has been asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UiStarting:
    """Asked for at this time, and not yet listening."""

    since_s: float
    """Seconds since the Unix epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UiReady:
    """MLflow's pages are there."""

    base_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UiFailed:
    """It did not start, or ended by itself; asking again tries again."""

    reason: str


UiState = UiOff | UiStarting | UiReady | UiFailed


class MlflowUi:
    """MLflow's pages for the traces of one `Tracking`."""

    def __init__(self, tracking: Tracking) -> None:
        self._tracking = tracking
        self._lock = threading.Lock()
        self._state: UiState = UiOff()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def state(self) -> UiState:
        """Never blocks."""
        known = self._tracking.state
        if isinstance(known, Ready) and known.is_server:
            return UiReady(base_url=address_of(self._tracking.config.uri).rstrip("/"))
        return self._state

    def start(self) -> UiState:
        """Start the server if one is needed and none is there. Returns at once."""
        with self._lock:
            if isinstance(self.state, UiOff | UiFailed):
                self._state = UiStarting(since_s=time.time())
                threading.Thread(target=self._run, name="gwtrace-mlflow-ui", daemon=True).start()
        return self.state

    def trace_url(self, trace_id: str) -> str | None:
        """Where MLflow shows the trace; None as long as its pages are not there (see `start`)."""
        return self._url(f"traces/{quote(trace_id, safe='')}")

    def session_url(self, session_id: str) -> str | None:
        """Where MLflow shows the whole conversation."""
        return self._url(f"chat-sessions/{quote(session_id, safe='')}")

    def evaluation_url(self, evaluation_id: str) -> str | None:
        """Where MLflow shows an evaluation's run."""
        return self._url(f"evaluation-runs?selectedRunUuid={quote(evaluation_id, safe='')}")

    def stop(self) -> None:
        """End the server and wait until it is gone. It also goes when this process ends."""
        with self._lock:
            process, self._process = self._process, None
            self._state = UiOff()
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _url(self, path: str) -> str | None:
        state, known = self.state, self._tracking.state
        if not isinstance(state, UiReady) or not isinstance(known, Ready):
            return None
        return f"{state.base_url}/#/experiments/{known.experiment_id}/{path}"

    def _run(self) -> None:
        """Start the server, wait until it listens, then until it ends. In a thread of its own."""
        port = _find_free_port()
        process = subprocess.Popen(
            # -P: the script's directory holds modules that must not shadow others.
            [sys.executable, "-P", str(_SCRIPT), str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=self._tracking.config.working_dir,
            env=_build_environment(self._tracking.config.uri),
            # Ctrl-C is for the parent, which ends the server itself.
            start_new_session=True,
        )
        with self._lock:
            if not isinstance(self._state, UiStarting):
                # Stopped in the meantime.
                process.kill()
                return
            self._process = process
        lines: deque[str] = deque(maxlen=_KEPT_LINES)
        reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
        reader.start()
        reason = self._wait_until_ready(process, f"http://127.0.0.1:{port}")
        if reason is None:
            process.wait()
            reader.join()
            told = lines[-1] if lines else "it did not say why"
            uri = self._tracking.config.uri
            reason = f"MLflow's server ended: {masked_message(told, uri)}"
        with self._lock:
            if self._process is not process:
                # It was stopped, and that is not a failure.
                return
            self._process = None
            self._state = UiFailed(reason=reason)
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def _wait_until_ready(self, process: subprocess.Popen[bytes], base_url: str) -> str | None:
        """None when it listens or has ended; else why it is given up."""
        # No proxy: this is loopback.
        opener = build_opener(ProxyHandler({}))
        give_up_s = time.monotonic() + _START_LIMIT_S
        while process.poll() is None:
            if time.monotonic() > give_up_s:
                return f"MLflow's server did not start within {_START_LIMIT_S:g} s."
            with suppress(URLError, OSError), opener.open(f"{base_url}/health", timeout=2.0):
                with self._lock:
                    if self._process is process:
                        self._state = UiReady(base_url=base_url)
                return None
            time.sleep(_POLL_S)
        return None


def _read(process: subprocess.Popen[bytes], lines: deque[str]) -> None:
    if process.stderr is None:
        return
    with process.stderr as stderr:
        for raw in stderr:
            if line := raw.decode("utf-8", "replace").strip():
                lines.append(line)


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _build_environment(uri: str) -> dict[str, str]:
    """The server's environment: the store's URI not on the command line, and no provider's key."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith("_API_KEY") and name != "MLFLOW_TRACKING_URI"
    }
    return {
        **kept,
        "MLFLOW_BACKEND_STORE_URI": uri,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_MODEL_CATALOG_URI": "",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
