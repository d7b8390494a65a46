"""MLflow's own pages on demand: where a trace is, and no process left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from gwtrace_core.mlflow_store.connection.tracking import Ready, TrackingConfig
from gwtrace_core.mlflow_store.pages.server import MlflowUi, UiFailed, UiOff, UiReady, UiStarting
from gwtrace_core.values.connection import SdkPath
from tests.core.mlflow_store.conftest import EXPERIMENT, TurnsFactory
from tests.core.mlflow_store.line import Line
from tests.core.mlflow_store.support import Turns, wait_until

_OWN_PROCESS = """
import sys, time
from pathlib import Path
from gwtrace_core.mlflow_store.connection.tracking import Tracking, TrackingConfig
from gwtrace_core.mlflow_store.pages.server import MlflowUi, UiStarting

config = TrackingConfig(tracking_uri=None, experiment_name="x", working_dir=Path(sys.argv[1]))
ui = MlflowUi(Tracking(config))
ui.start()
while isinstance(ui.state, UiStarting):
    time.sleep(0.1)
print(ui.state, flush=True)
time.sleep(120)
"""


@pytest.fixture
def ui(embedded: Turns) -> Iterator[MlflowUi]:
    ui = MlflowUi(embedded.tracking)
    yield ui
    ui.stop()


def command_lines() -> list[bytes]:
    """Of every process, as `ps` shows them."""
    found: list[bytes] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(path.read_bytes())
    return found


def refuses(url: str) -> bool:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) != 0


def test_the_embedded_store_gets_a_server_when_it_is_asked_for(
    embedded: Turns, ui: MlflowUi
) -> None:
    trace_id = embedded.ask(SdkPath.OPENAI_CHAT).trace.trace_id
    assert ui.state == UiOff()
    assert ui.trace_url(trace_id) is None
    assert isinstance(ui.start(), UiStarting)
    assert isinstance(ui.start(), UiStarting)
    wait_until(lambda: not isinstance(ui.state, UiStarting), limit_s=120)
    ready = ui.state
    assert isinstance(ready, UiReady), ready
    assert isinstance(embedded.tracking.state, Ready)
    experiment_id = embedded.tracking.state.experiment_id
    url = f"{ready.base_url}/#/experiments/{experiment_id}/traces/{trace_id}"
    assert ui.trace_url(trace_id) == url
    # It serves this very store.
    with urlopen(f"{ready.base_url}/api/3.0/mlflow/traces/{trace_id}", timeout=10) as answer:
        assert trace_id.encode() in answer.read()
    # What its address may hold is for no other user of the machine to read.
    store = str(embedded.tracking.config.working_dir).encode()
    assert not [line for line in command_lines() if store in line]
    # And the app goes on writing to it.
    assert embedded.ask(SdkPath.OPENAI_CHAT).trace.spans
    ui.stop()
    assert ui.state == UiOff()
    wait_until(lambda: refuses(ready.base_url))


def test_the_server_goes_with_a_process_that_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _OWN_PROCESS, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert parent.stdout is not None
        said = parent.stdout.readline()
        assert said.startswith("UiReady(base_url='http://127.0.0.1:"), said
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        if parent.stdout is not None:
            parent.stdout.close()
    url = said.split("'")[1]
    wait_until(lambda: refuses(url))


def test_a_server_that_cannot_start_says_why(make_turns: TurnsFactory, tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("this is no database, and MLflow will say so" * 50)
    config = TrackingConfig(tracking_uri=None, experiment_name=EXPERIMENT, working_dir=tmp_path)
    with make_turns(config) as turns:
        ui = MlflowUi(turns.tracking)
        ui.start()
        wait_until(lambda: not isinstance(ui.state, UiStarting), limit_s=120)
        failed = ui.state
        ui.stop()
    assert isinstance(failed, UiFailed)
    assert failed.reason.startswith("MLflow's server ended: ")


def test_with_a_tracking_server_the_address_is_known_at_once(
    make_turns: TurnsFactory, line: Line, tmp_path: Path
) -> None:
    config = TrackingConfig(
        tracking_uri=f"{line.url}/", experiment_name=EXPERIMENT, working_dir=tmp_path
    )
    with make_turns(config) as turns:
        ui = MlflowUi(turns.tracking)
        assert ui.state == UiReady(base_url=line.url)
        assert ui.start() == UiReady(base_url=line.url)
        experiment_id = turns.tracking.state.experiment_id
        base = f"{line.url}/#/experiments/{experiment_id}"
        assert ui.trace_url("tr-1") == f"{base}/traces/tr-1"
        assert ui.session_url("a/b") == f"{base}/chat-sessions/a%2Fb"
