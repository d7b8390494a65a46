"""Traces that are being opened and those that are kept, without any MLflow."""

from __future__ import annotations

import gc
import threading

import pytest

from gwtrace_core.background.time_limit import TimeLimitError
from gwtrace_core.mlflow_store.traces.collector import pause_collector
from gwtrace_core.mlflow_store.traces.open_traces import Opened, Opening, OpenTraces, SlowSearches
from gwtrace_core.trace.view import ReadProgress, TraceView, view_of
from gwtrace_core.values.errors import TrackingError
from tests.core.trace.traces import span, trace


def view(span_count: int = 1) -> TraceView:
    return view_of(trace(*(span(f"s{number}") for number in range(span_count))))


def keep(found: TraceView, size: int = 0) -> Opened:
    return Opened(view=found, bytes=size, may_be_kept=True)


def test_those_used_longest_ago_go_when_there_are_too_many_spans() -> None:
    traces = OpenTraces(most_spans=10)
    for name, count in (("a", 4), ("b", 4)):
        traces.open(name, lambda _, count=count: keep(view(count))).view()
    traces.open("a", lambda _: keep(view())).view()
    traces.open("c", lambda _: keep(view(5))).view()
    assert traces.kept_ids == ("a", "c")


def test_those_used_longest_ago_go_when_there_are_too_many_bytes() -> None:
    traces = OpenTraces(most_bytes=10)
    for name in "abc":
        traces.open(name, lambda _: keep(view(), 4)).view()
    assert traces.kept_ids == ("b", "c")


def test_a_trace_larger_than_the_bound_stays_until_the_next_one() -> None:
    traces = OpenTraces(most_spans=2)
    traces.open("large", lambda _: keep(view(5))).view()
    assert traces.kept_ids == ("large",)
    traces.open("small", lambda _: keep(view(1))).view()
    assert traces.kept_ids == ("small",)


def test_a_trace_that_is_still_written_is_read_again_every_time() -> None:
    traces = OpenTraces()
    first, second = view(1), view(2)
    assert traces.open("a", lambda _: Opened(view=first)).view() is first
    assert traces.open("a", lambda _: Opened(view=second)).view() is second
    assert traces.kept_ids == ()


def test_two_sessions_that_open_a_trace_wait_for_one_reading() -> None:
    traces = OpenTraces()
    go_on = threading.Event()
    found = view()

    def work(opening: Opening) -> Opened:
        opening.report(ReadProgress(phase="reading", done=7))
        assert go_on.wait(30)
        return keep(found)

    first = traces.open("a", work)
    second = traces.open("a", lambda _: pytest.fail("read twice"))
    assert not first.wait(0)
    assert second is first
    go_on.set()
    assert first.view() is found


def test_a_failed_reading_is_told_and_tried_again() -> None:
    traces = OpenTraces()

    def fail(_: Opening) -> Opened:
        raise TrackingError("away")

    with pytest.raises(TrackingError, match="away"):
        traces.open("a", fail).view()
    found = view()
    assert traces.open("a", lambda _: keep(found)).view() is found


def test_nobody_waits_for_ever_and_what_hangs_does_not_block_the_next_try() -> None:
    now_s = [0.0]
    release = threading.Event()

    def hang(_: Opening) -> Opened:
        release.wait(30)
        return keep(view())

    hanging = Opening(hang, clock=lambda: now_s[0])
    assert not hanging.wait(0)
    now_s[0] = 1_000.0
    assert hanging.wait(5)
    assert hanging.is_stuck
    with pytest.raises(TimeLimitError, match="took too long"):
        hanging.view()
    release.set()


def test_a_larger_trace_has_more_time() -> None:
    now_s = [0.0]
    release = threading.Event()

    def work(opening: Opening) -> Opened:
        opening.allow_s(500.0)
        opening.report(ReadProgress(phase="reading"))
        release.wait(30)
        return keep(view())

    opening = Opening(work, clock=lambda: now_s[0])
    while opening.progress.phase == "asking":
        opening.wait(0.01)
    now_s[0] = 499.0
    assert not opening.wait(0)
    now_s[0] = 501.0
    assert opening.wait(0)
    release.set()


def test_while_a_slow_search_runs_the_next_one_is_refused_at_once() -> None:
    searches = SlowSearches()
    begun, release = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        release.wait(30)

    thread = threading.Thread(target=lambda: searches.run(hang))
    thread.start()
    assert begun.wait(30)
    with pytest.raises(TrackingError, match="still busy"):
        searches.run(lambda: None)
    release.set()
    thread.join(30)
    assert searches.run(lambda: 5) == 5


def test_the_collector_runs_again_when_the_last_one_is_done() -> None:
    assert gc.isenabled()
    with pause_collector():
        with pause_collector():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
