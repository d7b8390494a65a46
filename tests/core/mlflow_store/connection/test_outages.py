"""MLflow away, hanging, dying and coming back: the chat goes on, and the reason is told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import pytest

from gwtrace_core.mlflow_store.check import TrackingCheck, TrackingStep, check_tracking
from gwtrace_core.mlflow_store.connection.tracking import Down, Ready, TrackingConfig
from gwtrace_core.mlflow_store.conversations.conversations import TraceStore
from gwtrace_core.running.recorder import TraceMissing, TraceRecorded
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.errors import TrackingError
from tests.core.mlflow_store.conftest import EXPERIMENT, TurnsFactory
from tests.core.mlflow_store.line import Line
from tests.core.mlflow_store.support import Turn, Turns, wait_until

RETRY_S = (0.2,)
NO_WAIT_S = 8.0
"""Below MLflow's own time limit of 10 s, and enough for a busy machine."""
ALL = tuple(SdkPath)


@pytest.fixture
def make_line_turns(make_turns: TurnsFactory, line: Line, tmp_path: Path) -> Any:
    config = TrackingConfig(tracking_uri=line.url, experiment_name=EXPERIMENT, working_dir=tmp_path)
    return lambda: make_turns(config, retry_s=RETRY_S)


@pytest.fixture
def line_turns(make_line_turns: Any) -> Iterator[Turns]:
    with make_line_turns() as turns:
        assert isinstance(turns.tracking.state, Ready), turns.tracking.state
        yield turns


def duration_s(turn: Turn) -> float:
    assert turn.reply.duration_ms is not None
    return turn.reply.duration_ms / 1000


def is_stored_as_spans(turn: Turn) -> bool:
    """In the tracking store and not as a file, as MLflow does for servers that it takes for old."""
    return turn.trace.summary.tags["mlflow.trace.spansLocation"] == "TRACKING_STORE"


def wait_ready_again(turns: Turns) -> None:
    wait_until(lambda: isinstance(turns.tracking.state, Ready))


@pytest.mark.parametrize("trouble", ["cut", "hold"])
def test_a_server_absent_at_the_start_costs_the_chat_nothing(
    make_line_turns: Any, line: Line, trouble: str
) -> None:
    getattr(line, trouble)()
    with make_line_turns() as turns:
        down = turns.tracking.state
        assert isinstance(down, Down)
        assert down.is_retrying
        for path in ALL:
            turn = turns.ask(path)
            assert turn.reply.status == "finished"
            assert turn.reply.text
            assert turn.state == TraceMissing(reason=down.reason)
        # The SDKs are imported now, and the demo answers at once: nothing else may take time.
        last_trace_id = mlflow.get_last_active_trace_id()
        begun_s = time.monotonic()
        for path in ALL:
            turns.ask(path)
        assert time.monotonic() - begun_s < NO_WAIT_S
        assert mlflow.get_last_active_trace_id() == last_trace_id
        line.restore()
        wait_ready_again(turns)
        assert isinstance(turns.ask(SdkPath.OPENAI_CHAT).state, TraceRecorded)


def test_the_reason_says_what_is_wrong_with_the_server(make_line_turns: Any, line: Line) -> None:
    line.cut()
    with make_line_turns() as turns:
        down = turns.tracking.state
        assert isinstance(down, Down)
        assert down.reason == f"Nothing listens at {line.url}: the connection was refused."
        line.hold()
        wait_until(
            lambda: (
                turns.tracking.look_again(0.1)
                == Down(
                    reason=f"The MLflow server at {line.url} did not answer within 3 s.",
                    hint="Check that the server is not overloaded, and that nothing in between "
                    "holds it up.",
                    since_s=down.since_s,
                    is_retrying=True,
                )
            )
        )


def test_a_server_that_dies_between_turns_loses_one_trace_and_no_answer(
    line_turns: Turns, line: Line
) -> None:
    assert isinstance(line_turns.ask(SdkPath.OPENAI_CHAT).state, TraceRecorded)
    line.cut()
    lost = line_turns.ask(SdkPath.OPENAI_CHAT)
    assert lost.reply.status == "finished"
    assert duration_s(lost) < NO_WAIT_S
    assert isinstance(lost.state, TraceMissing)
    assert "the connection was refused" in lost.state.reason
    assert isinstance(line_turns.tracking.state, Down)
    unrecorded = line_turns.ask(SdkPath.PYDANTIC_AI)
    assert unrecorded.state == TraceMissing(reason=lost.state.reason)
    line.restore()
    wait_ready_again(line_turns)
    for path in ALL:
        assert is_stored_as_spans(line_turns.ask(path))


def test_a_server_that_dies_while_an_answer_streams_does_not_disturb_it(
    line_turns: Turns, line: Line
) -> None:
    run = line_turns.start(SdkPath.OPENAI_CHAT, model="fault-stall-midway")
    wait_until(lambda: run.poll().reply.chunk_count > 0)
    line.cut()
    run.stop()
    turn = line_turns.settled(run)
    assert turn.reply.status == "stopped"
    assert turn.reply.text
    assert isinstance(turn.state, TraceMissing)


