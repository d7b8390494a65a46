"""Two whole traces side by side: what is said of each, and the difference of the figures."""

from __future__ import annotations

from dataclasses import replace

from gwtrace_core.trace.diff.totals import SideRow, list_side_rows
from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.view import view_of
from tests.core.trace.traces import span, trace


def _recorded(made: Trace, *, duration_ms: float, **tags: str) -> Trace:
    return replace(made, summary=replace(made.summary, duration_ms=duration_ms, tags=tags))


def test_every_figure_of_both_stands_beside_the_other_with_right_less_left() -> None:
    call = span(
        "a",
        "root",
        kind="LLM",
        at=(100, 900),
        first_token=300,
        model="small",
        tokens=(10, 20),
        cost_usd=0.5,
    )
    left = _recorded(
        trace(span("root", at=(0, 1000)), call),
        duration_ms=1000,
        **{"gwtrace.sdk_path": "openai-chat"},
    )
    right = _recorded(
        trace(
            span("r", at=(0, 400), is_stopped=True),
            span("b", "r", kind="LLM", at=(0, 400), model="large"),
        ),
        duration_ms=400,
        **{"mlflow.traceName": "agent"},
    )
    rows = [(row.what, row.left, row.right, row.difference) for row in side_rows_of(left, right)]
    assert rows == [
        ("Model", "small", "large", ""),
        ("SDK path", "OpenAI SDK · Chat", "agent", ""),
        ("Status", "OK", "Stopped", ""),
        ("Duration", "1.00 s", "400 ms", "−600 ms"),
        ("First token", "300 ms", "n/a", ""),
        ("Tokens in", "10", "n/a", ""),
        ("Tokens out", "20", "n/a", ""),
        ("Cost", "$0.5000", "n/a", ""),
        ("Spans", "2", "2", ""),
    ]
    back = {row.what: row.difference for row in side_rows_of(right, left)}
    assert back["Duration"] == "+600 ms"


def test_traces_without_anything_have_no_figures() -> None:
    empty = _recorded(trace(), duration_ms=0)
    assert {row.what: row.left for row in side_rows_of(empty, empty)} == {
        "Model": "n/a",
        "SDK path": "n/a",
        "Status": "OK",
        "Duration": "0.0 ms",
        "First token": "n/a",
        "Tokens in": "n/a",
        "Tokens out": "n/a",
        "Cost": "n/a",
        "Spans": "0",
    }


def side_rows_of(left: Trace, right: Trace) -> tuple[SideRow, ...]:
    return list_side_rows(view_of(left), view_of(right))
