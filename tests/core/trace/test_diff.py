"""Two traces held against each other: nothing lost, nothing invented, and quick."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from gwtrace_core.trace.diff.diff import (
    AttributeChange,
    Change,
    DiffRow,
    SpanChanges,
    TraceDiff,
    diff_traces,
    diff_values,
)
from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.tree import build_tree
from tests.core.trace.traces import any_trace, span, trace


def lines(found: TraceDiff) -> list[str]:
    """`=name`, `-name`, `+name`, indented by the level of the side that has it."""
    marks = {"matched": "=", "only_left": "-", "only_right": "+"}
    result: list[str] = []
    for row in found.rows:
        tree_row = row.left or row.right
        assert tree_row is not None
        other = f" ~ {row.right.span.name}" if row.changes.name and row.right else ""
        result.append("  " * (tree_row.level - 1) + marks[row.kind] + tree_row.span.name + other)
    return result


def side(found: TraceDiff, name: str) -> list[str]:
    return [row.row_id for each in found.rows if (row := getattr(each, name)) is not None]


def mirrored(changes: SpanChanges) -> SpanChanges:
    def turned(change: Change | None) -> Change | None:
        return None if change is None else Change(left=change.right, right=change.left)

    def turned_attribute(change: AttributeChange) -> AttributeChange:
        kinds: Any = {"added": "removed", "removed": "added", "changed": "changed"}
        return AttributeChange(
            name=change.name, kind=kinds[change.kind], left=change.right, right=change.left
        )

    return replace(
        changes,
        name=turned(changes.name),
        kind=turned(changes.kind),
        model=turned(changes.model),
        status=turned(changes.status),
        duration_ms=turned(changes.duration_ms),
        input_tokens=turned(changes.input_tokens),
        output_tokens=turned(changes.output_tokens),
        cost_usd=turned(changes.cost_usd),
        attributes=tuple(map(turned_attribute, changes.attributes)),
    )


@given(any_trace, any_trace)
def test_no_span_is_lost_on_either_side(left: Trace, right: Trace) -> None:
    found = diff_traces(left, right)
    assert side(found, "left") == [row.row_id for row in build_tree(left).rows]
    assert side(found, "right") == [row.row_id for row in build_tree(right).rows]
    assert len({row.row_id for row in found.rows}) == len(found.rows)
    for row in found.rows:
        assert (row.kind == "matched") == (row.left is not None and row.right is not None)


@given(any_trace)
def test_a_trace_and_itself_do_not_differ(recorded: Trace) -> None:
    found = diff_traces(recorded, recorded)
    assert found.is_empty
    assert found.changed_count == 0
    assert found.count("matched") == len(recorded.spans)


@given(any_trace, any_trace)
def test_swapped_sides_give_the_mirror_image(left: Trace, right: Trace) -> None:
    def partners(found: TraceDiff) -> list[DiffRow]:
        return [row for row in found.rows if row.kind == "matched"]

    ahead, back = diff_traces(left, right), diff_traces(right, left)
    assert [(row.left, row.right, row.changes) for row in partners(ahead)] == [
        (row.right, row.left, mirrored(row.changes)) for row in partners(back)
    ]
    assert ahead.count("only_left") == back.count("only_right")
    assert ahead.count("only_right") == back.count("only_left")


def chat(*children: Any) -> Trace:
    return trace(span("root", name="chat"), *children)


def call(span_id: str, at: int, parent: str = "root", **fields: Any) -> Any:
    fields.setdefault("kind", "CHAT_MODEL")
    return span(span_id, parent, at=(at, at + 1), **fields)


def test_the_same_question_by_an_sdk_and_by_the_agent_is_aligned_call_by_call() -> None:
    by_sdk = chat(
        call("a1", 1, name="AsyncCompletions"),
        call("a2", 2, name="calculator", kind="TOOL"),
        call("a3", 3, name="AsyncCompletions"),
    )
    by_agent = chat(
        call("b0", 1, name="Agent.run", kind="AGENT"),
        call("b1", 2, "b0", name="OpenAIModel.request", kind="LLM"),
        call("b2", 3, "b0", name="calculator", kind="TOOL"),
        call("b3", 4, "b0", name="OpenAIModel.request", kind="LLM"),
    )
    assert lines(diff_traces(by_sdk, by_agent)) == [
        "=chat",
        "  +Agent.run",
        "  =AsyncCompletions ~ OpenAIModel.request",
        "  =calculator",
        "  =AsyncCompletions ~ OpenAIModel.request",
    ]


def test_tools_are_partners_by_name_and_model_calls_by_kind() -> None:
    left = chat(
        call("a1", 1, name="Messages.create"),
        call("a2", 2, name="calculator", kind="TOOL"),
        call("a3", 3, name="Messages.create"),
    )
    right = chat(
        call("b1", 1, name="AsyncResponses"),
        call("b2", 2, name="convert_units", kind="TOOL"),
        call("b3", 3, name="calculator_2", kind="TOOL"),
        call("b4", 4, name="AsyncResponses"),
    )
    assert lines(diff_traces(left, right)) == [
        "=chat",
        "  =Messages.create ~ AsyncResponses",
        "  +convert_units",
        "  =calculator ~ calculator_2",
        "  =Messages.create ~ AsyncResponses",
    ]


def test_a_step_that_one_side_lacks_takes_what_is_below_it_along() -> None:
    left = chat(call("a1", 1, name="search", kind="TOOL"), call("a2", 1, "a1", name="query"))
    assert lines(diff_traces(left, chat())) == ["=chat", "  -search", "    -query"]
    assert lines(diff_traces(chat(), left)) == ["=chat", "  +search", "    +query"]


def test_every_difference_of_two_partners_is_named() -> None:
    left = span(
        "a",
        name="run",
        kind="LLM",
        at=(0, 1000),
        tokens=(10, 20),
        cost_usd=0.5,
        status="ok",
        model="m1",
        inputs={"q": 1},
        outputs="one two",
        attributes={"kept": 1, "gone": 2, "other": "x", "mlflow.traceRequestId": "tr-1"},
    )
    right = span(
        "b",
        name="run",
        kind="LLM",
        at=(0, 2200),
        tokens=(10, 25),
        cost_usd=0.75,
        status="error",
        model="m2",
        inputs={"q": 1},
        outputs="one three",
        attributes={"kept": 1, "new": 3, "other": "y", "mlflow.traceRequestId": "tr-2"},
    )
    (row,) = diff_traces(trace(left), trace(right)).rows
    assert row.changes == SpanChanges(
        model=Change(left="m1", right="m2"),
        status=Change(left="ok", right="error"),
        duration_ms=Change(left=1000.0, right=2200.0),
        output_tokens=Change(left=20, right=25),
        cost_usd=Change(left=0.5, right=0.75),
        attributes=(
            AttributeChange(name="gone", kind="removed", left=2),
            AttributeChange(name="new", kind="added", right=3),
            AttributeChange(name="other", kind="changed", left="x", right="y"),
        ),
        outputs=True,
    )
    assert row.changes.duration_ms is not None
    assert row.changes.duration_ms.delta == 1200
    assert row.changes.is_more_than_time
    assert not SpanChanges(duration_ms=row.changes.duration_ms).is_more_than_time


def test_values_are_compared_as_text_with_sorted_keys() -> None:
    assert diff_values({"b": 1, "a": [1]}, {"a": [1], "b": 1}).is_same
    found = diff_values({"a": "old"}, {"a": "new"})
    changed = [piece.text for piece in found.pieces if piece.kind != "same"]
    assert changed == ["old", "new"]
    assert diff_values(None, "x").right == "x"


def wide(count: int, seed: int) -> Trace:
    kinds = ("TOOL", "LLM", "CHAIN", "AGENT")
    return trace(
        span("root", name="chat"),
        *(
            call(f"s{n}", n, name=f"step {(n * seed) % 7} x", kind=kinds[(n * seed) % 4])
            for n in range(count)
        ),
    )


def deep(count: int, names: str) -> Trace:
    return trace(
        *(
            span(f"s{n}", f"s{n - 1}" if n else None, at=(n, count), name=names[n % len(names)])
            for n in range(count)
        )
    )


def bushy(count: int, names: str) -> Trace:
    return trace(
        *(
            span(f"s{n}", f"s{(n - 1) // 40}" if n else None, at=(n, n + 1),
                 name=names[n % len(names)], kind="LLM" if n % 3 else "TOOL")
            for n in range(count)
        )
    )  # fmt: skip


PAIRS = {
    "equal": (wide(10_000, 1), wide(10_000, 1)),
    "wide": (wide(10_000, 3), wide(10_000, 5)),
    "deep": (deep(10_000, "abc"), deep(10_000, "abd")),
    "deep wrappers": (deep(10_000, "abc"), deep(10_000, "xyz")),
    "bushy": (bushy(10_000, "abc"), bushy(10_000, "cdea")),
}


@pytest.mark.parametrize("name", PAIRS)
def test_ten_thousand_spans_do_not_keep_anybody_waiting(name: str) -> None:
    left, right = PAIRS[name]
    # A square algorithm would take minutes, and the run its time limit.
    found = diff_traces(left, right)
    assert (
        len(side(found, "left"))
        == len(side(found, "right"))
        == 10_000 + (name in ("equal", "wide"))
    )
