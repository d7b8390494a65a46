"""Traces being opened and traces kept open, for all sessions of the process. No mlflow in here."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from gwtrace_core.background.future import start
from gwtrace_core.background.time_limit import TimeLimitError
from gwtrace_core.trace.model import Assessment
from gwtrace_core.trace.view import ReadProgress, TraceView
from gwtrace_core.values.errors import TrackingError

_T = TypeVar("_T")

MOST_SPANS = 60_000
MOST_BYTES = 80_000_000
"""Of the spans as JSON; in memory they take about four times as much."""

_INFO_S = 10.0
_TICK_S = 0.2
_DOUBT_AFTER_S = 1.5
"""Without progress for that long, somebody looks whether MLflow is still there: its own client
would wait and try again for up to a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What reading a trace has given."""

    view: TraceView | None
    """None: MLflow has no trace of that id."""
    bytes: int = 0
    may_be_kept: bool = False
    """False while the trace is still being written."""


class StoreWatch(Protocol):
    """What an opening asks of the connection to MLflow."""

    def doubt(self) -> None:
        """Have somebody look whether MLflow is still there; returns at once."""
        ...

    def find_trouble(self) -> TrackingError | None:
        """Why MLflow cannot be reached, as far as that is known."""
        ...


class Opening:
    """A trace on its way. Several sessions may wait for one; a page polls it and paints."""

    def __init__(
        self,
        work: Callable[[Opening], Opened],
        *,
        watch: StoreWatch | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.progress = ReadProgress(phase="asking")
        """How far it has come, at this moment."""
        self._clock = clock
        self._watch = watch
        self._came_s = clock()
        self._is_doubted = False
        self._give_up_s = clock() + _INFO_S
        self._what = "say what there is of the trace"
        self._future: Future[Opened] = start(lambda: work(self), name="gwtrace-trace")

    @classmethod
    def make_done(cls, view: TraceView) -> Opening:
        """A trace that was open already."""
        return cls(lambda _: Opened(view=view))

    def report(self, progress: ReadProgress) -> None:
        """Called by the one who reads."""
        self.progress = progress
        self._came_s = self._clock()
        self._is_doubted = False

    def allow_s(self, limit_s: float) -> None:
        """From now on it may take so much longer; the size of the trace is known."""
        self._give_up_s = self._clock() + limit_s
        self._what = "hand over the trace"

    def wait(self, timeout_s: float) -> bool:
        """Whether `view` will answer at once: after at most `timeout_s` seconds."""
        left_s = self._give_up_s - self._clock()
        try:
            self._future.exception(max(0.0, min(timeout_s, left_s)))
        except TimeoutError:
            return self._clock() >= self._give_up_s or self._find_trouble() is not None
        return True

    def _find_trouble(self) -> TrackingError | None:
        """Why nothing will come any more. What is still coming in is waited for."""
        if self._watch is None or self._clock() - self._came_s < _DOUBT_AFTER_S:
            return None
        if not self._is_doubted:
            self._is_doubted = True
            self._watch.doubt()
        return self._watch.find_trouble()

    def view(self) -> TraceView | None:
        """The trace, None when there is none. Waits for it, but not beyond what its size allows.

        Raises TrackingError, TimeLimitError among them.
        """
        # In short steps: what MLflow's client waits for without end may be known to be away by now.
        while not self.wait(_TICK_S):
            pass
        if not self._future.done():
            if (trouble := self._find_trouble()) is not None:
                raise trouble
            raise TimeLimitError(
                f"MLflow took too long to {self._what}.",
                hint="Try again; if it stays slow, look at the tracking server or its database.",
            )
        return self._future.result().view

    @property
    def is_stuck(self) -> bool:
        """Whether nobody waits for it any more."""
        is_late = self._clock() >= self._give_up_s
        return not self._future.done() and (is_late or self._find_trouble() is not None)

    @property
    def is_done(self) -> bool:
        """Whether it has come to its end, good or bad."""
        return self._future.done()


class OpenTraces:
    """Finished traces, those used last, within a bound; and those that are being read."""

    def __init__(
        self,
        *,
        most_spans: int = MOST_SPANS,
        most_bytes: int = MOST_BYTES,
        watch: StoreWatch | None = None,
    ) -> None:
        self._watch = watch
        self._lock = threading.Lock()
        self._most_spans = most_spans
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, Opened] = OrderedDict()
        self._openings: dict[str, Opening] = {}

    def open(
        self, trace_id: str, work: Callable[[Opening], Opened], *, is_fresh: bool = False
    ) -> Opening:
        """The trace as it is kept, or on its way; `work` is only called when it is neither."""
        with self._lock:
            # One that is stuck is begun anew by whoever asks next; its thread ends when it can.
            self._openings = {
                key: each
                for key, each in self._openings.items()
                if not each.is_done and not each.is_stuck
            }
            if is_fresh:
                self._kept.pop(trace_id, None)
            kept = self._kept.get(trace_id)
            if kept is not None and kept.view is not None:
                self._kept.move_to_end(trace_id)
                return Opening.make_done(kept.view)
            if trace_id not in self._openings:
                self._openings[trace_id] = Opening(
                    lambda opening: self._read(trace_id, work, opening), watch=self._watch
                )
            return self._openings[trace_id]

    def _read(self, trace_id: str, work: Callable[[Opening], Opened], opening: Opening) -> Opened:
        opened = work(opening)
        if opened.may_be_kept:
            with self._lock:
                self._kept[trace_id] = opened
                self._kept.move_to_end(trace_id)
                self._shrink()
        return opened

    def _shrink(self) -> None:
        # The newest stays, however large: somebody looks at it.
        while len(self._kept) > 1 and (
            sum(_count_spans(each) for each in self._kept.values()) > self._most_spans
            or sum(each.bytes for each in self._kept.values()) > self._most_bytes
        ):
            self._kept.popitem(last=False)

    def set_assessments(self, trace_id: str, assessments: tuple[Assessment, ...]) -> None:
        """What people said of a kept trace has changed; nothing else of it can."""
        with self._lock:
            kept = self._kept.get(trace_id)
            if kept is not None and kept.view is not None:
                trace = kept.view.trace
                summary = replace(trace.summary, assessments=assessments)
                view = replace(kept.view, trace=replace(trace, summary=summary))
                self._kept[trace_id] = replace(kept, view=view)

    def forget(self, trace_ids: tuple[str, ...]) -> None:
        """They were deleted."""
        with self._lock:
            for trace_id in trace_ids:
                self._kept.pop(trace_id, None)

    @property
    def kept_ids(self) -> tuple[str, ...]:
        """The one used longest ago first."""
        with self._lock:
            return tuple(self._kept)


def _count_spans(opened: Opened) -> int:
    return 0 if opened.view is None else len(opened.view.trace.spans)


class SlowSearches:
    """Lets one full-text search run at a time: the store goes on with it when nobody waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def run(self, search: Callable[[], _T]) -> _T:
        """The result; raises TrackingError while an earlier search still keeps the store busy."""
        if not self._lock.acquire(blocking=False):
            raise TrackingError(
                "MLflow is still busy with an earlier search through the text of all spans.",
                hint="Wait until it ends, or search without full text.",
            )
        try:
            return search()
        finally:
            self._lock.release()
