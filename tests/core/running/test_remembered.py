"""What a process keeps of ended runs: bounded in bytes, and nothing that is still under way."""

from __future__ import annotations

from gwtrace_core.running.recorder import TraceMissing, TraceRecorded, TraceState
from gwtrace_core.running.remembered import REMEMBERED_BYTES, RememberedRuns, measure_bytes
from gwtrace_core.running.run import Run
from gwtrace_core.trace.model import Nanoseconds, Span, Trace, TraceSummary
from gwtrace_core.values.request import TurnContext
from tests.core.running.test_hub import REQUEST, TARGET

LARGE = 1_000_000
MISSING = TraceMissing(reason="MLflow was away.")


def large_trace(trace_id: str, *, spans: int = 10, chars: int = LARGE // 10) -> Trace:
    """As a store gives it: no text is shared between two spans."""
    return Trace(
        summary=TraceSummary(
            trace_id=trace_id, experiment_id="1", status="ok", start_ms=0, duration_ms=1.0
        ),
        spans=tuple(
            Span(
                span_id=str(number),
                parent_id=None,
                name="step",
                kind="CHAIN",
                start_ns=Nanoseconds(0),
                end_ns=Nanoseconds(1),
                inputs={"text": [f"{trace_id} {number} ".ljust(chars, "x")]},
            )
            for number in range(spans)
        ),
    )


def start_run(session_id: str, remembered: RememberedRuns) -> Run:
    run = Run(
        request=REQUEST,
        target=TARGET,
        context=TurnContext(session_id=session_id, user="u"),
        clock=lambda: 0.0,
        started_ms=0,
    )
    remembered.add(run)
    return run


def end_run(run: Run, trace: TraceState, remembered: RememberedRuns) -> None:
    run.settle(trace)
    remembered.keep_ended(run)


def sessions(remembered: RememberedRuns) -> list[str]:
    return [run.context.session_id for run in remembered.find(lambda run: True)]


def test_what_a_trace_takes_is_the_text_in_it_and_a_little_more() -> None:
    trace = large_trace("tr")
    assert LARGE < measure_bytes(trace) < 1.1 * LARGE
    assert measure_bytes(TraceRecorded(trace=trace)) > measure_bytes(trace)


def test_beyond_its_bytes_the_oldest_ended_runs_go_and_what_holds_one_keeps_its_trace() -> None:
    remembered = RememberedRuns(most_bytes=3 * LARGE)
    runs = [start_run(f"s{number}", remembered) for number in range(5)]
    for number, run in enumerate(runs):
        end_run(run, TraceRecorded(trace=large_trace(f"tr-{number}")), remembered)
    # A little more than a megabyte each: two are below three.
    assert sessions(remembered) == ["s3", "s4"]
    kept = runs[0].poll().trace
    assert isinstance(kept, TraceRecorded)
    assert kept.trace.trace_id == "tr-0"


def test_a_run_under_way_is_never_dropped_however_old() -> None:
    remembered = RememberedRuns(most_runs=1)
    start_run("under way", remembered)
    for name in ("a", "b"):
        end_run(start_run(name, remembered), MISSING, remembered)
    assert sessions(remembered) == ["under way"]


def test_what_mlflow_does_not_have_stays_longer_than_what_can_be_read_again() -> None:
    remembered = RememberedRuns(most_runs=2)
    for name, state in (
        ("unrecorded", MISSING),
        ("a", TraceRecorded(trace=large_trace("a"))),
        ("b", TraceRecorded(trace=large_trace("b"))),
        ("newest", MISSING),
    ):
        end_run(start_run(name, remembered), state, remembered)
    assert sessions(remembered) == ["unrecorded", "newest"]


def test_a_run_that_is_not_to_be_remembered_is_not() -> None:
    remembered = RememberedRuns()
    run = start_run("a", RememberedRuns())
    end_run(run, MISSING, remembered)
    assert sessions(remembered) == []


def test_sixty_four_traces_of_a_megabyte_are_about_what_is_kept() -> None:
    remembered = RememberedRuns()
    one = TraceRecorded(trace=large_trace("tr"))
    for number in range(70):
        end_run(start_run(f"s{number}", remembered), one, remembered)
    kept = len(sessions(remembered))
    assert REMEMBERED_BYTES // LARGE - 4 < kept <= REMEMBERED_BYTES // LARGE
