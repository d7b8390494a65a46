"""A turn in the store while it runs: seen, given signs of life, and written over by its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from mlflow.tracing.client import TracingClient
from mlflow.tracing.export.async_export_queue import Task

from gwtrace_core.background import heartbeat
from gwtrace_core.lanes.comparison import make_comparison_session_id, make_comparison_tags
from gwtrace_core.mlflow_store.conversations.conversations import TraceStore
from gwtrace_core.mlflow_store.conversations.stored_turns import StoredTurn
from gwtrace_core.mlflow_store.format import live_spans, processes
from gwtrace_core.mlflow_store.recording import beginnings
from gwtrace_core.mlflow_store.traces.traces import Traces
from gwtrace_core.running.run import Run
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.trace.listing import ListedTrace
from gwtrace_core.values import trace_names
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.errors import FailureCause
from tests.core.mlflow_store.support import Turns, named, shape, wait_until

CHAT = SdkPath.OPENAI_CHAT
TOOL_QUESTION = "What is 17 * 23? Show the calculation."
FAR_AWAY = "another-kernel/4026531836 7 1"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo gateway is quicker than any model."""
    monkeypatch.setattr(beginnings, "BEGIN_AFTER_S", 0.0)


@contextmanager
def stalled(turns: Turns, session_id: str, **asked: Any) -> Iterator[Run]:
    """A turn of which nothing comes any more, in the store."""
    run = turns.start(CHAT, model="fault-stall-midway", session_id=session_id, **asked)
    try:
        wait_until(lambda: bool(listed(turns, session_id)))
        yield run
    finally:
        run.stop()
        turns.settled(run)


def listed(turns: Turns, session_id: str) -> tuple[ListedTrace, ...]:
    return Traces(turns.tracking).list_traces(chosen=TraceFilter(session_id=session_id)).rows


def stored(turns: Turns, session_id: str) -> StoredTurn:
    (turn,) = TraceStore(turns.tracking).read_session(session_id).turns
    return turn


def as_replicas_have_it(turns: Turns, trace_id: str) -> Any:
    """The trace's record in the store, past what this process has in memory."""
    client: Any = TracingClient(turns.tracking.config.uri)
    return client.store.get_trace_info(trace_id)


def test_a_turn_under_way_is_in_the_store_with_all_that_a_list_shows(turns: Turns) -> None:
    with stalled(turns, "under-way", text="How do tides work?", user="grace"):
        (row,) = listed(turns, "under-way")
        assert row.summary.status == "in_progress"
        assert row.summary.request_preview == "How do tides work?"
        assert (row.summary.user, row.summary.duration_ms) == ("grace", None)
        assert (row.outcome, row.model) == ("", "fault-stall-midway")
        assert listed(turns, "under-way")[0].summary.tags[trace_names.PROCESS]


def test_another_process_sees_a_turn_under_way_and_does_not_wait_for_it(turns: Turns) -> None:
    with stalled(turns, "seen", text="Who is there?"):
        turn = stored(turns, "seen")
    assert turn.message.text == "Who is there?"
    assert turn.reply.failure is not None
    assert turn.reply.failure.cause is FailureCause.UNDER_WAY


def test_a_turn_of_another_machine_is_cut_only_when_it_gives_no_sign_of_life(
    turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "name_this_process", lambda: FAR_AWAY)
    with stalled(turns, "far-away"):
        monkeypatch.undo()
        assert listed(turns, "far-away")[0].summary.status == "in_progress"
        monkeypatch.setattr(heartbeat, "SILENT_MS", -1)
        assert listed(turns, "far-away")[0].summary.status == "cut"
        turn = stored(turns, "far-away")
        assert turn.reply.failure is not None
        assert turn.reply.failure.cause is FailureCause.PROCESS_ENDED


def test_a_long_turn_gives_signs_of_life_until_it_ends(
    turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beginnings, "PULSE_S", 0.05)
    begun_ms = time.time_ns() // 1_000_000
    with stalled(turns, "signs") as run:
        (row,) = listed(turns, "signs")

        def sign_ms() -> int:
            return int(as_replicas_have_it(turns, row.trace_id).tags[trace_names.ALIVE])

        first_ms = sign_ms()
        assert first_ms >= begun_ms
        wait_until(lambda: sign_ms() > first_ms)
    trace = turns.settled(run).trace
    assert shape(trace)[0] == "chat CHAIN error [gwtrace; stopped]"
    assert trace.trace_id not in processes.open_here


