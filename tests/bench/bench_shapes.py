"""Answers of the demo gateway with single members changed, by every path, recorded by MLflow.

How many shapes were tried, and how many ended as a fault of gwtrace's own or without a trace. With
`--quick` every 97th.
"""

from __future__ import annotations

import tempfile
import warnings
from collections import Counter
from pathlib import Path

from gwtrace_core.mlflow_store.connection.tracking import Tracking, TrackingConfig
from gwtrace_core.mlflow_store.recording.recorder import MlflowRecorder
from gwtrace_core.running.hub import Hub
from tests.bench.gateway import running_gateway
from tests.odd_shapes import Tried, record_shapes, try_shapes

_LIMIT_S = 120.0
_QUICK_STEP = 97


def run(quick: bool) -> None:
    """Print the counts."""
    # Pydantic warns of each member that MLflow writes down as it is.
    warnings.filterwarnings("ignore", message="Pydantic serializer warnings")
    with running_gateway(0) as gateway, tempfile.TemporaryDirectory() as directory:
        shapes = record_shapes(gateway.base_url)
        config = TrackingConfig(
            tracking_uri=None, experiment_name="shapes", working_dir=Path(directory)
        )
        tracking = Tracking(config, protected=[])
        hub = Hub(MlflowRecorder(tracking))
        tracking.wait_ready(_LIMIT_S)
        tried = try_shapes(hub, shapes[:: _QUICK_STEP if quick else 1])
        hub.close()
        tracking.close()
    _print(tried)


def _print(tried: Tried) -> None:
    counts = Counter(outcome.shape.way.name for outcome in tried.outcomes)
    print(f"\nshapes: {len(tried.outcomes):,} answers with one member changed")
    for name, count in counts.items():
        print(f"  {name}: {count:,}")
    endings = Counter(outcome.status for outcome in tried.outcomes)
    print("  ended " + ", ".join(f"{status}: {count:,}" for status, count in endings.items()))
    print(f"  ended as a fault of gwtrace's own: {len(tried.own_faults)}")
    print(f"  without a trace: {len(tried.without_trace)}")
    for outcome in [*tried.own_faults, *tried.without_trace]:
        print(f"    {outcome.shape.name}: {outcome.failure or outcome.missing}")
