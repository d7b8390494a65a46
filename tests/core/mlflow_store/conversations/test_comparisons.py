"""Comparisons and saved set-ups come back from MLflow alone."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient

from gwtrace_core.lanes.comparison import make_comparison_session_id, make_comparison_tags
from gwtrace_core.mlflow_store.connection.tracking import Ready
from gwtrace_core.mlflow_store.conversations import comparison_queries, setups
from gwtrace_core.mlflow_store.conversations.comparisons import SavedSetup, StoredVote
from gwtrace_core.mlflow_store.conversations.conversations import (
    PREFERENCE,
    SkippedTrace,
    TraceStore,
)
from gwtrace_core.values.connection import Provider, SdkPath
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.request import Lane
from tests.core.mlflow_store.support import Turn, Turns

PATHS = {
    "A": SdkPath.OPENAI_CHAT,
    "B": SdkPath.OPENAI_RESPONSES,
    "C": SdkPath.PYDANTIC_AI,
}
IDS = {"A": "aaaaaaaa", "B": "bbbbbbbb", "C": "cccccccc"}


@pytest.fixture
def store(turns: Turns) -> TraceStore:
    return TraceStore(turns.tracking)


@pytest.fixture
def client(turns: Turns) -> Any:
    return MlflowClient(tracking_uri=turns.tracking.config.uri)


def experiment_id(turns: Turns) -> str:
    assert isinstance(turns.tracking.state, Ready)
    return turns.tracking.state.experiment_id


def new_id() -> str:
    return uuid.uuid4().hex


def ask(
    turns: Turns,
    comparison_id: str,
    name: str,
    round_id: str,
    *,
    text: str = "Hello",
    turn_index: int = 0,
    repetition: int | None = None,
    row: int | None = None,
    is_blind: bool = False,
    model: str | None = None,
) -> Turn:
    return turns.ask(
        PATHS[name],
        text=text,
        model=model,
        turn_index=turn_index,
        session_id=make_comparison_session_id(
            comparison_id, IDS[name], repetition=repetition or 1, row=row
        ),
        tags=make_comparison_tags(
            comparison_id=comparison_id,
            lane_name=name,
            round_id=round_id,
            repetition=repetition,
            row=row,
            is_blind=is_blind,
        ),
    )


def test_a_comparison_comes_back_turn_by_turn(turns: Turns, store: TraceStore) -> None:
    comparison_id = new_id()
    asked = {
        (text, name): ask(turns, comparison_id, name, round_id, text=text, turn_index=index)
        for index, (round_id, text) in enumerate([("11111111", "First"), ("22222222", "Second é")])
        for name in PATHS
    }
    stored = store.comparison(comparison_id)
    assert [(round_.round_id, round_.message.text) for round_ in stored.rounds] == [
        ("11111111", "First"),
        ("22222222", "Second é"),
    ]
    found = {(each.turn.message.text, each.place.lane_name): each for each in stored.turns}
    assert list(found) == list(asked)
    for place, turn in asked.items():
        each = found[place]
        assert each.place.lane_id == IDS[place[1]]
        assert each.turn.reply == turn.reply
        assert each.turn.lane == turn.run.request.lane
        assert each.trace == turn.trace
        assert (each.place.repetition, each.place.row, each.place.is_blind) == (1, None, False)
    assert [(place.lane_id, lane) for place, lane in stored.lanes] == list(
        (IDS[name], asked["Second é", name].run.request.lane) for name in PATHS
    )
    assert (stored.replaced_count, stored.skipped, stored.is_whole) == (0, (), True)
    assert not stored.is_batch


def test_the_newest_answer_replaces_the_one_that_was_asked_again(
    turns: Turns, store: TraceStore
) -> None:
    comparison_id = new_id()
    ask(turns, comparison_id, "A", "11111111")
    other = ask(turns, comparison_id, "B", "11111111")
    again = ask(turns, comparison_id, "A", "11111111")
    stored = store.comparison(comparison_id)
    assert [each.turn.trace_id for each in stored.turns] == [
        again.trace.trace_id,
        other.trace.trace_id,
    ]
    assert stored.replaced_count == 1


def test_repetitions_are_kept_apart(turns: Turns, store: TraceStore) -> None:
    comparison_id = new_id()
    for repetition in (1, 2):
        ask(turns, comparison_id, "A", "11111111", repetition=repetition)
    (round_,) = store.comparison(comparison_id).rounds
    assert [(each.place.lane_id, each.place.repetition) for each in round_.turns] == [
        (IDS["A"], 1),
        (IDS["A"], 2),
    ]


def test_a_vote_on_a_blind_round_comes_back_and_each_user_sees_the_own(
    turns: Turns, store: TraceStore
) -> None:
    comparison_id = new_id()
    given = {
        name: ask(turns, comparison_id, name, "11111111", is_blind=True) for name in ("A", "B")
    }
    (waiting,) = store.comparison(comparison_id).rounds
    assert waiting.is_blind
    assert waiting.vote("ada") is None
    for user, outcomes in (("ada", ("loss", "win")), ("bob", ("tie", "tie"))):
        for turn, outcome in zip(given.values(), outcomes, strict=True):
            store.set_verdict(
                turn.trace.trace_id, name=PREFERENCE, value=outcome, comment=None, user=user
            )
    (voted,) = store.comparison(comparison_id).rounds
    assert voted.vote("ada") == StoredVote(vote=IDS["B"], user="ada")
    assert voted.vote("bob") == StoredVote(vote="tie", user="bob")
    assert voted.vote("eve") == StoredVote(vote=IDS["B"], user="ada")


def test_a_failed_lane_comes_back_with_its_failure(turns: Turns, store: TraceStore) -> None:
    comparison_id = new_id()
    failed = ask(turns, comparison_id, "A", "11111111", model="fault-upstream-429")
    (turn,) = store.comparison(comparison_id).turns
    assert turn.turn.reply == failed.reply
    assert turn.turn.reply.failure is not None


def test_a_trace_of_a_comparison_that_is_no_turn_is_named(turns: Turns, store: TraceStore) -> None:
    comparison_id = new_id()
    kept = ask(turns, comparison_id, "A", "11111111")
    stray = mlflow.start_span_no_context(
        "stray",
        experiment_id=experiment_id(turns),
        tags={"gwtrace.comparison": comparison_id},
    )
    stray.end()
    mlflow.flush_trace_async_logging()
    stored = store.comparison(comparison_id)
    assert [each.turn.trace_id for each in stored.turns] == [kept.trace.trace_id]
    assert stored.skipped == (
        SkippedTrace(trace_id=stray.trace_id, reason="It was not recorded by gwtrace."),
    )


def test_the_list_names_question_models_and_rounds_newest_first(
    turns: Turns, store: TraceStore
) -> None:
    older, newer, batch = new_id(), new_id(), new_id()
    for index, round_id in enumerate(("11111111", "22222222")):
        for name in ("A", "B"):
            ask(turns, older, name, round_id, text=f"Question {index}", turn_index=index)
    ask(turns, newer, "A", "33333333", text="Another", model="gpt-5.2")
    ask(turns, newer, "B", "33333333", text="Another")
    for row in (1, 2, 3):
        ask(turns, batch, "A", "44444444", text=f"Row {row}", row=row)
    listed = store.comparisons(limit=3)
    assert [
        (each.comparison_id, each.title, each.models, each.lane_count, each.round_count)
        for each in listed
    ] == [
        (batch, "Row 1", ("gpt-4o-mini",), 1, None),
        (newer, "Another", ("gpt-5.2", "gpt-4o-mini"), 2, 1),
        (older, "Question 0", ("gpt-4o-mini",), 2, 2),
    ]
    assert [each.is_batch for each in listed] == [True, False, False]
    assert [each.comparison_id for each in store.comparisons(limit=1)] == [batch]


def test_a_batch_comes_back_by_row_whatever_order_it_ran_in(
    turns: Turns, store: TraceStore
) -> None:
    comparison_id = new_id()
    for row in (10, 2, 1):
        for name in ("B", "A"):
            ask(turns, comparison_id, name, "44444444", text=f"Row {row}", row=row)
    stored = store.comparison(comparison_id)
    assert stored.is_batch
    assert [(round_.row, round_.message.text) for round_ in stored.rounds] == [
        (1, "Row 1"),
        (2, "Row 2"),
        (10, "Row 10"),
    ]
    assert [each.place.lane_name for each in stored.turns] == ["A", "B"] * 3


def test_an_id_that_could_leave_the_filter_is_refused(store: TraceStore) -> None:
    with pytest.raises(TrackingError, match="is not a comparison's id"):
        store.comparison("x' OR '1' = '1")


def test_an_unknown_comparison_is_empty(store: TraceStore) -> None:
    stored = store.comparison(new_id())
    assert (stored.rounds, stored.is_whole) == ((), True)


def test_many_turns_are_read_page_by_page(
    turns: Turns, store: TraceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison_queries, "_TURN_PAGE", 2)
    comparison_id = new_id()
    for row in range(1, 6):
        ask(turns, comparison_id, "A", "44444444", row=row)
    assert [round_.row for round_ in store.comparison(comparison_id).rounds] == [1, 2, 3, 4, 5]


def test_what_does_not_fit_in_the_time_is_said_to_be_missing(turns: Turns, client: Any) -> None:
    comparison_id = new_id()
    for row in range(1, 4):
        ask(turns, comparison_id, "A", "44444444", row=row)
    moments = iter(range(0, 1000, 30))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison_queries, "_TURN_PAGE", 2)
        stored = comparison_queries.comparison(
            client, experiment_id(turns), comparison_id, clock=lambda: next(moments)
        )
    assert [round_.row for round_ in stored.rounds] == [2, 3]
    assert not stored.is_whole


def test_turns_from_before_rounds_had_ids_are_told_apart_by_their_number(
    turns: Turns, store: TraceStore
) -> None:
    comparison_id = new_id()
    for index in (0, 1):
        for name in ("A", "B"):
            turns.ask(
                PATHS[name],
                text=f"Question {index}",
                turn_index=index,
                session_id=f"{comparison_id}-{IDS[name]}",
                tags={"gwtrace.comparison": comparison_id, "gwtrace.comparison.lane": name},
            )
    rounds = store.comparison(comparison_id).rounds
    assert [round_.message.text for round_ in rounds] == ["Question 0", "Question 1"]
    assert [len(round_.turns) for round_ in rounds] == [2, 2]


LANE = Lane(
    connection_id="demo",
    provider=Provider.OPENAI,
    route="openai",
    sdk_path=SdkPath.OPENAI_CHAT,
    model="gpt-4o-mini",
)


def test_a_set_up_is_saved_replaced_and_deleted(turns: Turns, store: TraceStore) -> None:
    first, second = (LANE,), (LANE, replace(LANE, system_prompt="Be brief.", streamed=False))
    store.save_setup("Größe / 'Tempo' 🏁", first, user="ada")
    store.save_setup("another", second, user="ada")
    store.save_setup("größe / 'tempo' 🏁", second, user="bob")
    again = TraceStore(turns.tracking)
    assert again.setups() == (
        SavedSetup(name="another", lanes=second, saved_by="ada"),
        SavedSetup(name="größe / 'tempo' 🏁", lanes=second, saved_by="bob"),
    )
    again.delete_setup("Another")
    again.delete_setup("Größe / 'Tempo' 🏁")
    again.delete_setup("never saved")
    assert store.setups() == ()


def test_a_set_up_that_mlflow_would_not_take_is_refused_with_its_size(
    store: TraceStore,
) -> None:
    noise = "".join(uuid.uuid4().hex for _ in range(1_200))
    with pytest.raises(TrackingError, match="too long to be saved") as refused:
        store.save_setup("Long", (replace(LANE, system_prompt=noise),), user="ada")
    assert "Shorten the system prompts" in refused.value.hint
    assert store.setups() == ()


def test_mlflow_takes_a_set_up_of_the_greatest_size(turns: Turns, client: Any) -> None:
    key = f"{setups.PREFIX}greatest"
    client.set_experiment_tag(experiment_id(turns), key, "x" * setups.MOST_CHARS)
    tags = client.get_experiment(experiment_id(turns)).tags
    client.delete_experiment_tag(experiment_id(turns), key)
    assert tags[key] == "x" * setups.MOST_CHARS


def test_a_saved_set_up_that_cannot_be_read_is_listed_without_lanes(
    turns: Turns, store: TraceStore, client: Any
) -> None:
    store.save_setup("Broken", (LANE,), user="ada")
    (key,) = (
        key
        for key in client.get_experiment(experiment_id(turns)).tags
        if key.startswith(setups.PREFIX)
    )
    client.set_experiment_tag(experiment_id(turns), key, '{"name": "Broken", "lanes": "??"}')
    assert store.setups() == (SavedSetup(name="Broken", lanes=()),)
    store.delete_setup("Broken")
    assert store.setups() == ()
