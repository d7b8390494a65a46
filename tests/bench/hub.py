"""The core as the app runs it, with a stopwatch where the page's script would read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from gwtrace_core.gateway.routes import resolve
from gwtrace_core.mlflow_store.connection.tracking import Ready, Tracking, TrackingConfig
from gwtrace_core.mlflow_store.recording.recorder import MlflowRecorder
from gwtrace_core.running.hub import Hub
from gwtrace_core.running.recorder import Recorder, TraceRecorded, TraceState, TurnRecording
from gwtrace_core.running.run import Run
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath, Target
from gwtrace_core.values.events import Finished, StreamEvent, TextDelta
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import ChatRequest, Lane, Message, TurnContext
from gwtrace_core.values.secret import Secret

_PATIENCE_S = 60.0

PATHS = {"openai": SdkPath.OPENAI_CHAT, "anthropic": SdkPath.ANTHROPIC_MESSAGES}
_PROVIDERS = {"openai": Provider.OPENAI, "anthropic": Provider.ANTHROPIC}


@dataclass(slots=True)
class Moments:
    """When a turn's events had reached the page's side, by `time.perf_counter()`."""

    first_text_s: float = 0.0
    finished_s: float = 0.0
    has_text: threading.Event = field(default_factory=threading.Event)


class _TimedRecorder:
    """MLflow's recorder. The hub tells it of each event right after it has put it into the run."""

    def __init__(self, inner: Recorder) -> None:
        self._inner = inner
        self.newest = Moments()

    def begin(self, request: ChatRequest, target: Target, context: TurnContext) -> TurnRecording:
        return _TimedTurn(self._inner.begin(request, target, context), self.newest)

    def prepare(self, path: SdkPath) -> None:
        self._inner.prepare(path)

    @contextmanager
    def unrecorded(self) -> Iterator[None]:
        yield

    def read_back(self, trace_id: str | None) -> TraceState:
        return self._inner.read_back(trace_id)


class _TimedTurn:
    def __init__(self, inner: TurnRecording, moments: Moments) -> None:
        self._inner = inner
        self._moments = moments
        self.trace_id = inner.trace_id

    def active(self) -> AbstractContextManager[None]:
        return self._inner.active()

    def trace_headers(self) -> Mapping[str, str]:
        return self._inner.trace_headers()

    def observe(self, event: StreamEvent) -> None:
        if isinstance(event, TextDelta) and not self._moments.first_text_s:
            self._moments.first_text_s = time.perf_counter()
            self._moments.has_text.set()
        elif isinstance(event, Finished):
            self._moments.finished_s = time.perf_counter()
        self._inner.observe(event)

    def finish(self, reply: Reply) -> None:
        self._inner.finish(reply)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn through the hub, in milliseconds since it was handed over."""

    first_token_ms: float
    duration_ms: float
    readable_ms: float
    """From the end of the stream until the trace was read back from MLflow."""
    text: str
    span_count: int


class Core:
    """Hub, recorder and MLflow's embedded store."""

    def __init__(self, hub: Hub, recorder: _TimedRecorder, base_url: str) -> None:
        self._hub = hub
        self._recorder = recorder
        self._base_url = base_url

    def at(self, base_url: str) -> Core:
        """The same core, calling another gateway."""
        return Core(self._hub, self._recorder, base_url)

    def start(self, sdk: str, model: str, prompt: str) -> tuple[Run, Moments]:
        """Hand a turn over, as the page does."""
        lane = Lane(
            connection_id="demo",
            provider=_PROVIDERS[sdk],
            route=_PROVIDERS[sdk].value,
            sdk_path=PATHS[sdk],
            model=model,
        )
        connection = Connection(
            id="demo",
            kind=ConnectionKind.DEMO,
            label="Demo gateway",
            base_url=self._base_url,
            api_key=Secret("demo"),
        )
        request = ChatRequest(lane=lane, messages=(Message(role="user", text=prompt),))
        moments = self._recorder.newest = Moments()
        context = TurnContext(session_id="bench", user="bench")
        return self._hub.start(request, resolve(connection, lane), context), moments

    def turn(self, sdk: str, model: str, prompt: str) -> Turn:
        """Make a turn and wait for its trace. Nobody polls meanwhile, so nothing is disturbed."""
        begun_s = time.perf_counter()
        run, moments = self.start(sdk, model, prompt)
        if not run.wait_settled(_PATIENCE_S):
            raise TimeoutError(f"The turn did not settle within {_PATIENCE_S:g} s.")
        settled_s = time.perf_counter()
        snapshot = run.poll()
        if snapshot.reply.status != "finished" or not isinstance(snapshot.trace, TraceRecorded):
            raise RuntimeError(f"The turn failed or was not recorded: {snapshot}")
        return Turn(
            first_token_ms=(moments.first_text_s - begun_s) * 1000,
            duration_ms=(moments.finished_s - begun_s) * 1000,
            readable_ms=(settled_s - moments.finished_s) * 1000,
            text=snapshot.reply.text,
            span_count=len(snapshot.trace.trace.spans),
        )


@contextmanager
def running_core(base_url: str, *paths: SdkPath) -> Iterator[Core]:
    """The core in this process, warmed up, with a fresh embedded store."""
    with TemporaryDirectory(prefix="gwtrace-bench-") as folder:
        config = TrackingConfig(
            tracking_uri=None, experiment_name="Benchmark", working_dir=Path(folder)
        )
        tracking = Tracking(config)
        recorder = _TimedRecorder(MlflowRecorder(tracking))
        hub = Hub(recorder)
        try:
            hub.warm_up(paths)
            if not isinstance(state := tracking.wait_ready(120), Ready):
                raise RuntimeError(f"MLflow is not ready: {state}")
            yield Core(hub, recorder, base_url)
        finally:
            hub.close()
            tracking.close()
