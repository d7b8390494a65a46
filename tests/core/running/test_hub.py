"""The hub with a scripted path and a recorder that notes what it is told: order, stop, lease."""

from __future__ import annotations

import asyncio
import gc
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import pytest

from gwtrace_core.running.hub import Hub
from gwtrace_core.running.recorder import TraceMissing, TraceState
from gwtrace_core.running.remembered import RememberedRuns
from gwtrace_core.running.run import Run
from gwtrace_core.sdk_paths import CallContext
from gwtrace_core.values.connection import (
    Connection,
    ConnectionKind,
    Provider,
    SdkPath,
    Target,
    without_key,
)
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource, RequestRefused
from gwtrace_core.values.events import (
    Failed,
    Finished,
    ModelRequestFinished,
    ModelRequestStarted,
    StreamEvent,
    TextDelta,
    Usage,
)
from gwtrace_core.values.reply import Reply, TextBlock
from gwtrace_core.values.request import ChatRequest, Lane, Message, TurnContext
from gwtrace_core.values.secret import Secret

TIMEOUT_S = 5.0
CONNECTION = Connection(
    id="demo",
    kind=ConnectionKind.DEMO,
    label="Demo",
    base_url="http://127.0.0.1:9/proxy",
    api_key=Secret("k"),
)
LANE = Lane(
    connection_id="demo",
    provider=Provider.OPENAI,
    route="openai",
    sdk_path=SdkPath.OPENAI_CHAT,
    model="m",
)
REQUEST = ChatRequest(lane=LANE, messages=(Message(role="user", text="hi"),))
TARGET = Target(
    connection=CONNECTION,
    provider=Provider.OPENAI,
    route="openai",
    sdk_path=SdkPath.OPENAI_CHAT,
    base_url="http://127.0.0.1:9/proxy/openai",
)
NOT_RECORDED = TraceMissing(reason="Nothing is recorded in this test.")


