"""The runs in which batches are kept. The plan is the profile of the run's dataset.

A tag holds 8,000 characters, and an artifact lies where perhaps only this machine can read it; a
dataset's profile holds 16 million and comes with the run from the database, whoever asks.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

import sqlalchemy.exc
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, Param
from mlflow.entities import Trace as MlflowTrace
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_SOURCE_NAME, MLFLOW_USER
from mlflow.utils.time import get_current_time_millis

from gwtrace_core.background.claim import TakenElsewhere
from gwtrace_core.batch.plan import BatchPlan, CallOutcome, KeptBatch, RecordedCall
from gwtrace_core.batch.plan_json import plan_from_json
from gwtrace_core.lanes import comparison as names
from gwtrace_core.mlflow_store.conversations.comparison_queries import place_in
from gwtrace_core.mlflow_store.format import names as _names
from gwtrace_core.mlflow_store.format.entities import summary_of, texts_of, translated
from gwtrace_core.mlflow_store.format.turn_json import as_dict
from gwtrace_core.trace.recorded_json import read_json_or_none

BATCH = "gwtrace.batch"
"""Tag of a run: the id of the comparison that the batch is."""
ALIVE = "gwtrace.batch.alive_ms"
"""Tag of a run: when the process that is at it last said so."""
OWNER = "gwtrace.batch.owner"
"""Tag of a run: in whose hands the batch is, an id of no meaning."""
_PLAN = "gwtrace_plan"
"""In the dataset's profile: the plan as JSON, packed."""

_NAME_CHARS = 250
_MOST_PLAN_BYTES = 64_000_000
"""What is read of a plan: no file that is taken has as much."""
_PAGE = 500
_ID = re.compile(r"[0-9A-Za-z]{1,64}")
_T = TypeVar("_T")


class BatchRuns:
    """One store and one experiment. Methods raise MLflow's exceptions."""

    def __init__(self, uri: str, experiment_id: str) -> None:
        self._client: Any = MlflowClient(tracking_uri=uri)
        self._experiment_id = experiment_id

    def asked(self, question: Callable[[BatchRuns], _T], what: str) -> _T:
        """The answer, with MLflow's exceptions made ours."""
        try:
            return question(self)
        except (MlflowException, sqlalchemy.exc.SQLAlchemyError) as exc:
            raise translated(exc, what) from exc

    def begin(self, plan_text: str, plan: BatchPlan, owner: str) -> str:
        """See `PlanStore.begin`."""
        name = plan.file_name[:_NAME_CHARS] or "batch"
        packed = base64.b64encode(zlib.compress(plan_text.encode(), 6)).decode()
        rows = len(plan.rows)
        run = self._client.create_run(
            self._experiment_id,
            run_name=f"Batch {name}",
            tags={
                BATCH: plan.comparison_id,
                ALIVE: str(get_current_time_millis()),
                OWNER: owner,
                MLFLOW_USER: plan.user,
                MLFLOW_SOURCE_NAME: "gwtrace",
            },
        )
        run_id = str(run.info.run_id)
        dataset = Dataset(
            name=name,
            digest=hashlib.sha256(plan_text.encode()).hexdigest()[:8],
            source_type="gwtrace",
            source=json.dumps({"comparison": plan.comparison_id}),
            profile=json.dumps({"num_rows": rows, _PLAN: packed}),
        )
        self._client.log_inputs(run_id, datasets=[DatasetInput(dataset)])
        lanes = ", ".join(f"{each.name}: {each.lane.model}" for each in plan.lanes)
        params = [Param("rows", str(rows)), Param("lanes", lanes[:_NAME_CHARS])]
        self._client.log_batch(run_id, params=params)
        return run_id

    def resume(self, run_id: str, owner: str, before: str) -> None:
        """See `PlanStore.resume`."""
        # No lock, but the two questions are milliseconds apart.
        if texts_of(self._client.get_run(run_id).data.tags).get(OWNER, "") != before:
            raise TakenElsewhere("batch")
        self._client.set_tag(run_id, OWNER, owner)
        # First: running without a sign of life it would look as if it had been cut off.
        self.tell_alive(run_id)
        self._client.update_run(run_id, status="RUNNING")

    def tell_alive(self, run_id: str) -> None:
        """See `PlanStore.tell_alive`."""
        self._client.set_tag(run_id, ALIVE, str(get_current_time_millis()))

    def end(self, run_id: str, *, is_complete: bool) -> None:
        """See `PlanStore.end`."""
        self._client.set_terminated(run_id, status="FINISHED" if is_complete else "KILLED")

    def find(self, comparison_id: str) -> KeptBatch | None:
        """See `Batches.find`."""
        if _ID.fullmatch(comparison_id) is None:
            # It might not survive MLflow's filter; ours never look like that.
            return None
        runs = self._client.search_runs(
            [self._experiment_id],
            filter_string=f"tags.`{BATCH}` = '{comparison_id}'",
            order_by=["attributes.start_time DESC"],
            max_results=1,
        )
        if not runs or (plan := _plan(runs[0])) is None:
            return None
        read_ms = get_current_time_millis()
        tags = texts_of(runs[0].data.tags)
        alive = tags.get(ALIVE, "")
        return KeptBatch(
            run_id=str(runs[0].info.run_id),
            plan=plan,
            is_running=runs[0].info.status == "RUNNING",
            owner=tags.get(OWNER, ""),
            alive_ms=int(alive) if alive.isdecimal() else 0,
            read_ms=read_ms,
            calls=self._calls(comparison_id),
        )

    def _calls(self, comparison_id: str) -> Mapping[tuple[int, str], RecordedCall]:
        """The newest call of each row and lane: of all, which the answers' reading may cut."""
        found: dict[tuple[int, str], RecordedCall] = {}
        token: str | None = None
        while True:
            page = self._client.search_traces(
                locations=[self._experiment_id],
                filter_string=f"tags.`{names.COMPARISON}` = '{comparison_id}'",
                include_spans=False,
                max_results=_PAGE,
                order_by=["timestamp_ms DESC"],
                page_token=token,
            )
            for trace in cast("Iterable[MlflowTrace]", page):
                summary = summary_of(trace.info)
                place = place_in(summary)
                if place.row is not None:
                    call = RecordedCall(
                        trace_id=summary.trace_id,
                        outcome=_outcome(summary.tags.get(_names.OUTCOME)),
                    )
                    found.setdefault((place.row, place.lane_id), call)
            token = page.token or None
            if token is None:
                return found


def _outcome(text: str | None) -> CallOutcome:
    # Begun and never ended, it says nothing: its process was cut off.
    return text if text == "finished" or text == "failed" else "stopped"


def _plan(run: Any) -> BatchPlan | None:
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
