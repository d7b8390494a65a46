"""The check of the way to MLflow names the part that fails, and never takes long."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from gwtrace_core.mlflow_store.check import check_tracking
from gwtrace_core.mlflow_store.connection.tracking import TrackingConfig
from tests.conftest import Demo
from tests.core.mlflow_store.conftest import EXPERIMENT
from tests.core.mlflow_store.line import Line


def config(uri: str | None, directory: Path, name: str = EXPERIMENT) -> TrackingConfig:
    return TrackingConfig(tracking_uri=uri, experiment_name=name, working_dir=directory)


def parts(check: Any) -> list[tuple[str, bool]]:
    return [(step.part, step.is_ok) for step in check.steps]


def test_a_server_that_works_passes_every_part(line: Line, tmp_path: Path) -> None:
    check = check_tracking(config(line.url, tmp_path))
    assert parts(check) == [
        ("address", True),
        ("host", True),
        ("server", True),
        ("experiment", True),
    ]
    assert check.is_ok


def test_the_embedded_store_passes_every_part(tmp_path: Path) -> None:
    check = check_tracking(config(None, tmp_path))
    assert parts(check) == [("address", True), ("store", True), ("experiment", True)]
    assert (tmp_path / "mlflow.db").exists()
    client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    assert experiment.artifact_location.startswith(tmp_path.as_uri())


def test_a_nonsense_address_fails_at_the_address(tmp_path: Path) -> None:
    check = check_tracking(config("nonsense", tmp_path))
    assert parts(check) == [("address", False)]
    assert check.steps[0].hint.startswith("Set MLFLOW_TRACKING_URI to an address such as")


def test_a_refused_connection_fails_at_the_host(line: Line, tmp_path: Path) -> None:
    line.cut()
    check = check_tracking(config(line.url, tmp_path))
    assert parts(check) == [("address", True), ("host", False)]
    assert not check.is_ok


def test_a_hanging_server_fails_at_the_host_in_time(line: Line, tmp_path: Path) -> None:
    line.hold()
    check = check_tracking(config(line.url, tmp_path), limit_s=1.0)
    assert parts(check) == [("address", True), ("host", False)]
    assert check.steps[-1].message == "MLflow took longer than 1 s to answer the check."


def test_another_server_fails_at_the_server(demo: Demo, tmp_path: Path) -> None:
    check = check_tracking(config(demo.base_url.removesuffix("/proxy"), tmp_path))
    assert parts(check) == [("address", True), ("host", True), ("server", False)]


def test_a_deleted_experiment_fails_at_the_experiment(line: Line, tmp_path: Path) -> None:
    client = MlflowClient(tracking_uri=line.url)
    client.delete_experiment(client.create_experiment("to-be-deleted"))
    check = check_tracking(config(line.url, tmp_path, "to-be-deleted"))
    assert parts(check)[-1] == ("experiment", False)
    assert check.steps[-1].message == "The experiment 'to-be-deleted' is deleted in MLflow."
    assert check.steps[-1].hint.startswith("Restore it there")


def test_a_directory_that_is_not_there_fails_at_the_store(tmp_path: Path) -> None:
    check = check_tracking(config(None, tmp_path / "missing"))
    assert parts(check) == [("address", True), ("store", False)]


def test_a_file_that_is_no_database_fails_at_the_store(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("not a database at all, but long enough to be read" * 50)
    check = check_tracking(config(None, tmp_path))
    assert parts(check) == [("address", True), ("store", False)]


def test_what_the_first_page_needs_does_not_import_mlflow() -> None:
    code = (
        "import sys\n"
        "from gwtrace_core.mlflow_store import check\n"
        "from gwtrace_core.mlflow_store.batches import batches\n"
        "from gwtrace_core.mlflow_store.connection import tracking\n"
        "from gwtrace_core.mlflow_store.conversations import conversations\n"
        "from gwtrace_core.mlflow_store.evaluations import evaluations\n"
        "from gwtrace_core.mlflow_store.judges import judging\n"
        "from gwtrace_core.mlflow_store.pages import server\n"
        "from gwtrace_core.mlflow_store.prompts import prompts\n"
        "from gwtrace_core.mlflow_store.recording import recorder\n"
        "from gwtrace_core.mlflow_store.traces import traces\n"
        "print([name for name in ('mlflow', 'openai', 'anthropic', 'pydantic_ai', 'httpx')"
        " if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
