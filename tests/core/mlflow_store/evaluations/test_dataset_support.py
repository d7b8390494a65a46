"""MLflow servers and stores that keep no evaluation datasets."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gwtrace_core.mlflow_store.evaluations.datasets import Datasets, DatasetsUnsupported
from tests.core.mlflow_store.support import TakenForReady


class _OldServer(BaseHTTPRequestHandler):
    """Knows nothing of datasets, as servers before them."""

    def do_GET(self) -> None:
        self.send_response(404)
        self.end_headers()
        self.wfile.write(b'{"error_code": "ENDPOINT_NOT_FOUND"}')

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing to the terminal."""


def test_a_server_without_datasets_is_named() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _OldServer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        datasets = Datasets(TakenForReady(f"http://127.0.0.1:{server.server_port}"))
        with pytest.raises(DatasetsUnsupported, match="keeps no evaluation datasets"):
            datasets.list_datasets(1)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_file_store_without_datasets_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    datasets = Datasets(TakenForReady(tmp_path.as_uri()))
    with pytest.raises(DatasetsUnsupported, match="keeps no evaluation datasets"):
        datasets.list_datasets(1)
