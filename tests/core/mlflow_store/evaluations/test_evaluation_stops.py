"""An evaluation that is stopped half-way: what MLflow has of it, and that it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlflow import MlflowClient

from gwtrace_core.evaluation.runner import Evaluation
from gwtrace_core.evaluation.sources import ChosenTraces
from gwtrace_core.evaluation.stored import EvaluationSetup
from gwtrace_core.evaluation.subjects import make_subject
from gwtrace_core.evaluation.values import Score
from gwtrace_core.mlflow_store.evaluations.evaluations import Evaluations
from gwtrace_core.mlflow_store.judges.judging import Judging
from gwtrace_core.values.connection import SdkPath
from tests.conftest import Demo
from tests.core.mlflow_store.evaluation_setups import SCORERS, SETTLE_S
from tests.core.mlflow_store.judge_models import QUESTION, judge_model
from tests.core.mlflow_store.support import Turns, wait_until


def test_a_stopped_evaluation_is_killed_in_mlflow_and_goes_on_after_a_restart(
    embedded: Turns, demo: Demo
) -> None:
    turn = embedded.ask(SdkPath.OPENAI_CHAT, text=QUESTION)
    subjects = [make_subject(turn.trace)]
    evaluations = Evaluations(embedded.tracking)
    source = ChosenTraces(trace_ids=(turn.trace.trace_id,))
    stalling_model = judge_model(embedded.base_url, model="fault-stall")
    setup = EvaluationSetup(
        name="x",
        scorers=SCORERS[1:],
        source=source,
        user="ann",
        judge_lane=stalling_model.lane,
    )
    evaluation_id = evaluations.begin(setup, subjects)
    client: Any = MlflowClient(tracking_uri=embedded.tracking.config.uri)

    def evaluation(known: Sequence[Score] = ()) -> Evaluation:
        return Evaluation(
            Judging(embedded.tracking, embedded.hub),
            evaluations,
            evaluation_id=evaluation_id,
            setup=setup,
            subjects=subjects,
            known=known,
        )

    mark = demo.exchanges.mark
    stalling = evaluation()
    stalling.resume(stalling_model)
    demo.exchanges.wait_for(lambda exchange: True, since=mark)
    # The check by code may be later than the judges' first request.
    wait_until(lambda: stalling.poll().scored == 1)
    stalling.stop()
    assert stalling.wait_over(SETTLE_S)
    progress = stalling.poll()
    assert (progress.scored, progress.stopped + progress.waiting) == (1, 2)
    assert progress.pause_reason == "Stopped by the user."
    assert client.get_run(evaluation_id).info.status == "KILLED"

    stored = evaluations.open_evaluation(evaluation_id)
    assert stored is not None
    assert [score.state for score in stored.scores] == ["scored", "stopped", "stopped"]
    mark = demo.exchanges.mark
    going_on = evaluation(stored.scores)
    going_on.resume(judge_model(embedded.base_url, model="gpt-4o-mini"))
    assert going_on.wait_over(SETTLE_S)
    assert going_on.poll().scored == 3
    assert len(demo.exchanges.since(mark)) == 2
    assert client.get_run(evaluation_id).info.status == "FINISHED"
