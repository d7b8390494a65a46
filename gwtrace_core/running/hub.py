"""Runs turns on one background event loop, independent of the page scripts that watch them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from gwtrace_core.background.lease import LEASE_S
from gwtrace_core.running.abandoned import close_abandoned_later
from gwtrace_core.running.clients import Clients
from gwtrace_core.running.entrance import clean_value
from gwtrace_core.running.recorder import Recorder, TraceMissing, TraceState, TurnRecording
from gwtrace_core.running.remembered import RememberedRuns
from gwtrace_core.running.run import Run
from gwtrace_core.sdk_paths import CallContext, PathClient, open_path
from gwtrace_core.tools.tools import ToolResult, run_tool
from gwtrace_core.values.connection import Connection, SdkPath, Target
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource, RequestRefused
from gwtrace_core.values.events import Failed, Stopped, StreamEvent
from gwtrace_core.values.request import ChatRequest, TurnContext
from gwtrace_core.values.secret import Secret
from gwtrace_core.values.unicode_text import clean_json

ENDED = "Stopped because gwtrace was ended."
"""The reason of runs that the process's end has stopped."""
_FORGOTTEN = "Stopped because the key of the call was forgotten."
_UNSEEN = "Stopped because no page was watching any more."
_UNREAD = "gwtrace was ended before the trace was read back."
_OUT_OF_TIME = "gwtrace was ended while the trace was still being read back."

_SETTLE_LIMIT_S = 12.0
"""At the end of the process: above what the reading of a trace keeps to itself."""
_CLOSE_LIMIT_S = 3.0
"""For what needs no network: cancelled tasks and clients."""

_T = TypeVar("_T")

_LEASE_CHECK_S = 1.0
_WORKERS = 24
"""Threads for what blocks (imports, reading traces back): 8 lanes twice over, and room."""


