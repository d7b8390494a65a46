"""A batch on two lanes of the demo gateway, and the program that a test kills in its midst."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path

from gwtrace_core.batch.plan import BatchPlan, KeptBatch, Place
from gwtrace_core.batch.plan_json import plan_to_json
from gwtrace_core.batch.record import BatchRecord
from gwtrace_core.batch.runner import Batch
from gwtrace_core.batch.values import BatchLane, BatchRow
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.mlflow_store.batches.batches import Batches
from gwtrace_core.mlflow_store.connection.tracking import Tracking, TrackingConfig
from gwtrace_core.mlflow_store.conversations.conversations import TraceStore
from gwtrace_core.mlflow_store.recording.recorder import MlflowRecorder
from gwtrace_core.running.calls import CallSnapshot
from gwtrace_core.running.hub import Hub
from gwtrace_core.values.connection import Connection, ConnectionKind, FindTarget, Provider, SdkPath
from gwtrace_core.values.request import Lane
from gwtrace_core.values.secret import Secret

EXPERIMENT = "Pydantic AI Gateway"
SAME = Lane(
    connection_id="demo",
    provider=Provider.OPENAI,
    route="openai",
    sdk_path=SdkPath.OPENAI_CHAT,
    model="gpt-4o-mini",
)
LANES = (
    BatchLane(lane_id="ida", name="A", lane=SAME),
    BatchLane(
        lane_id="idb",
        name="B",
        lane=Lane(
            connection_id="demo",
            provider=Provider.ANTHROPIC,
            route="anthropic",
            sdk_path=SdkPath.ANTHROPIC_MESSAGES,
            model="claude-haiku-4-5",
        ),
    ),
)
_LIMIT_S = 120.0


def plan_of(comparison_id: str, rows: int, *, at_once: int = 4) -> BatchPlan:
    """A file of that many rows by both lanes."""
    return BatchPlan(
        comparison_id=comparison_id,
        round_id="r" * 8,
        file_name="trees.csv",
        user="ann",
        rows=tuple(
            BatchRow(number=number, prompt=f"Name tree {number}", expected=f"tree {number}")
            for number in range(1, rows + 1)
        ),
        lanes=LANES,
        at_once=at_once,
    )


def reach(base_url: str) -> dict[str, FindTarget]:
    """How both lanes are reached at a demo gateway."""
    connection = Connection(
        id="demo",
        kind=ConnectionKind.DEMO,
        label="Demo",
        base_url=base_url,
        api_key=Secret("demo"),
    )
    return {each.lane_id: lambda lane=each.lane: resolve(connection, lane) for each in LANES}


def batch_of(
    hub: Hub,
    tracking: Tracking,
    plan: BatchPlan,
    *,
    kept: KeptBatch | None = None,
    known: Mapping[Place, CallSnapshot] | None = None,
) -> Batch:
    """That batch, which is still to be started."""
    store = TraceStore(tracking)
    return Batch(
        hub,
        lambda trace_id, expected: store.set_expectation(trace_id, value=expected, user="ann"),
        plan,
        record=BatchRecord(Batches(tracking), plan, plan_text=plan_to_json(plan), kept=kept),
        user="ann",
        known=known,
    )


def finish(batch: Batch) -> None:
    """Watch it until nothing is called any more and MLflow has been told."""
    give_up_s = time.monotonic() + _LIMIT_S
    while batch.poll().queue.is_active:
        assert time.monotonic() < give_up_s
        time.sleep(0.02)
    assert batch.wait_stored(_LIMIT_S)


def main(tracking_uri: str, base_url: str, comparison_id: str, rows: str) -> None:
    """Run one from its start to its end, in a process of its own."""
    tracking = Tracking(
        TrackingConfig(
            tracking_uri=tracking_uri, experiment_name=EXPERIMENT, working_dir=Path.cwd()
        )
    )
    hub = Hub(MlflowRecorder(tracking))
    batch = batch_of(hub, tracking, plan_of(comparison_id, int(rows)))
    batch.resume(reach(base_url))
    finish(batch)


if __name__ == "__main__":
    main(*sys.argv[1:])
