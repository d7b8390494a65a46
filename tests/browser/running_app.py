"""A real Streamlit server: started in a process of its own, and ended with all that it started."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.browser.support import REPOSITORY
from tests.warm_start import ForkedProcess, Program, WarmProcess, start_cold

_START_LIMIT_S = 40
_STOP_LIMIT_S = 10
_RUN_MARK = "GWTRACE_TEST_RUN"
_PORTS: list[int] = []
"""That apps of this process have had."""


@dataclass(slots=True, kw_only=True)
class RunningApp:
    """A Streamlit server of its own process on loopback."""

    url: str
    log_path: Path
    mark: str
    process: subprocess.Popen[bytes] | ForkedProcess

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def log(self) -> str:
        """What the server has written so far."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def wait_healthy(self) -> None:
        """Fails when it does not answer in time."""
        deadline = time.monotonic() + _START_LIMIT_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (URLError, TimeoutError, ConnectionError):
                time.sleep(0.05)
        pytest.fail(f"The app did not become healthy.\n{self.log[-3000:]}")

    def stop(self) -> None:
        """End the server; fails when it leaves a process behind."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(_STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(_STOP_LIMIT_S)
                pytest.fail(f"The app did not end within {_STOP_LIMIT_S} s.\n{self.log[-3000:]}")
        left = _wait_until_gone(self.mark)
        for pid in left:
            os.kill(pid, 9)
        assert not left, f"The app left processes behind: {left}.\n{self.log[-3000:]}"


class RunApp(Protocol):
    """Starts a Streamlit script and returns when it is healthy.

    A cold start imports everything anew, as a user's does.
    """

    def __call__(
        self,
        script: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        is_cold: bool = False,
    ) -> RunningApp: ...


def start_app(
    script: Path,
    *,
    env: Mapping[str, str],
    cwd: Path,
    log_path: Path,
    forked_from: WarmProcess | None = None,
) -> RunningApp:
    """Start one, which is not healthy yet; in a fresh process unless one is named."""
    port = _take_port()
    options = {
        "server.port": str(port),
        "server.address": "127.0.0.1",
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    arguments = ["run", str(script)]
    arguments += [part for name, value in options.items() for part in (f"--{name}", value)]
    mark = uuid.uuid4().hex
    paths = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    program = Program(
        module="streamlit",
        arguments=arguments,
        env={**os.environ, "PYTHONPATH": paths, **env, _RUN_MARK: mark},
        cwd=cwd,
        log_path=log_path,
    )
    process = start_cold(program) if forked_from is None else forked_from.start(program)
    return RunningApp(url=f"http://127.0.0.1:{port}", log_path=log_path, mark=mark, process=process)


def _take_port() -> int:
    """One that an app had before, where it is free: of its address the browser has kept scripts."""
    for port in (*_PORTS, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            taken = int(probe.getsockname()[1])
            if port == 0:
                _PORTS.append(taken)
            return taken
    raise AssertionError("The system gave no port.")


def _processes_of(mark: str) -> list[int]:
    """The processes that were started by the app with this mark, found by their environment."""
    wanted = f"{_RUN_MARK}={mark}".encode()
    found: list[int] = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (directory / "environ").read_bytes().split(b"\0"):
                found.append(int(directory.name))
        except OSError:
            continue  # ended meanwhile, or somebody else's
    return found


def _wait_until_gone(mark: str) -> list[int]:
    deadline = time.monotonic() + _STOP_LIMIT_S
    while (left := _processes_of(mark)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left
