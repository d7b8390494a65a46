"""Programs forked from a process that has imported all that the app needs.

The start of an app, or of a script that uses MLflow, is mostly imports: seconds of work that every
test would repeat. All else, from reading its settings on, the forked process does itself. Some
tests start cold, so that a start like a user's is shown as well.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_REPOSITORY = Path(__file__).parents[1]

# No module of `pages`: those ask Streamlit for its running server when they are imported.
_WARM = (
    # First, for what it sets before mlflow is imported.
    "gwtrace_core.mlflow_store.connection.session",
    "gwtrace_core.mlflow_store.recording.turn",
    "gwtrace_core.mlflow_store.recording.recorder",
    "mlflow.pyfunc.context",
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.openai",
    "mlflow.anthropic",
    "mlflow.pydantic_ai",
    "git",
    "gwtrace_core.sdk_paths.openai_chat",
    "gwtrace_core.sdk_paths.openai_responses",
    "gwtrace_core.sdk_paths.anthropic_messages",
    "gwtrace_core.sdk_paths.pydantic_ai_agent",
    # Each SDK imports these with its first call.
    "openai.types",
    "openai.resources",
    "anthropic.types",
    "anthropic.types.beta",
    "anthropic.resources",
    "pydantic_ai.models.openai",
    "pydantic_ai.models.anthropic",
    "pydantic_ai.models.groq",
    "pydantic_ai.models.google",
    "gwtrace_core.running.hub",
    "gwtrace_core.demo_gateway.process",
    "genai_prices.data",
    "uvicorn.main",
    "streamlit.web.cli",
    "streamlit.runtime",
)


_DEFAULTS: dict[str, str] = {}
"""The environment that modules made as they were imported, where the user had set nothing."""


class ForkedProcess:
    """A process that somebody else started, with the methods of `subprocess.Popen`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            self._pidfd = -1

    def poll(self) -> int | None:
        """None while it runs. Nobody but its parent learns how it ended."""
        return self._wait(0)

    def wait(self, timeout: float | None = None) -> int:
        """Raises TimeoutExpired when it runs on."""
        if self._wait(timeout) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return 0

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._pidfd, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _wait(self, timeout_s: float | None) -> int | None:
        if self._pidfd >= 0 and select.select([self._pidfd], [], [], timeout_s)[0]:
            os.close(self._pidfd)
            self._pidfd = -1
        return None if self._pidfd >= 0 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What a process runs, as `python -m <module> <arguments>` does from the repository."""

    module: str
    arguments: Sequence[str]
    env: Mapping[str, str]
    """All of it."""
    cwd: Path
    log_path: Path


def start_cold(program: Program) -> subprocess.Popen[bytes]:
    """Start it in a process of its own making."""
    with program.log_path.open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", program.module, *program.arguments],
            cwd=program.cwd,
            env=program.env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


class WarmProcess:
    """Where programs are forked from: started with the first, ended with the block."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.communicate()

    def start(self, program: Program) -> ForkedProcess | subprocess.Popen[bytes]:
        """Start it; cold, where it could not be seen when a forked process ends."""
        if not hasattr(os, "pidfd_open"):
            return start_cold(program)
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                cwd=_REPOSITORY,
                env={**os.environ, "PYTHONPATH": str(_REPOSITORY)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._process.stdin is not None and self._process.stdout is not None
        request = {
            "module": program.module,
            "arguments": [*program.arguments],
            "env": dict(program.env),
            "cwd": str(program.cwd),
            "log_path": str(program.log_path),
        }
        print(json.dumps(request), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer, "The process that programs are forked from has ended."
        return ForkedProcess(int(answer))


def _wait_for_program() -> dict[str, Any]:
    """Fork at each request; returns in the forked process only, with what it is to become."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            return json.loads(line)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    sys.exit()


def _become(
    module: str, arguments: list[str], env: dict[str, str], cwd: str, log_path: str
) -> None:
    """Run the program, from whose end on the process ends as any other."""
    log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update({**_DEFAULTS, **env})
    os.chdir(cwd)
    sys.path[0] = cwd
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _before = {**os.environ}
    for _name in _WARM:
        importlib.import_module(_name)
    _DEFAULTS.update(item for item in os.environ.items() if item[0] not in _before)
    # What is there by now is never looked through again, and so stays shared.
    gc.collect()
    gc.freeze()
    # Nobody here waits for what was forked.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _program = _wait_for_program()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _become(**_program)