class Hub:
    """One event loop in a daemon thread. SDK clients live on it and are shared by all sessions."""

    def __init__(
        self,
        recorder: Recorder,
        *,
        open_client: Callable[[SdkPath], PathClient] = open_path,
        clock: Callable[[], float] = time.monotonic,
        lease_s: float = LEASE_S,
        remembered: RememberedRuns | None = None,
    ) -> None:
        self._recorder = recorder
        self._clock = clock
        self._lease_s = lease_s
        self._remembered = remembered or RememberedRuns()
        self._under_way: set[Run] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._run_tasks: set[asyncio.Task[None]] = set()
        self._start_lock = threading.Lock()
        self._is_refusing = False
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="gwtrace-worker")
        self._clients = Clients(open_client, recorder, self._workers)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="gwtrace-hub", daemon=True)
        self._thread.start()

    def start(
        self,
        request: ChatRequest,
        target: Target,
        context: TurnContext,
        *,
        on_settled: Callable[[Run], None] | None = None,
        is_remembered: bool = True,
    ) -> Run:
        """Start a turn and return at once. Nothing of the run blocks the caller.

        `on_settled` is called on the hub's loop when reply and trace will not change any more; it
        must not block. `is_remembered` is whether `find_runs` shall know the run. Raises
        RequestRefused when the hub takes no more runs.
        """
        run = Run(
            request=request,
            target=target,
            context=context,
            clock=self._clock,
            started_ms=time.time_ns() // 1_000_000,
            lease_s=self._lease_s,
            on_settled=on_settled,
        )
        # Under the lock: a run that came after the last was stopped would never come to its end.
        with self._start_lock:
            if self._is_refusing:
                raise RequestRefused(
                    "gwtrace is being ended, and makes no more calls.",
                    hint="Ask again when it has been started anew.",
                )
            if is_remembered:
                self._remembered.add(run)
            self._under_way.add(run)
            self._loop.call_soon_threadsafe(self._launch, run)
        return run

    def refuse_runs(self) -> None:
        """Take no more runs; those under way go on. The process is ending."""
        with self._start_lock:
            self._is_refusing = True

    def find_runs(self, session_id: str) -> tuple[Run, ...]:
        """The session's runs that are still remembered, oldest first; for a page that was
        reloaded, and for turns that MLflow could not record."""
        return self._remembered.find(lambda run: run.context.session_id == session_id)

    def find_tagged_runs(self, tag: str, value: str) -> tuple[Run, ...]:
        """The same for all sessions of a comparison, by a tag of their turns."""
        return self._remembered.find(lambda run: run.context.tags.get(tag) == value)

    def forget(self, connection: Connection) -> None:
        """Stop the runs under way with this connection's key, and close the clients that hold it.

        Of two sessions that typed the same key only the runs of this one are stopped.
        """
        key = connection.api_key
        for run in tuple(self._under_way):
            # By identity: an equal key that was typed elsewhere is another one.
            if run.target.connection.api_key is key:
                run.stop(_FORGOTTEN)
        if key and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._close_clients, key)

    def warm_up(self, paths: tuple[SdkPath, ...] = tuple(SdkPath)) -> None:
        """Import the SDKs in the background, so that the first message need not wait for it."""
        with self._start_lock:
            if not self._is_refusing:
                asyncio.run_coroutine_threadsafe(self._clients.load_all(paths), self._loop)

    def close(self, timeout_s: float = _SETTLE_LIMIT_S) -> None:
        """Stop every run and wait until all are recorded, close the clients and end the loop.

        Once it is back, all that MLflow is to have of the runs is in its queue. Runs whose reply
        is there while their trace is still being read are waited for up to `timeout_s`. Raises
        what closing a client raises. Calling it again does nothing.
        """
        self.refuse_runs()
        if self._loop.is_closed():
            return
        ending = asyncio.run_coroutine_threadsafe(self._end_all(timeout_s), self._loop)
        try:
            ending.result(timeout_s + _CLOSE_LIMIT_S)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_CLOSE_LIMIT_S)
            self._workers.shutdown(wait=False, cancel_futures=True)

    async def _end_all(self, settle_s: float) -> None:
        for run in tuple(self._under_way):
            run.stop(ENDED)
        if self._run_tasks:
            await asyncio.wait(self._run_tasks, timeout=settle_s)
        current = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not current]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._clients.aclose()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.call_soon(close_abandoned_later, self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    def _launch(self, run: Run) -> None:
        task = self._loop.create_task(self._execute(run))

        def cancel_unless_ended(reason: str) -> None:
            # Past the reply's end only the trace is being read; that is not to be cut short.
            if run.reply.running:
                task.cancel(reason)

        def cancel(reason: str) -> None:
            self._loop.call_soon_threadsafe(cancel_unless_ended, reason)

        self._run_tasks.add(task)
        run.attach(cancel)
        lease = self._loop.create_task(self._watch_lease(run))

        def done(ended: asyncio.Task[None]) -> None:
            lease.cancel()
            self._run_tasks.discard(task)
            self._under_way.discard(run)
            if ended.cancelled():
                # Only the end of the process cancels what no longer answers.
                run.settle(TraceMissing(reason=_OUT_OF_TIME, trace_id=run.trace_id))
            elif (bug := ended.exception()) is not None and not run.is_settled:
                self._log(bug)
                run.crash()

        task.add_done_callback(done)

    def _close_clients(self, key: Secret) -> None:
        closing = self._loop.create_task(self._clients.forget(key))
        # A task that nobody holds may be collected before it has ended.
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    def _log(self, bug: BaseException) -> None:
        """By the loop's own handler, with the traceback."""
        self._loop.call_exception_handler({"message": "A run ended with a bug.", "exception": bug})

    async def _watch_lease(self, run: Run) -> None:
        # A page's poll only notes the time: waking the loop for each would cost more than looking.
        while not run.lease.is_over:  # noqa: ASYNC110
            await asyncio.sleep(min(_LEASE_CHECK_S, run.lease.length_s / 4))
        run.stop(_UNSEEN)

    async def _execute(self, run: Run) -> None:
        try:
            await self._answer(run)
        finally:
            # After a bug too: it shall cost nobody the trace that tells of it.
            run.settle(await self._read_back(run.trace_id))
            await self._run_in_worker(lambda: self._remembered.keep_ended(run))

    async def _read_back(self, trace_id: str | None) -> TraceState:
        if self._is_refusing:
            # No page will show it, and a slow MLflow has to be given time for the writing.
            return TraceMissing(reason=_UNREAD, trace_id=trace_id)
        return await self._run_in_worker(lambda: self._recorder.read_back(trace_id))

    async def _answer(self, run: Run) -> None:
        recording: TurnRecording | None = None
        try:
            client = await self._clients.load(run.request.lane.sdk_path, run.target.provider)
            # What cannot work is refused by the call itself, which is recorded.
            with suppress(RequestRefused):
                await client.open(run.target)
            # Another lane's import would be timed as this one's model.
            await self._clients.wait_loaded()
            with self._clients.count_call():
                recording = self._recorder.begin(run.request, run.target, run.context)
                run.begin(recording.trace_id)
                await self._drive(run, client, recording)
        except asyncio.CancelledError as cancelled:
            reason = str(cancelled.args[0]) if cancelled.args else Stopped().reason
            _end(run, recording, Stopped(reason=reason))
        except RequestRefused as refused:
            _end(run, recording, Failed(failure=_describe_refusal(refused)))
        except BaseException as bug:
            _end(run, recording, Failed(failure=_describe_bug(bug)))
            self._log(bug)
            raise
        finally:
            if recording is not None:
                recording.finish(run.reply)

    async def _drive(self, run: Run, client: PathClient, recording: TurnRecording) -> None:
        context = CallContext(
            target=run.target, trace_headers=recording.trace_headers, run_tool=_run_tool
        )
        with recording.active():
            # Every path is an async generator; closing it closes the upstream connection.
            stream = cast(Any, client.stream(run.request, context))
            async with aclosing(stream):
                async for event in stream:
                    for each in run.apply(event):
                        recording.observe(each)

    async def _run_in_worker(self, work: Callable[[], _T]) -> _T:
        return await self._loop.run_in_executor(self._workers, work)


def _end(run: Run, recording: TurnRecording | None, event: StreamEvent) -> None:
    """Apply a terminal event, unless the run had come to its end already."""
    if not run.reply.running:
        return
    for each in run.apply(event):
        if recording is not None:
            recording.observe(each)


async def _run_tool(name: str, arguments: Mapping[str, object]) -> ToolResult:
    result = run_tool(name, clean_json(dict(arguments)), now=datetime.now(UTC))
    # It is sent on as well.
    return clean_value(result)


def _describe_refusal(refused: RequestRefused) -> Failure:
    return Failure(
        source=FailureSource.SETTINGS,
        cause=FailureCause.REQUEST_INVALID,
        message=refused.message,
        hint=refused.hint,
    )


def _describe_bug(bug: BaseException) -> Failure:
    return Failure(
        source=FailureSource.SETTINGS,
        cause=FailureCause.UNKNOWN,
        message=f"gwtrace itself failed while the call ran ({type(bug).__name__}).",
        hint="This is a bug of gwtrace; the app's log has the details.",
    )