class NotingRecorder:
    """Records nothing; notes in which order it is asked."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.finished: list[Reply] = []
        self.is_active = False
        self.is_silent = False

    def prepare(self, path: SdkPath) -> None:
        self.notes.append(f"prepare {path.value}")

    def begin(self, request: ChatRequest, target: Target, context: TurnContext) -> NotingRecorder:
        self.notes.append("begin")
        return self

    @property
    def trace_id(self) -> str | None:
        return None

    @contextmanager
    def active(self) -> Iterator[None]:
        self.is_active = True
        yield
        self.is_active = False

    def trace_headers(self) -> Mapping[str, str]:
        return {}

    def observe(self, event: StreamEvent) -> None:
        self.notes.append(type(event).__name__)

    def finish(self, reply: Reply) -> None:
        self.notes.append("finish")
        self.finished.append(reply)

    @contextmanager
    def unrecorded(self) -> Iterator[None]:
        self.is_silent = True
        yield
        self.is_silent = False

    def read_back(self, trace_id: str | None) -> TraceState:
        self.notes.append("read_back")
        return NOT_RECORDED


class ScriptedPath:
    """Plays events; an `Exception` is raised, `None` waits until cancelled."""

    def __init__(self, *script: StreamEvent | Exception | None) -> None:
        self.script = script
        self.stalled = threading.Event()
        self.closed = threading.Event()
        self.forgotten: queue.SimpleQueue[Secret] = queue.SimpleQueue()

    async def stream(
        self, request: ChatRequest, context: CallContext
    ) -> AsyncIterator[StreamEvent]:
        try:
            for step in self.script:
                if step is None:
                    self.stalled.set()
                    await asyncio.Event().wait()
                elif isinstance(step, Exception):
                    raise step
                else:
                    yield step
        finally:
            self.closed.set()

    async def open(self, target: Target) -> None: ...

    def load(self, provider: Provider) -> None:
        pass

    async def forget(self, key: Secret) -> None:
        self.forgotten.put(key)

    async def aclose(self) -> None:
        pass


class SlowToLoad(ScriptedPath):
    """Notes what is loaded; loading waits for `go_on`."""

    def __init__(self, notes: list[str], *script: StreamEvent | None) -> None:
        super().__init__(*script)
        self.notes = notes
        self.loading = threading.Event()
        self.go_on = threading.Event()
        self.modules: list[list[str]] = []

    async def open(self, target: Target) -> None: ...

    def load(self, provider: Provider) -> None:
        self.notes.append(f"load {provider.value}")
        self.loading.set()
        assert self.go_on.wait(TIMEOUT_S)
        self.modules.append(["as an import leaves it"])


@pytest.fixture
def recorder() -> NotingRecorder:
    return NotingRecorder()


@pytest.fixture
def start(recorder: NotingRecorder) -> Iterator[Callable[..., Run]]:
    hubs: list[Hub] = []

    def run(path: ScriptedPath, *, lease_s: float = 60.0) -> Run:
        hub = Hub(recorder, open_client=lambda _: path, lease_s=lease_s)
        hubs.append(hub)
        return hub.start(REQUEST, TARGET, TurnContext(session_id="s", user="u"))

    yield run
    for hub in hubs:
        hub.close()


def test_a_turn_is_recorded_from_begin_to_read_back(
    start: Callable[..., Run], recorder: NotingRecorder
) -> None:
    usage = Usage(input_tokens=3, output_tokens=2)
    run = start(
        ScriptedPath(
            ModelRequestStarted(index=0, model="m"),
            TextDelta(text="Hel"),
            TextDelta(text="lo"),
            ModelRequestFinished(index=0, finish_reason="stop", usage=usage, response_model="m-1"),
            Finished(finish_reason="stop"),
        )
    )
    assert run.wait_settled(TIMEOUT_S)
    assert recorder.notes == [
        "prepare openai-chat",
        "begin",
        "ModelRequestStarted",
        "TextDelta",
        "TextDelta",
        "ModelRequestFinished",
        "Finished",
        "finish",
        "read_back",
    ]
    snapshot = run.poll()
    reply = snapshot.reply
    assert (reply.status, reply.blocks) == ("finished", (TextBlock(text="Hello"),))
    assert (reply.usage, reply.response_model, reply.chunk_count) == (usage, "m-1", 2)
    assert (snapshot.trace, snapshot.is_settled, snapshot.is_begun) == (NOT_RECORDED, True, True)
    assert recorder.finished == [reply]
    assert recorder.is_active is False


def test_stop_keeps_the_text_and_closes_the_stream(
    start: Callable[..., Run], recorder: NotingRecorder
) -> None:
    path = ScriptedPath(ModelRequestStarted(index=0, model="m"), TextDelta(text="Hel"), None)
    run = start(path)
    assert path.stalled.wait(TIMEOUT_S)
    run.stop()
    assert run.wait_settled(TIMEOUT_S)
    assert path.closed.is_set()
    reply = run.poll().reply
    assert (reply.status, reply.text, reply.stop_reason) == (
        "stopped",
        "Hel",
        "Stopped by the user.",
    )
    assert recorder.notes[-3:] == ["Stopped", "finish", "read_back"]


def test_stop_after_the_end_changes_nothing(start: Callable[..., Run]) -> None:
    run = start(ScriptedPath(Finished(finish_reason="stop")))
    assert run.wait_settled(TIMEOUT_S)
    before = run.poll()
    run.stop()
    assert run.poll() == before


def test_a_run_that_nobody_watches_is_stopped(start: Callable[..., Run]) -> None:
    path = ScriptedPath(TextDelta(text="Hel"), None)
    run = start(path, lease_s=0.05)
    assert run.wait_settled(TIMEOUT_S)
    assert path.closed.is_set()
    assert run.reply.stop_reason == "Stopped because no page was watching any more."


def test_a_settled_run_keeps_no_key_and_still_tells_that_it_had_one(
    start: Callable[..., Run],
) -> None:
    run = start(ScriptedPath(Finished(finish_reason="stop")))
    assert run.wait_settled(TIMEOUT_S)
    kept = run.target.connection.api_key
    assert (kept.reveal(), bool(kept)) == ("••••", True)
    assert without_key(TARGET) == run.target


def test_forgetting_a_key_stops_the_runs_by_it_and_closes_its_clients(
    recorder: NotingRecorder,
) -> None:
    path = ScriptedPath(TextDelta(text="Hel"), None)
    hub = Hub(recorder, open_client=lambda _: path)
    try:
        typed = replace(CONNECTION, api_key=Secret("canary-typed-1"))
        # By another session, which typed the same.
        same = replace(CONNECTION, api_key=Secret("canary-typed-1"))
        context = TurnContext(session_id="s", user="u")
        run = hub.start(REQUEST, replace(TARGET, connection=typed), context)
        other = hub.start(REQUEST, replace(TARGET, connection=same), context)
        assert path.stalled.wait(TIMEOUT_S)
        hub.forget(typed)
        assert run.wait_settled(TIMEOUT_S)
        assert run.reply.stop_reason == "Stopped because the key of the call was forgotten."
        assert path.forgotten.get(timeout=TIMEOUT_S) == Secret("canary-typed-1")
        assert other.reply.running
    finally:
        hub.close()


def test_a_failure_keeps_the_text_that_came_before_it(start: Callable[..., Run]) -> None:
    failure = Failure(
        source=FailureSource.PROVIDER, cause=FailureCause.STREAM_ERROR, message="It broke."
    )
    run = start(ScriptedPath(TextDelta(text="Hel"), Failed(failure=failure)))
    assert run.wait_settled(TIMEOUT_S)
    reply = run.poll().reply
    assert (reply.status, reply.text, reply.failure) == ("failed", "Hel", failure)


def test_a_refused_request_is_the_settings_fault(start: Callable[..., Run]) -> None:
    run = start(ScriptedPath(RequestRefused("Bedrock needs https.", hint="Use the gateway.")))
    assert run.wait_settled(TIMEOUT_S)
    assert run.poll().reply.failure == Failure(
        source=FailureSource.SETTINGS,
        cause=FailureCause.REQUEST_INVALID,
        message="Bedrock needs https.",
        hint="Use the gateway.",
    )


def test_a_bug_ends_the_run_is_shown_as_its_failure_and_logged(
    start: Callable[..., Run], recorder: NotingRecorder, caplog: pytest.LogCaptureFixture
) -> None:
    bug = ZeroDivisionError("a bug")
    run = start(ScriptedPath(TextDelta(text="Hel"), bug))
    assert run.wait_settled(TIMEOUT_S)
    reply = run.poll().reply
    assert (reply.status, reply.text) == ("failed", "Hel")
    assert reply.failure is not None
    assert reply.failure.message == (
        "gwtrace itself failed while the call ran (ZeroDivisionError)."
    )
    assert recorder.finished == [reply]
    assert "A run ended with a bug." in caplog.text


def test_runs_are_found_again_by_their_session_and_by_a_tag(recorder: NotingRecorder) -> None:
    hub = Hub(recorder, open_client=lambda _: ScriptedPath(Finished(finish_reason="stop")))
    try:
        contexts = [
            TurnContext(session_id=name, user="u", tags={"gwtrace.comparison": f"of {name}"})
            for name in ("a", "b", "a")
        ]
        runs = [hub.start(REQUEST, TARGET, context) for context in contexts]
        assert all(run.wait_settled(TIMEOUT_S) for run in runs)
        assert hub.find_runs("a") == (runs[0], runs[2])
        assert hub.find_runs("nobody") == ()
        assert hub.find_tagged_runs("gwtrace.comparison", "of b") == (runs[1],)
        assert hub.find_tagged_runs("gwtrace.comparison.lane", "of b") == ()
    finally:
        hub.close()


def test_runs_beyond_what_a_hub_may_remember_are_found_no_more(recorder: NotingRecorder) -> None:
    hub = Hub(
        recorder,
        open_client=lambda _: ScriptedPath(Finished(finish_reason="stop")),
        remembered=RememberedRuns(most_runs=1),
    )
    context = TurnContext(session_id="s", user="u")
    first, second = (hub.start(REQUEST, TARGET, context) for _ in range(2))
    assert first.wait_settled(TIMEOUT_S)
    assert second.wait_settled(TIMEOUT_S)
    hub.close()
    assert len(hub.find_runs("s")) == 1
    assert {first.reply.status, second.reply.status} == {"finished"}


def test_a_hub_that_was_closed_takes_no_runs_and_can_be_closed_again(
    recorder: NotingRecorder,
) -> None:
    hub = Hub(recorder, open_client=lambda _: ScriptedPath())
    hub.close()
    hub.close()
    hub.forget(CONNECTION)
    with pytest.raises(RequestRefused, match="gwtrace is being ended"):
        hub.start(REQUEST, TARGET, TurnContext(session_id="s", user="u"))


class SlowReader(NotingRecorder):
    """Reads a trace back when the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.reading, self.go_on = threading.Event(), threading.Event()

    def read_back(self, trace_id: str | None) -> TraceState:
        self.reading.set()
        self.go_on.wait(TIMEOUT_S)
        return super().read_back(trace_id)