def test_a_server_that_hangs_never_holds_up_an_answer(line_turns: Turns, line: Line) -> None:
    line.hold()
    lost = line_turns.ask(SdkPath.OPENAI_CHAT)
    assert lost.reply.status == "finished"
    assert duration_s(lost) < NO_WAIT_S
    assert isinstance(lost.state, TraceMissing)
    assert "did not answer" in lost.state.reason
    last_trace_id = mlflow.get_last_active_trace_id()
    begun_s = time.monotonic()
    assert isinstance(line_turns.ask(SdkPath.ANTHROPIC_MESSAGES).state, TraceMissing)
    assert isinstance(line_turns.ask(SdkPath.OPENAI_CHAT).state, TraceMissing)
    assert time.monotonic() - begun_s < NO_WAIT_S
    assert mlflow.get_last_active_trace_id() == last_trace_id
    line.restore()
    wait_ready_again(line_turns)
    assert is_stored_as_spans(line_turns.ask(SdkPath.OPENAI_CHAT))


def test_the_store_says_that_mlflow_is_away_instead_of_waiting(
    line_turns: Turns, line: Line
) -> None:
    store = TraceStore(line_turns.tracking)
    line.cut()
    wait_until(lambda: isinstance(line_turns.tracking.look_again(0.1), Down))
    begun_s = time.monotonic()
    with pytest.raises(TrackingError, match="the connection was refused"):
        store.list_sessions()
    assert time.monotonic() - begun_s < NO_WAIT_S


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("nonsense", "neither a server (http://…) nor a database (sqlite:///…)"),
        ("http://", "neither a server (http://…) nor a database (sqlite:///…)"),
        ("http://localhost:port", "is not an address"),
        ("http://[::1", "is not an address"),
        ("gopher://user:canary-password@host", "'gopher://user:••••@host' is neither"),
        ("postgresql+nodriver://u:canary-password@h/m", "asks for a driver that does not exist"),
    ],
)
def test_a_nonsense_address_is_explained_and_the_chat_works(
    make_turns: TurnsFactory, tmp_path: Path, uri: str, reason: str
) -> None:
    config = TrackingConfig(tracking_uri=uri, experiment_name=EXPERIMENT, working_dir=tmp_path)
    with make_turns(config) as turns:
        state = turns.tracking.state
        assert isinstance(state, Down)
        assert reason in state.reason
        assert state.hint
        assert "canary-password" not in state.reason + state.hint
        turn = turns.ask(SdkPath.OPENAI_CHAT)
        assert turn.reply.status == "finished"
        assert turn.state == TraceMissing(reason=state.reason)


def test_where_to_record_that_was_not_understood_leaves_the_chat_and_records_nowhere(
    make_turns: TurnsFactory, tmp_path: Path
) -> None:
    config = TrackingConfig(
        tracking_uri=None,
        experiment_name=EXPERIMENT,
        working_dir=tmp_path,
        unusable="MLFLOW_TRACKING_URI names a folder.",
        unusable_hint="Use a database.",
    )
    with make_turns(config) as turns:
        state = turns.tracking.look_again(60.0)
        assert state == Down(
            reason="MLFLOW_TRACKING_URI names a folder.",
            hint="Use a database.",
            since_s=state.since_s,
            is_retrying=False,
        )
        turn = turns.ask(SdkPath.OPENAI_CHAT)
        assert turn.reply.status == "finished"
        assert turn.state == TraceMissing(reason="MLFLOW_TRACKING_URI names a folder.")
        with pytest.raises(TrackingError, match="names a folder"):
            TraceStore(turns.tracking).list_sessions()
    assert list(tmp_path.iterdir()) == []
    step = TrackingStep(
        part="address",
        is_ok=False,
        message="MLFLOW_TRACKING_URI names a folder.",
        hint="Use a database.",
    )
    assert check_tracking(config) == TrackingCheck(steps=(step,))


def test_what_is_no_mlflow_server_is_said_to_be_none(
    make_turns: TurnsFactory, tmp_path: Path, demo: Any
) -> None:
    uri = demo.base_url.removesuffix("/proxy")
    config = TrackingConfig(tracking_uri=uri, experiment_name=EXPERIMENT, working_dir=tmp_path)
    with make_turns(config) as turns:
        state = turns.tracking.state
        assert isinstance(state, Down)
        assert state.reason.startswith(f"What answers at {uri} is not an MLflow server")


def test_an_embedded_store_that_cannot_be_opened_comes_back(
    make_turns: TurnsFactory, tmp_path: Path
) -> None:
    directory = tmp_path / "not-there-yet"
    config = TrackingConfig(tracking_uri=None, experiment_name=EXPERIMENT, working_dir=directory)
    with make_turns(config, retry_s=RETRY_S) as turns:
        assert isinstance(turns.tracking.state, Down)
        directory.mkdir()
        wait_ready_again(turns)
        assert isinstance(turns.ask(SdkPath.OPENAI_CHAT).state, TraceRecorded)
