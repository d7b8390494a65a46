"""Whether somebody is at an evaluation, as MLflow tells every process."""

from __future__ import annotations

import pytest

from gwtrace_core.background.claim import TakenElsewhere
from gwtrace_core.mlflow_store.evaluations.evaluations import Evaluations
from tests.core.mlflow_store.evaluation_setups import asked, found, plain, setup_for
from tests.core.mlflow_store.support import Turns

ALIVE = "gwtrace.evaluation.alive_ms"


def test_beginning_going_on_and_being_under_way_are_signs_of_life_in_mlflow(turns: Turns) -> None:
    trace_id = asked(turns)
    evaluations, client = Evaluations(turns.tracking), plain(turns)
    run_id = evaluations.begin(setup_for(trace_id), found(turns, trace_id))

    def told(*, is_alive: bool, state: str) -> None:
        opened = evaluations.open_evaluation(run_id)
        assert opened is not None
        assert opened.summary == evaluations.read_summary(run_id)
        assert opened.summary in evaluations.list_evaluations()
        assert (opened.summary.is_alive(opened.read_ms), opened.summary.state) == (is_alive, state)

    told(is_alive=True, state="running")
    client.set_tag(run_id, ALIVE, "1000")
    told(is_alive=False, state="running")
    evaluations.tell_alive(run_id)
    told(is_alive=True, state="running")
    evaluations.end(run_id, ("brief",), (), is_complete=False)
    told(is_alive=False, state="stopped")
    client.set_tag(run_id, ALIVE, "1000")
    with pytest.raises(TakenElsewhere):
        evaluations.resume(run_id, owner="three", before="two")
    told(is_alive=False, state="stopped")
    # The second time as after a failure in between.
    for _ in range(2):
        evaluations.resume(run_id, owner="one", before="")
    told(is_alive=True, state="running")
    opened = evaluations.open_evaluation(run_id)
    assert opened is not None
    assert opened.owner == "one"
    client.set_tag(run_id, ALIVE, "soon")
    told(is_alive=False, state="running")
