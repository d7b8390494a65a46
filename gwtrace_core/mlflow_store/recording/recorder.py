"""Records turns in MLflow and reads their traces back. Light: mlflow is imported when it is ready.

Nothing of MLflow's troubles reaches the chat: a turn that cannot be recorded is not recorded, and
the trace's place says why.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager

from gwtrace_core.background.future import start
from gwtrace_core.mlflow_store.connection.tracking import Down, Ready, Starting, Tracking
from gwtrace_core.mlflow_store.format.find import find_complete_trace
from gwtrace_core.running.recorder import TraceMissing, TraceRecorded, TraceState, TurnRecording
from gwtrace_core.trace.model import Trace
from gwtrace_core.values.connection import SdkPath, Target
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.events import StreamEvent
from gwtrace_core.values.masking import Masker, secrets_of
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import ChatRequest, TurnContext
from gwtrace_core.values.uris import secrets_in

WARM_UP_LIMIT_S = 60.0
READ_BACK_LIMIT_S = 10.0

_POLL_S = 0.015
_POLL_GROWTH = 1.4
_SLOWEST_POLL_S = 0.3
_READERS = 4
"""Traces read back at once; more of them would keep a server from writing what they wait for."""
_DOUBT_AFTER_S = 1.5
"""A trace that takes longer than this makes us look whether MLflow is still there."""


class MlflowRecorder:
    """Implements `running.recorder.Recorder` on one `Tracking`."""

    def __init__(self, tracking: Tracking, *, read_back_limit_s: float = READ_BACK_LIMIT_S) -> None:
        self._tracking = tracking
        self._read_back_limit_s = read_back_limit_s
        self._readers = threading.Semaphore(_READERS)
        self._is_autolog_on = False
        self._masker = Masker((*tracking.protected, *secrets_in(tracking.config.uri)))

    def prepare(self, path: SdkPath) -> None:
        """Block until the warm-up's outcome is known, a minute at the most; then switch on the
        autolog that records the path. Nothing is imported where MLflow can never be used."""
        match self._tracking.wait_ready(WARM_UP_LIMIT_S):
            case Down(is_retrying=False):
                return
            case Starting() | Ready() | Down():
                # MLflow may be there by the time the turn begins.
                from gwtrace_core.mlflow_store.recording import autolog

                autolog.switch_on(path)
                self._is_autolog_on = True

    @contextmanager
    def unrecorded(self) -> Generator[None]:
        """Keep autolog out of what is called within it, in this thread or task."""
        with _silence_autolog(is_autolog_on=self._is_autolog_on):
            yield

    def begin(self, request: ChatRequest, target: Target, context: TurnContext) -> TurnRecording:
        """Open the turn's root span, or a recording that does nothing while MLflow is away."""
        state = self._tracking.state
        if not isinstance(state, Ready):
            return _Unrecorded(is_autolog_on=isinstance(state, Down))
        # Not at the top: these import mlflow, and it is ready only now.
        from gwtrace_core.mlflow_store.recording import masking, turn

        return turn.Turn(
            request,
            target,
            context,
            experiment_id=state.experiment_id,
            masker=masking.SpanMasker(self._masker.also(secrets_of(target.connection))),
            uri=self._tracking.config.uri,
            doubt=self._tracking.look_again,
        )

    def read_back(self, trace_id: str | None) -> TraceState:
        """Poll until the trace is complete in the store. Blocks; bounded in time."""
        if trace_id is None:
            return TraceMissing(reason=self._explain_unrecorded())
        begun_s = time.monotonic()
        doubted = False
        pending: Future[Trace | None] | None = None
        pause_s = _POLL_S
        problem = "It was not readable in time."
        while (waited_s := time.monotonic() - begun_s) < self._read_back_limit_s:
            if waited_s > _DOUBT_AFTER_S and not doubted:
                doubted = True
                self._tracking.look_again()
            if isinstance(state := self._tracking.state, Down):
                return TraceMissing(reason=state.reason, trace_id=trace_id)
            if pending is None:
                pending = start(lambda: self._read(trace_id), name="gwtrace-query")
            try:
                # Short: while one request hangs, the state above may already say why.
                trace = pending.result(0.2)
            except TimeoutError:
                continue
            except TrackingError as exc:
                problem, doubted, trace = exc.message, True, None
                self._tracking.look_again(_DOUBT_AFTER_S)
            pending = None
            if trace is not None:
                return TraceRecorded(trace=trace)
            time.sleep(pause_s)
            pause_s = min(pause_s * _POLL_GROWTH, _SLOWEST_POLL_S)
        return TraceMissing(reason=f"MLflow has not stored the trace: {problem}", trace_id=trace_id)

    def _read(self, trace_id: str) -> Trace | None:
        with self._readers:
            return find_complete_trace(self._tracking.config.uri, trace_id)

    def _explain_unrecorded(self) -> str:
        match self._tracking.state:
            case Down(reason=reason):
                return reason
            case Starting():
                return "MLflow was still starting when the call was made."
            case Ready():
                return "MLflow was away when the call was made; the next turn is recorded again."


@contextmanager
def _silence_autolog(*, is_autolog_on: bool) -> Generator[None]:
    if not is_autolog_on:
        yield
        return
    from gwtrace_core.mlflow_store.recording import autolog

    with autolog.silence():
        yield


class _Unrecorded:
    """A turn without a trace. Autolog stays out of it, so that nothing is tried in vain."""

    trace_id: str | None = None

    def __init__(self, *, is_autolog_on: bool) -> None:
        self._is_autolog_on = is_autolog_on

    @contextmanager
    def active(self) -> Generator[None]:
        with _silence_autolog(is_autolog_on=self._is_autolog_on):
            yield

    def trace_headers(self) -> Mapping[str, str]:
        return {}

    def observe(self, event: StreamEvent) -> None:
        del event

    def finish(self, reply: Reply) -> None:
        del reply
