"""What MLflow keeps of a batch: the plan, who is at it, and what is left when it was cut off."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from gwtrace_core.background.claim import TakenElsewhere
from gwtrace_core.batch.plan import KeptBatch
from gwtrace_core.batch.plan_json import plan_from_json, plan_to_json
from gwtrace_core.batch.runner import list_known_calls
from gwtrace_core.batch.values import MAX_ROWS, BatchRow
from gwtrace_core.lanes.comparison import make_comparison_session_id, make_comparison_tags
from gwtrace_core.mlflow_store.batches.batches import Batches
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.secret import Secret
from tests.conftest import Demo
from tests.core.mlflow_store.batch_process import batch_of, finish, plan_of, reach
from tests.core.mlflow_store.support import Turns
from tests.warm_start import Program, WarmProcess

ALIVE = "gwtrace.batch.alive_ms"


def found(batches: Batches, comparison_id: str) -> KeptBatch:
    kept = batches.find(comparison_id)
    assert kept is not None
    return kept


def test_a_plan_comes_back_as_it_was_from_either_store(turns: Turns) -> None:
    batches = Batches(turns.tracking)
    comparison_id = uuid.uuid4().hex
    assert batches.find(comparison_id) is None
    plan = plan_of(comparison_id, 2)
    odd = BatchRow(number=3, prompt='Grüße "äöü" \n\t 🦊', expected="", system="Sei \\ knapp.")
    plan = replace(plan, rows=(*plan.rows, odd))
    run_id = batches.begin(plan_to_json(plan), plan, owner="one")
    kept = found(batches, comparison_id)
    assert (kept.run_id, kept.plan, kept.is_alive, kept.calls) == (run_id, plan, True, {})
    assert (len(kept.left), kept.failed, kept.planned) == (6, [], 6)


def test_beginning_going_on_and_being_under_way_are_signs_of_life(turns: Turns) -> None:
    batches = Batches(turns.tracking)
    client: Any = MlflowClient(tracking_uri=turns.tracking.config.uri)
    comparison_id = uuid.uuid4().hex
    plan = plan_of(comparison_id, 1)
    run_id = batches.begin(plan_to_json(plan), plan, owner="one")

    def told(*, is_running: bool, is_alive: bool) -> None:
        kept = found(batches, comparison_id)
        assert (kept.is_running, kept.is_alive) == (is_running, is_alive)

    told(is_running=True, is_alive=True)
    client.set_tag(run_id, ALIVE, "1000")
    told(is_running=True, is_alive=False)
    batches.tell_alive(run_id)
    told(is_running=True, is_alive=True)
    batches.end(run_id, is_complete=False)
    told(is_running=False, is_alive=False)
    with pytest.raises(TakenElsewhere):
        batches.resume(run_id, owner="three", before="two")
    told(is_running=False, is_alive=False)
    # The second time as after a failure in between.
    for _ in range(2):
        batches.resume(run_id, owner="two", before="one")
    told(is_running=True, is_alive=True)
    assert found(batches, comparison_id).owner == "two"
    client.set_tag(run_id, ALIVE, "soon")
    told(is_running=True, is_alive=False)


def test_the_largest_file_has_its_plan_kept(turns: Turns) -> None:
    batches = Batches(turns.tracking)
    comparison_id = uuid.uuid4().hex
    # Noise, which packs worst, as much as a file may have.
    rows = tuple(
        BatchRow(number=number, prompt=os.urandom(490).hex()) for number in range(1, MAX_ROWS + 1)
    )
    plan = replace(plan_of(comparison_id, 0), rows=rows)
    batches.begin(plan_to_json(plan), plan, owner="one")
    assert found(batches, comparison_id).plan == plan


def test_a_key_in_a_prompt_is_masked_in_the_plan() -> None:
    plan = plan_of("c" * 32, 0)
    keys = (Secret('canary-"quoted"-1'), Secret("canary-plain-2"))
    prompt = f"Is {keys[0].reveal()} or {keys[1].reveal()} a key?"
    plan = replace(plan, rows=(BatchRow(number=1, prompt=prompt, system=prompt),))
    text = plan_to_json(plan, keys)
    assert "canary" not in text
    kept = plan_from_json(text)
    assert kept is not None
    assert kept.rows[0].prompt == "Is •••• or •••• a key?"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"comparison_id": 1}', json.dumps({"rows": 3})])
def test_what_is_no_plan_is_taken_for_none(text: str) -> None:
    assert plan_from_json(text) is None


def test_a_batch_that_was_killed_is_gone_on_with_by_another_process_and_no_call_made_twice(
    turns: Turns, demo: Demo, warm: WarmProcess, tmp_path: Path
) -> None:
    comparison_id, rows = uuid.uuid4().hex, 10
    mark = demo.exchanges.mark
    program = Program(
        module="tests.core.mlflow_store.batch_process",
        arguments=[turns.tracking.config.uri, demo.base_url, comparison_id, str(rows)],
        env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"},
        cwd=tmp_path,
        log_path=tmp_path / "batch_process.log",
    )
    process = warm.start(program)
    try:
        batches = Batches(turns.tracking)
        give_up_s = time.monotonic() + 120
        while (kept := batches.find(comparison_id)) is None or len(kept.calls) < 5:
            assert process.poll() is None
            assert time.monotonic() < give_up_s
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()

    kept = found(batches, comparison_id)
    assert kept.is_alive
    recorded = {place for place, call in kept.calls.items() if call.outcome == "finished"}
    assert 5 <= len(recorded) < 2 * rows
    assert {*kept.left} == {(n, lane) for n in range(1, rows + 1) for lane in ("ida", "idb")} - (
        recorded
    )
    client: Any = MlflowClient(tracking_uri=turns.tracking.config.uri)
    client.set_tag(kept.run_id, ALIVE, "1000")
    kept = found(batches, comparison_id)
    assert (kept.is_running, kept.is_alive) == (True, False)

    killed_at = demo.exchanges.mark
    batch = batch_of(
        turns.hub, turns.tracking, kept.plan, kept=kept, known=list_known_calls(kept, {})
    )
    batch.resume(reach(demo.base_url))
    finish(batch)
    assert Counter(asked_since(demo, killed_at)) == Counter(kept.left)
    asked = Counter(asked_since(demo, mark))
    assert all(asked[place] == 1 for place in recorded)
    end = found(batches, comparison_id)
    assert (end.is_running, end.left, end.failed) == (False, [], [])
    assert {call.outcome for call in end.calls.values()} == {"finished"}


@pytest.mark.parametrize(
    ("model", "outcome"), [("gpt-4o-mini", "finished"), ("fault-upstream-500", "failed")]
)
def test_an_answer_is_recorded_once_its_spans_are_though_the_process_died_before_the_tags(
    embedded: Turns, model: str, outcome: str
) -> None:
    comparison_id = uuid.uuid4().hex
    plan = plan_of(comparison_id, 1)
    batches = Batches(embedded.tracking)
    batches.begin(plan_to_json(plan), plan, owner="one")
    turn = embedded.ask(
        SdkPath.OPENAI_CHAT,
        model=model,
        session_id=make_comparison_session_id(comparison_id, "ida", row=1),
        tags=make_comparison_tags(
            comparison_id=comparison_id, lane_name="A", round_id=plan.round_id, row=1
        ),
    )
    client: Any = MlflowClient(tracking_uri=embedded.tracking.config.uri)
    client.delete_trace_tag(turn.trace.summary.trace_id, "gwtrace.outcome")
    calls = found(batches, comparison_id).calls
    assert {place: call.outcome for place, call in calls.items()} == {(1, "ida"): outcome}


def asked_since(demo: Demo, mark: int) -> list[tuple[int, str]]:
    """The place of each request, by what was asked of whom."""
    return [
        (
            int(exchange.json["messages"][-1]["content"].removeprefix("Name tree ")),
            "ida" if exchange.json["model"].startswith("gpt") else "idb",
        )
        for exchange in demo.exchanges.since(mark)
    ]
