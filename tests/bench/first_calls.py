"""`python -m tests.bench.first_calls WAY STREAMED BASE_URL`: two calls in a fresh process.

Prints the milliseconds to the first token of each, as the reply has them, as a JSON list.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from gwtrace_core.gateway.routes import resolve
from gwtrace_core.mlflow_store.connection.tracking import Tracking, TrackingConfig
from gwtrace_core.mlflow_store.recording.recorder import MlflowRecorder
from gwtrace_core.running.hub import Hub
from gwtrace_core.values.request import ChatRequest, Message, TurnContext
from tests.core.sdk_paths.support import WAYS, gateway, lane_of

_LIMIT_S = 120.0


def main() -> None:
    """Make the calls."""
    name, streamed, base_url = sys.argv[1:]
    way = next(way for way in WAYS if way.name == name)
    lane, connection = lane_of(way, streamed=streamed == "1"), gateway(base_url)
    with tempfile.TemporaryDirectory() as directory:
        config = TrackingConfig(
            tracking_uri=None, experiment_name="first", working_dir=Path(directory)
        )
        tracking = Tracking(config, protected=[])
        hub = Hub(MlflowRecorder(tracking))
        tracking.wait_ready(_LIMIT_S)
        times_ms: list[float] = []
        for _ in range(2):
            run = hub.start(
                ChatRequest(lane=lane, messages=(Message(role="user", text="Hello"),)),
                resolve(connection, lane),
                TurnContext(session_id="first", user="bench"),
            )
            if not run.wait_settled(_LIMIT_S) or run.reply.first_token_ms is None:
                raise RuntimeError(f"The call did not come to a token: {run.reply}")
            times_ms.append(run.reply.first_token_ms)
        hub.close()
        tracking.close()
    print(json.dumps(times_ms))


if __name__ == "__main__":
    main()
