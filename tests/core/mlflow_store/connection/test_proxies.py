"""MLflow's own HTTP client keeps to the rule for proxies too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.core.gateway.scripted import Reply, scripted

_CONNECT = """
import sys
from pathlib import Path
from gwtrace_core.mlflow_store.connection.session import Session
from gwtrace_core.mlflow_store.connection.tracking import TrackingConfig

for uri in sys.argv[1:]:
    config = TrackingConfig(tracking_uri=uri, experiment_name="e", working_dir=Path.cwd())
    Session(config, lambda: None).connect()
"""


def test_a_tracking_server_on_this_machine_is_asked_without_the_proxy(tmp_path: Path) -> None:
    """In a process of its own: which server MLflow speaks to is settled for a whole process."""
    with (
        scripted(lambda _: Reply(status=404)) as proxy,
        scripted(lambda _: Reply(body="3.0")) as here,
    ):
        by_name = f"http://localhost:{urlsplit(here.url).port}"
        uris = (here.url, by_name, "http://mlflow.test:5000")
        kept = {name: value for name, value in os.environ.items() if name.upper() != "NO_PROXY"}
        named = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), proxy.url)
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", _CONNECT, *uris],
            env={**kept, **named, "PYTHONPATH": str(Path.cwd())},
            cwd=tmp_path,
            timeout=60,
            check=True,
        )
    assert [asked.path for asked in here.asked] == ["/version", "/version"]
    assert [asked.path for asked in proxy.asked] == ["http://mlflow.test:5000/version"]
