"""In whose hands a run of MLflow's is, that goes on after its process: a batch, an evaluation."""

from __future__ import annotations

from typing import Any

from gwtrace_core.background.claim import TakenElsewhere
from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.mlflow_store.format.entities import texts_of


def take_run(
    client: Any, run_id: str, *, owner_tag: str, alive_tag: str, owner: str, before: str, what: str
) -> None:
    """Mark the run as running, in the hands of `owner` and no longer of `before`.

    Both are ids of no meaning. Raises TakenElsewhere with `what` the run is of, when somebody else
    has taken it in between.
    """
    # No lock, but the two questions are milliseconds apart.
    found = texts_of(client.get_run(run_id).data.tags).get(owner_tag, "")
    # It may be ours already: what failed after that is tried once more.
    if found not in (before, owner):
        raise TakenElsewhere(what)
    client.set_tag(run_id, owner_tag, owner)
    # First: running without a sign of life it would look as if it had been cut off.
    client.set_tag(run_id, alive_tag, str(mlflow_api.get_current_time_millis()))
    client.update_run(run_id, status="RUNNING")