def test_closing_waits_for_a_trace_that_is_being_read_and_has_no_other_read() -> None:
    recorder = SlowReader()
    stalled = ScriptedPath(TextDelta(text="Hel"), None)
    paths = {
        SdkPath.OPENAI_CHAT: ScriptedPath(Finished(finish_reason="stop")),
        SdkPath.PYDANTIC_AI: stalled,
    }
    hub = Hub(recorder, open_client=paths.__getitem__)
    context = TurnContext(session_id="s", user="u")
    ended = hub.start(REQUEST, TARGET, context)
    assert recorder.reading.wait(TIMEOUT_S)
    agent = replace(REQUEST, lane=replace(LANE, sdk_path=SdkPath.PYDANTIC_AI))
    under_way = hub.start(agent, TARGET, context)
    assert stalled.stalled.wait(TIMEOUT_S)
    closing = threading.Thread(target=hub.close, daemon=True)
    closing.start()
    assert under_way.wait_settled(TIMEOUT_S)
    assert not ended.is_settled
    recorder.go_on.set()
    closing.join(TIMEOUT_S)
    assert (ended.reply.status, ended.trace) == ("finished", NOT_RECORDED)
    assert under_way.trace == TraceMissing(
        reason="gwtrace was ended before the trace was read back."
    )
    assert len(recorder.finished) == 2


