"""Batches in MLflow: what was planned, who is at it, and which of its calls there are.

The plan is the profile of the run's dataset. A tag holds 8,000 characters, and an artifact lies
where perhaps only this machine can read it; a dataset's profile holds 16 million and comes with the
run from the database, whoever asks.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any

from gwtrace_core.batch.plan import BatchPlan, CallOutcome, KeptBatch, RecordedCall
from gwtrace_core.batch.plan_json import plan_from_json
from gwtrace_core.mlflow_store.connection.ask import Questions, Store, question
from gwtrace_core.mlflow_store.conversations.comparison_reading import (
    find_place,
    is_comparison_id,
)
from gwtrace_core.mlflow_store.conversations.scan import scan_summaries
from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.mlflow_store.format.entities import texts_of
from gwtrace_core.mlflow_store.format.run_owner import take_run
from gwtrace_core.mlflow_store.format.turn_json import as_dict
from gwtrace_core.trace.model import TraceSummary
from gwtrace_core.trace.recorded_json import read_json_or_none
from gwtrace_core.values import trace_names

_WRITE_S = 15.0
_BEGIN_S = 60.0
_READ_S = 60.0

_PLAN = "gwtrace_plan"
"""In the dataset's profile: the plan as JSON, packed."""
_NAME_CHARS = 250
_MOST_PLAN_BYTES = 64_000_000
"""What is read of a plan: no file that is taken has as much."""


class Batches(Questions):
    """Implements `batch.plan.PlanStore`: a run of MLflow's for each batch, with the file as its
    dataset."""

    @question("keep the batch's plan", limit_s=_BEGIN_S)
    def begin(self, store: Store, plan_text: str, plan: BatchPlan, *, owner: str) -> str:
        """Keep the plan of a batch that begins, in the hands of `owner`; the run's id."""
        name = plan.file_name[:_NAME_CHARS] or "batch"
        packed = base64.b64encode(zlib.compress(plan_text.encode(), 6)).decode()
        rows = len(plan.rows)
        client = store.client
        run = client.create_run(
            store.experiment_id,
            run_name=f"Batch {name}",
            tags={
                trace_names.BATCH: plan.comparison_id,
                trace_names.BATCH_ALIVE_MS: _read_clock_ms(),
                trace_names.BATCH_OWNER: owner,
                trace_names.RUN_USER: plan.user,
                trace_names.RUN_SOURCE: "gwtrace",
            },
        )
        run_id = str(run.info.run_id)
        dataset = mlflow_api.Dataset(
            name=name,
            digest=hashlib.sha256(plan_text.encode()).hexdigest()[:8],
            source_type="gwtrace",
            source=json.dumps({"comparison": plan.comparison_id}),
            profile=json.dumps({"num_rows": rows, _PLAN: packed}),
        )
        client.log_inputs(run_id, datasets=[mlflow_api.DatasetInput(dataset)])
        lanes = ", ".join(f"{each.name}: {each.lane.model}" for each in plan.lanes)
        params = [
            mlflow_api.Param("rows", str(rows)),
            mlflow_api.Param("lanes", lanes[:_NAME_CHARS]),
        ]
        client.log_batch(run_id, params=params)
        return run_id

    @question("go on with the batch", limit_s=_WRITE_S)
    def resume(self, store: Store, run_id: str, *, owner: str, before: str) -> None:
        """Mark the run as running again, in the hands of `owner` and no longer of `before`.

        Raises TakenElsewhere when somebody else has taken it in between.
        """
        take_run(
            store.client,
            run_id,
            owner_tag=trace_names.BATCH_OWNER,
            alive_tag=trace_names.BATCH_ALIVE_MS,
            owner=owner,
            before=before,
            what="batch",
        )

    @question("note that the batch is under way", limit_s=_WRITE_S)
    def tell_alive(self, store: Store, run_id: str) -> None:
        """Note on the run that somebody is at it now."""
        store.client.set_tag(run_id, trace_names.BATCH_ALIVE_MS, _read_clock_ms())

    @question("end the batch", limit_s=_WRITE_S)
    def end(self, store: Store, run_id: str, *, is_complete: bool) -> None:
        """End the run: `FINISHED`, or `KILLED` with calls missing."""
        store.client.set_terminated(run_id, status="FINISHED" if is_complete else "KILLED")

    @question("read the batch's plan", limit_s=_READ_S)
    def find(self, store: Store, comparison_id: str) -> KeptBatch | None:
        """The batch of a comparison; None where MLflow has no plan of it, as of older ones."""
        if not is_comparison_id(comparison_id):
            return None
        runs = store.client.search_runs(
            [store.experiment_id],
            filter_string=f"tags.`{trace_names.BATCH}` = '{comparison_id}'",
            order_by=["attributes.start_time DESC"],
            max_results=1,
        )
        if not runs or (plan := _read_plan(runs[0])) is None:
            return None
        read_ms = mlflow_api.get_current_time_millis()
        tags = texts_of(runs[0].data.tags)
        alive = tags.get(trace_names.BATCH_ALIVE_MS, "")
        return KeptBatch(
            run_id=str(runs[0].info.run_id),
            plan=plan,
            is_running=runs[0].info.status == "RUNNING",
            owner=tags.get(trace_names.BATCH_OWNER, ""),
            alive_ms=int(alive) if alive.isdecimal() else 0,
            read_ms=read_ms,
            calls=_read_calls(store, comparison_id),
        )


def _read_clock_ms() -> str:
    return str(mlflow_api.get_current_time_millis())


def _read_calls(store: Store, comparison_id: str) -> Mapping[tuple[int, str], RecordedCall]:
    """The newest call of each row and lane: of all, which the answers' reading may cut."""
    found: dict[tuple[int, str], RecordedCall] = {}
    clause = f"tags.`{trace_names.COMPARISON}` = '{comparison_id}'"
    for summary in scan_summaries(store, clause, most=None):
        place = find_place(summary)
        if place.row is not None:
            call = RecordedCall(trace_id=summary.trace_id, outcome=_read_outcome(summary))
            found.setdefault((place.row, place.lane_id), call)
    return found


def _read_outcome(summary: TraceSummary) -> CallOutcome:
    match summary.tags.get(trace_names.OUTCOME), summary.status:
        case ("finished" | "failed") as told, _:
            return told
        # MLflow stores spans before tags, and the process may have been killed in between: by its
        # spans the answer is there, and it is shown.
        case None, "ok":
            return "finished"
        case None, "error":
            return "failed"
        case _:
            return "stopped"


def _read_plan(run: Any) -> BatchPlan | None:
    for each in run.inputs.dataset_inputs:
        packed = as_dict(read_json_or_none(each.dataset.profile)).get(_PLAN)
        if not isinstance(packed, str):
            continue
        try:
            unpacked = zlib.decompressobj().decompress(
                base64.b64decode(packed, validate=True), _MOST_PLAN_BYTES
            )
            return plan_from_json(unpacked.decode())
        except (binascii.Error, zlib.error, UnicodeDecodeError):
            return None
    return None
