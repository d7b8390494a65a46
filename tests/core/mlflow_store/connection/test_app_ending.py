"""The app ended in the midst of a turn: what MLflow has of it, and what is left of the process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Trace

from tests.core.mlflow_store import ending_process
from tests.mlflow_proxy import MlflowProxy

ROOT = Path(__file__).parents[4]
ANSWERS_AFTER_S = 8.0
END_LIMIT_S = 60.0


@contextmanager
def app_with_a_turn(
    way: str, uri: str, directory: Path
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """The process, and what it says of itself once its answer has begun."""
    log = directory / "app.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", ending_process.__name__, way],
            cwd=directory,
            env={**os.environ, "PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": uri},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            start_new_session=True,
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, log.read_text()[-3_000:]
        yield process, json.loads(line)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def outcome(trace: Trace) -> tuple[str, str]:
    """How the turn ended, and what had come of its answer, as MLflow has it."""
    (root,) = (span for span in trace.data.spans if span.parent_id is None)
    assert root.end_time_ns is not None
    return trace.info.tags["gwtrace.outcome"], str(root.attributes["gwtrace.stop_reason"])


def test_a_turn_that_the_apps_end_stops_is_recorded_by_a_server_that_answers_after_8_s(
    mlflow_server: tuple[str, int], tmp_path: Path
) -> None:
    proxy = MlflowProxy(mlflow_server)
    with (
        proxy.running(),
        app_with_a_turn("served", proxy.url, tmp_path) as (process, said),
    ):
        assert said["children"]
        proxy.held = lambda path, body: True
        late = threading.Timer(ANSWERS_AFTER_S, proxy.release.set)
        process.send_signal(signal.SIGTERM)
        late.start()
        process.wait(END_LIMIT_S)
        late.join()
        assert proxy.holding.acquire(blocking=False)
    trace = MlflowClient(tracking_uri=address_of(mlflow_server)).get_trace(said["trace_id"])
    assert outcome(trace) == ("stopped", "Stopped because gwtrace was ended.")
    assert said["text"] in str(trace.data.spans[0].outputs)
    assert [pid for pid in said["children"] if Path(f"/proc/{pid}").exists()] == []
    assert "Traceback" not in (tmp_path / "app.log").read_text()


def test_a_turn_is_recorded_and_no_process_left_when_the_interpreter_just_ends(
    mlflow_server: tuple[str, int], tmp_path: Path
) -> None:
    uri = address_of(mlflow_server)
    with app_with_a_turn("unserved", uri, tmp_path) as (process, said):
        assert process.wait(END_LIMIT_S) == 0
    trace = MlflowClient(tracking_uri=uri).get_trace(said["trace_id"])
    assert outcome(trace) == ("stopped", "Stopped because gwtrace was ended.")
    assert [pid for pid in said["children"] if Path(f"/proc/{pid}").exists()] == []


def address_of(server: tuple[str, int]) -> str:
    return f"http://{server[0]}:{server[1]}"
