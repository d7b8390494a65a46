"""A process killed in the middle of turns: what whoever comes after finds of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gwtrace_core.evaluation.sources import SessionTraces
from gwtrace_core.mlflow_store.connection.tracking import TrackingConfig
from gwtrace_core.mlflow_store.conversations.conversations import TraceStore
from gwtrace_core.mlflow_store.conversations.stored_turns import StoredTurn
from gwtrace_core.mlflow_store.evaluations.evaluations import Evaluations
from gwtrace_core.mlflow_store.traces.traces import Traces
from gwtrace_core.trace.ending import CUT_OFF, ending_text, is_cut
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.secret import MASK
from tests.core.mlflow_store import cut_process
from tests.core.mlflow_store.conftest import EXPERIMENT, TurnsFactory
from tests.core.mlflow_store.cut_process import PROTECTED, STAGES, name
from tests.core.mlflow_store.support import Turns
from tests.warm_start import Program, WarmProcess

CUT_REPLY = Reply(
    status="failed",
    failure=Failure(
        source=FailureSource.APP,
        cause=FailureCause.PROCESS_ENDED,
        message="Cut off: the process that ran this ended before the answer.",
        hint="What the model may have answered was not kept. Ask again.",
    ),
)
OPENAI = SdkPath.OPENAI_CHAT


@contextmanager
def killed_process(
    warm: WarmProcess, uri: str, directory: Path, base_url: str
) -> Iterator[list[int]]:
    """`cut_process`, killed when an answer has just ended; gives the numbers of those that had."""
    log = directory / "cut_process.log"
    program = Program(
        module=cut_process.__name__,
        arguments=[uri, str(directory), base_url],
        env=os.environ,
        cwd=directory,
        log_path=log,
    )
    log.touch()
    process = warm.start(program)
    try:
        give_up_s = time.monotonic() + 120
        while len(ended := _ended(log.read_text())) < 4:
            assert process.poll() is None, log.read_text()[-3_000:]
            assert time.monotonic() < give_up_s
            time.sleep(0.002)
    finally:
        process.kill()
        process.wait()
    yield ended


def _ended(said: str) -> list[int]:
    """The numbers of the answers that a whole line tells of."""
    lines = said.split("\n")[:-1]
    return [int(line.split()[1]) for line in lines if line.startswith("ended ")]


@pytest.fixture(scope="module", params=["embedded", "server"])
def after(
    request: pytest.FixtureRequest,
    make_demo: Callable[..., Any],
    make_turns: TurnsFactory,
    warm: WarmProcess,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Turns, list[int]]]:
    """The next start, in the same store, and which answers had ended by the kill."""
    directory = tmp_path_factory.mktemp("cut")
    uri = ""
    if request.param == "server":
        host, port = request.getfixturevalue("mlflow_server")
        uri = f"http://{host}:{port}"
    config = TrackingConfig(
        tracking_uri=uri or None, experiment_name=EXPERIMENT, working_dir=directory
    )
    with (
        make_demo(pace=0.4) as demo,
        killed_process(warm, uri, directory, demo.base_url) as ended,
        make_turns(config) as turns,
    ):
        yield turns, ended


def only_turn(turns: Turns, session_id: str) -> StoredTurn:
    session = TraceStore(turns.tracking).read_session(session_id)
    assert session.skipped == ()
    (turn,) = session.turns
    return turn


@pytest.mark.parametrize("path", SdkPath)
@pytest.mark.parametrize("stage", STAGES)
def test_a_turn_that_was_cut_is_read_back_with_its_question(
    after: tuple[Turns, list[int]], stage: str, path: SdkPath
) -> None:
    turns, _ = after
    turn = only_turn(turns, name(stage, path))
    assert turn.message.text == STAGES[stage].get("text", f"{stage} {MASK}")
    assert turn.reply == CUT_REPLY
    assert turn.lane.sdk_path is path
    assert turn.lane.model == STAGES[stage].get("model", turn.lane.model)


def test_the_list_has_every_cut_turn_as_cut_and_none_as_running(
    after: tuple[Turns, list[int]],
) -> None:
    turns, _ = after
    traces = Traces(turns.tracking)
    cut = traces.list_traces(chosen=TraceFilter(status="cut"), page_size=100).rows
    expected = {name(stage, path) for stage in STAGES for path in SdkPath}
    assert {row.summary.session_id or "" for row in cut} >= expected
    assert all(is_cut(row.summary) and row.summary.duration_ms is None for row in cut)
    assert traces.list_traces(chosen=TraceFilter(status="in_progress")).rows == ()
    row = next(row for row in cut if row.summary.session_id == name("waiting", OPENAI))
    assert row.summary.request_preview == f"waiting {MASK}"
    assert row.summary.user == "grace"
    assert row.outcome == ""
    assert (row.sdk_path, row.model) == (OPENAI.value, "fault-stall")
    assert row.is_by_gwtrace


@pytest.mark.parametrize("stage", STAGES)
def test_the_page_of_a_cut_trace_shows_the_question_and_says_why_there_is_no_answer(
    after: tuple[Turns, list[int]], stage: str
) -> None:
    turns, _ = after
    traces = Traces(turns.tracking)
    chosen = TraceFilter(session_id=name(stage, OPENAI))
    (row,) = traces.list_traces(chosen=chosen).rows
    view = traces.open_trace(row.trace_id).view()
    assert view is not None
    (root,) = (span for span in view.trace.spans if span.parent_id is None)
    assert root.name == "chat"
    assert root.end_ns is None
    assert root.inputs["messages"][-1]["content"] == row.summary.request_preview
    assert ending_text(view.trace) == CUT_OFF
    assert PROTECTED not in str(traces.read_trace_json(row.trace_id))


def test_no_answer_that_had_ended_is_lost_and_one_that_was_ending_leaves_its_question(
    after: tuple[Turns, list[int]],
) -> None:
    turns, ended = after
    assert only_turn(turns, "finished").reply.status == "finished"
    for number in ended[:-1]:
        assert only_turn(turns, f"ending-{number}").reply.status == "finished"
    # Of this one its process was killed within milliseconds of the end.
    last = only_turn(turns, f"ending-{ended[-1]}")
    assert last.message.text == f"Write {60 + ended[-1]} tokens."
    assert last.reply == CUT_REPLY or last.reply.status == "finished"


def test_a_cut_turn_is_no_answer_to_be_judged(after: tuple[Turns, list[int]]) -> None:
    turns, _ = after
    source = SessionTraces(session_id=name("streaming", OPENAI))
    found = Evaluations(turns.tracking).find_subjects(source)
    assert found.subjects == ()
    assert found.cut_count == 1
