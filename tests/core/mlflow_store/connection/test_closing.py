"""What waits for MLflow is let go when the app ends."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

from gwtrace_core.mlflow_store.connection.tracking import Starting, Tracking, TrackingConfig


def test_closing_lets_go_whoever_waits_for_the_warm_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tracking = Tracking(
            TrackingConfig(
                tracking_uri=f"http://127.0.0.1:{silent.getsockname()[1]}",
                experiment_name="test",
                working_dir=tmp_path,
            )
        )
        waiter = threading.Thread(target=tracking.wait_ready, args=(60,), daemon=True)
        waiter.start()
        # The warm-up has come as far as asking the server, which says nothing.
        connection, _ = silent.accept()
        with connection:
            assert isinstance(tracking.state, Starting)
            tracking.close(timeout_s=0)
            waiter.join(timeout=2)
            assert not waiter.is_alive()