@pytest.mark.parametrize("path", SdkPath)
def test_the_end_is_the_same_as_of_a_turn_that_was_stored_at_its_end_only(
    turns: Turns, make_demo: Callable[..., Any], path: SdkPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    with make_demo(pace=0.4) as slow:
        asked: dict[str, Any] = {
            "text": TOOL_QUESTION,
            "tools": ("calculator",),
            "base_url": slow.base_url,
        }
        twice = turns.ask(path, session_id=f"twice-{path.value}", **asked).trace
        stored_tags = as_replicas_have_it(turns, twice.trace_id).tags
        assert stored_tags.keys() >= trace_names.OF_A_BEGINNING, "It ended before it was stored."
        monkeypatch.setattr(beginnings, "BEGIN_AFTER_S", 3_600.0)
        once = turns.ask(path, session_id=f"once-{path.value}", **asked).trace
    assert trace_names.PROCESS not in as_replicas_have_it(turns, once.trace_id).tags
    assert shape(twice) == shape(once)
    assert twice.summary.usage == once.summary.usage
    assert twice.summary.cost_usd == pytest.approx(once.summary.cost_usd)
    assert twice.summary.request_preview == once.summary.request_preview
    assert twice.summary.response_preview == once.summary.response_preview
    assert twice.summary.metadata.keys() == once.summary.metadata.keys()
    assert twice.summary.tags.keys() == once.summary.tags.keys()
    # A rate needs two pieces at different moments, which a busy machine may hand over as one.
    measured = {trace_names.OUTPUT_TOKENS_PER_S}
    attributes = [named(each, "chat").attributes.keys() - measured for each in (twice, once)]
    assert attributes[0] == attributes[1]


def test_a_beginning_that_comes_late_is_left_out_and_never_written_over_the_end(
    turns: Turns,
) -> None:
    """MLflow's writer is held up until the turn has ended: both stand in its queue by then."""
    queue = live_spans.find_writer_queue()
    assert queue is not None
    free = threading.Event()
    queue.put(Task(handler=free.wait, args=(60,)))
    run = turns.start(CHAT, model="fault-stall-midway", session_id="late")
    wait_until(lambda: run.poll().reply.chunk_count > 0)
    run.stop()
    wait_until(lambda: not run.poll().reply.running)
    free.set()
    turns.settled(run)
    (row,) = listed(turns, "late")
    assert (row.summary.status, row.outcome) == ("error", "stopped")
    assert trace_names.PROCESS not in as_replicas_have_it(turns, row.trace_id).tags


def test_with_several_writers_only_the_end_is_stored(
    turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ASYNC_TRACE_LOGGING_MAX_WORKERS", "2")
    turn = turns.ask(CHAT, text=TOOL_QUESTION, tools=("calculator",), session_id="several")
    assert turn.trace.summary.status == "ok"
    assert trace_names.PROCESS not in as_replicas_have_it(turns, turn.trace.trace_id).tags


def test_a_comparison_has_the_lane_that_was_cut_with_its_question(
    turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tags(name: str) -> dict[str, str]:
        return dict(make_comparison_tags(comparison_id=comparison, lane_name=name, round_id="r1"))

    comparison = f"cut{turns.tracking.config.is_embedded}"
    sessions = {name: make_comparison_session_id(comparison, name * 8) for name in "ab"}
    turns.ask(CHAT, text="Tides?", session_id=sessions["a"], tags=tags("A"))
    monkeypatch.setattr(processes, "name_this_process", lambda: FAR_AWAY)
    with stalled(turns, sessions["b"], text="Tides?", tags=tags("B")):
        monkeypatch.undo()
        monkeypatch.setattr(heartbeat, "SILENT_MS", -1)
        read = TraceStore(turns.tracking).read_comparison(comparison)
    (round_,) = read.rounds
    assert read.skipped == ()
    assert [(each.place.lane_name, each.turn.message.text) for each in round_.turns] == [
        ("A", "Tides?"),
        ("B", "Tides?"),
    ]
    assert [each.turn.reply.status for each in round_.turns] == ["finished", "failed"]
    assert [each.trace.summary.status for each in round_.turns] == ["ok", "cut"]
