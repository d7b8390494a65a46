"""MLflow for the tracing tests: the embedded store, and a real server behind a line."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import Score
from gwtrace_core.mlflow_store.connection.tracking import Ready, Tracking, TrackingConfig
from gwtrace_core.mlflow_store.recording.recorder import MlflowRecorder
from gwtrace_core.running.hub import Hub
from gwtrace_core.values.secret import Secret
from tests.conftest import Demo
from tests.core.mlflow_store.judge_models import judged, judged_turn
from tests.core.mlflow_store.line import Line
from tests.core.mlflow_store.support import Turns
from tests.empty_store import EmptyStore

EXPERIMENT = "Pydantic AI Gateway"
PROTECTED = Secret("protected-canary-of-another-connection")


@pytest.fixture(scope="session")
def mlflow_server(
    tmp_path_factory: pytest.TempPathFactory, empty_store: EmptyStore
) -> Iterator[tuple[str, int]]:
    """A real MLflow server on loopback, started once."""
    directory = tmp_path_factory.mktemp("mlflow_server")
    empty_store.lay_into(directory)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = (directory / "server.log").open("wb")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--backend-store-uri", f"sqlite:///{directory}/mlflow.db"),
            # Tests come in by other ports of this machine.
            *("--allowed-hosts", "*"),
        ],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        env={
            **os.environ,
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_MODEL_CATALOG_URI": "",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        },
    )
    try:
        _wait_healthy(process, port, directory / "server.log")
        yield "127.0.0.1", port
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        log.close()


def _wait_healthy(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    give_up_s = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < give_up_s:
        with suppress(URLError, OSError), urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
            return
        time.sleep(0.2)
    pytest.fail(f"The MLflow server did not start: {log.read_text()[-2000:]}")


@pytest.fixture
def line(mlflow_server: tuple[str, int]) -> Iterator[Line]:
    """A line of its own to the server, for a test to cut or hold."""
    line = Line(mlflow_server)
    yield line
    line.close()


@contextmanager
def open_turns(demo: Demo, config: TrackingConfig, **settings: Any) -> Iterator[Turns]:
    tracking = Tracking(config, protected=[PROTECTED], **settings)
    recorder = MlflowRecorder(tracking)
    hub = Hub(recorder)
    try:
        tracking.wait_ready(120)
        yield Turns(hub=hub, recorder=recorder, tracking=tracking, base_url=demo.base_url)
    finally:
        hub.close()
        tracking.close()


@contextmanager
def _ready_turns(demo: Demo, directory: Path, server: tuple[str, int] | None) -> Iterator[Turns]:
    """In the embedded store, or through a server."""
    uri = None if server is None else f"http://{server[0]}:{server[1]}"
    config = TrackingConfig(tracking_uri=uri, experiment_name=EXPERIMENT, working_dir=directory)
    with open_turns(demo, config) as turns:
        assert isinstance(turns.tracking.state, Ready), turns.tracking.state
        yield turns


TurnsFactory = Callable[..., Any]


@pytest.fixture(scope="session")
def make_turns(demo: Demo) -> TurnsFactory:
    """`with make_turns(TrackingConfig(…)) as turns`."""

    def make(config: TrackingConfig, **settings: Any) -> Any:
        return open_turns(demo, config, **settings)

    return make


# MLflow's tracking URI is global to the process: a module takes one of these three.
@pytest.fixture(scope="module", params=["embedded", "server"])
def turns(
    request: pytest.FixtureRequest,
    demo: Demo,
    tmp_path_factory: pytest.TempPathFactory,
    empty_store: EmptyStore,
) -> Iterator[Turns]:
    """Turns recorded in each of the two stores, one after the other."""
    directory = tmp_path_factory.mktemp(f"turns_{request.param}")
    empty_store.lay_into(directory)
    is_served = request.param == "server"
    server = request.getfixturevalue("mlflow_server") if is_served else None
    with _ready_turns(demo, directory, server) as turns:
        yield turns


@pytest.fixture(scope="module")
def embedded(
    demo: Demo, tmp_path_factory: pytest.TempPathFactory, empty_store: EmptyStore
) -> Iterator[Turns]:
    """Turns recorded in the embedded store."""
    directory = tmp_path_factory.mktemp("embedded")
    empty_store.lay_into(directory)
    with _ready_turns(demo, directory, None) as turns:
        yield turns


@pytest.fixture(scope="module")
def served(
    demo: Demo, mlflow_server: tuple[str, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Turns]:
    """Turns recorded through a server."""
    with _ready_turns(demo, tmp_path_factory.mktemp("served"), mlflow_server) as turns:
        yield turns


@pytest.fixture(scope="module")
def subject(embedded: Turns) -> Subject:
    """A turn for judges."""
    return judged_turn(embedded)


@pytest.fixture
def ask(embedded: Turns) -> Callable[..., Score]:
    """`ask(judge, subject, model)`: what the judge finds, see `judge_models.judged`."""
    return partial(judged, embedded)