def test_a_trace_that_is_not_read_in_time_holds_up_no_ending() -> None:
    recorder = SlowReader()
    hub = Hub(recorder, open_client=lambda _: ScriptedPath(Finished(finish_reason="stop")))
    run = hub.start(REQUEST, TARGET, TurnContext(session_id="s", user="u"))
    assert recorder.reading.wait(TIMEOUT_S)
    hub.close(timeout_s=0.01)
    assert run.trace == TraceMissing(
        reason="gwtrace was ended while the trace was still being read back."
    )
    recorder.go_on.set()


def test_closing_the_hub_stops_every_run(recorder: NotingRecorder) -> None:
    path = ScriptedPath(TextDelta(text="Hel"), None)
    hub = Hub(recorder, open_client=lambda _: path)
    run = hub.start(REQUEST, TARGET, TurnContext(session_id="s", user="u"))
    assert path.stalled.wait(TIMEOUT_S)
    hub.close()
    assert path.closed.is_set()
    assert run.reply.status == "stopped"
    assert run.reply.stop_reason == "Stopped because gwtrace was ended."


def test_what_a_call_needs_is_loaded_before_it_is_timed(
    recorder: NotingRecorder, start: Callable[..., Run]
) -> None:
    path = SlowToLoad(recorder.notes, Finished(finish_reason="stop"))
    path.go_on.set()
    assert start(path).wait_settled(TIMEOUT_S)
    assert recorder.notes[:3] == ["prepare openai-chat", "load openai", "begin"]


def test_a_call_waits_for_what_another_one_loads(recorder: NotingRecorder) -> None:
    quick = ScriptedPath(Finished(finish_reason="stop"))
    slow = SlowToLoad(recorder.notes, Finished(finish_reason="stop"))
    paths = {SdkPath.OPENAI_CHAT: quick, SdkPath.PYDANTIC_AI: slow}
    hub = Hub(recorder, open_client=paths.__getitem__)
    agent = replace(REQUEST, lane=replace(LANE, sdk_path=SdkPath.PYDANTIC_AI))
    try:
        first = hub.start(agent, TARGET, TurnContext(session_id="s", user="u"))
        assert slow.loading.wait(TIMEOUT_S)
        second = hub.start(REQUEST, TARGET, TurnContext(session_id="s", user="u"))
        assert not second.wait_settled(0.2)
        assert not second.poll().is_begun
        slow.go_on.set()
        assert first.wait_settled(TIMEOUT_S)
        assert second.wait_settled(TIMEOUT_S)
    finally:
        hub.close()
    assert recorder.notes.index("load openai") < recorder.notes.index("begin")


def test_the_warm_up_loads_all_providers_but_none_while_a_call_is_timed(
    recorder: NotingRecorder,
) -> None:
    path = SlowToLoad(recorder.notes, None)
    path.go_on.set()
    hub = Hub(recorder, open_client=lambda _: path)
    try:
        run = hub.start(REQUEST, TARGET, TurnContext(session_id="s", user="u"))
        assert path.stalled.wait(TIMEOUT_S)
        hub.warm_up((SdkPath.OPENAI_CHAT,))
        assert not run.wait_settled(0.2)
        assert recorder.notes.count("load openai") == 1
        assert not any(note == "load anthropic" for note in recorder.notes)
        run.stop()
        assert run.wait_settled(TIMEOUT_S)
        deadline = time.monotonic() + TIMEOUT_S
        while f"load {[*Provider][-1].value}" not in recorder.notes:
            assert time.monotonic() < deadline, recorder.notes
            time.sleep(0.01)
    finally:
        hub.close()
    loaded = [note for note in recorder.notes if note.startswith("load ")]
    assert loaded == [f"load {provider.value}" for provider in Provider]


def test_what_was_loaded_is_not_searched_for_garbage_in_the_midst_of_a_stream(
    recorder: NotingRecorder, start: Callable[..., Run]
) -> None:
    path = SlowToLoad(recorder.notes, Finished(finish_reason="stop"))
    path.go_on.set()
    assert start(path).wait_settled(TIMEOUT_S)
    searched = {id(each) for each in gc.get_objects()}
    assert id(path.modules[0]) not in searched
