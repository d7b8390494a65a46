from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.tree import TraceTree, build_tree
from gwtrace_core.values.events import Usage
from tests.core.trace.traces import any_trace, span, trace


def outline(tree: TraceTree) -> list[tuple[str, int]]:
    return [(row.row_id, row.level) for row in tree.rows]


def test_spans_become_a_depth_first_tree_with_children_by_start_time() -> None:
    tree = build_tree(
        trace(
            span("second", "root", at=(500, 900)),
            span("leaf", "first", at=(20, 30)),
            span("root", at=(0, 1000)),
            span("first", "root", at=(10, 400)),
        )
    )
    assert outline(tree) == [("root", 1), ("first", 2), ("leaf", 3), ("second", 2)]
    assert [row.parent_index for row in tree.rows] == [None, 0, 1, 0]
    assert [row.child_count for row in tree.rows] == [2, 1, 0, 0]
    assert [row.descendant_count for row in tree.rows] == [3, 1, 0, 0]
    assert [(row.position, row.set_size) for row in tree.rows] == [(1, 1), (1, 2), (1, 1), (2, 2)]
    assert list(tree.child_indices(0)) == [1, 3]
    assert (tree.start_ns, tree.end_ns) == (0, 1_000_000_000)
    assert tree.defects == ()
    assert tree.find("leaf") is tree.rows[2]
    assert tree.find("gone") is None


def test_an_empty_trace_is_an_empty_tree() -> None:
    tree = build_tree(trace())
    assert (tree.rows, tree.defects, tree.start_ns, tree.end_ns) == ((), (), 0, 0)


def test_an_orphan_is_shown_as_a_root_and_named() -> None:
    tree = build_tree(trace(span("root"), span("lost", "gone", at=(5, 6), name="lost one")))
    assert outline(tree) == [("root", 1), ("lost", 1)]
    (defect,) = tree.defects
    assert (defect.kind, defect.row_index) == ("orphan", 1)
    assert defect.message == "The parent 'gone' of span 'lost one' is not in the trace."


def test_a_repeated_id_keeps_both_spans_apart() -> None:
    tree = build_tree(
        trace(span("a"), span("b", "a", at=(1, 9)), span("b", "a", at=(2, 8)), span("b#2", "a"))
    )
    assert outline(tree) == [("a", 1), ("b#2", 2), ("b", 2), ("b#3", 2)]
    assert [(found.kind, found.row_index) for found in tree.defects] == [("duplicate_id", 3)]


def test_a_cycle_is_broken_at_its_earliest_span_and_named() -> None:
    tree = build_tree(
        trace(
            span("root"),
            span("b", "a", at=(2, 9)),
            span("a", "c", at=(1, 9)),
            span("c", "b", at=(3, 9)),
            span("hanger", "c", at=(0, 9)),
            span("self", "self", at=(7, 9)),
        )
    )
    assert outline(tree) == [
        ("root", 1),
        ("a", 1),
        ("b", 2),
        ("c", 3),
        ("hanger", 4),
        ("self", 1),
    ]
    kinds = [(found.kind, found.row_index) for found in tree.defects]
    assert kinds == [("cycle", 1), ("starts_before_parent", 4), ("cycle", 5)]


def test_a_clock_that_was_never_set_is_told_in_years() -> None:
    now = 1_796_040_000_000
    tree = build_tree(
        trace(
            span("root", at=(now, now + 1)),
            span("child", "root", at=(0, 5)),
            span("x", at=(now, 7)),
        )
    )
    told = {found.kind: found.message for found in tree.defects}
    assert told["starts_before_parent"] == (
        "Span 'child' starts 56.9 years before its parent; clocks may differ."
    )
    assert told["negative_duration"] == "Span 'x' ends 56.9 years before it starts."


def test_times_that_cannot_be_are_named() -> None:
    tree = build_tree(
        trace(
            span("root", at=(10, 20)),
            span("early", "root", at=(5, 12)),
            span("back", "root", at=(11, 10.5)),
            span("open", "root", at=(12, None)),
            span("other root", at=(13, 14)),
        )
    )
    assert [found.message for found in tree.defects] == [
        "Span 'early' starts 5 ms before its parent; clocks may differ.",
        "Span 'back' ends 0.5 ms before it starts.",
        "Span 'open' was never closed: it has no end.",
        "The trace has 2 roots; one is usual.",
    ]


def test_an_open_span_of_a_running_trace_is_running() -> None:
    tree = build_tree(trace(span("root", at=(0, None)), status="in_progress"))
    assert tree.is_running
    assert [found.message for found in tree.defects] == ["Span 'root' is still running."]


def test_an_error_shows_at_its_span_and_at_all_ancestors() -> None:
    tree = build_tree(
        trace(span("a"), span("b", "a"), span("c", "b", status="error"), span("d", "a", at=(9, 10)))
    )
    flags = [(row.row_id, row.has_own_error, row.has_child_error) for row in tree.rows]
    assert flags == [
        ("a", False, True),
        ("b", False, True),
        ("c", True, False),
        ("d", False, False),
    ]


def test_an_agent_and_its_model_spans_report_the_same_tokens_once() -> None:
    tree = build_tree(
        trace(
            span("agent", kind="AGENT", tokens=(22, 14)),
            span("llm 1", "agent", at=(1, 2), kind="LLM", tokens=(10, 4), cost_usd=1.0),
            span("sdk 1", "llm 1", at=(1, 2), kind="CHAT_MODEL", tokens=(10, 4), cost_usd=1.0),
            span("llm 2", "agent", at=(3, 4), kind="LLM", tokens=(12, 10), cost_usd=0.5),
        )
    )
    agent, llm = tree.rows[:2]
    assert (agent.usage, agent.cost_usd) == (Usage(input_tokens=22, output_tokens=14), 1.5)
    assert agent.totals.is_sum
    assert (llm.usage, llm.cost_usd) == (Usage(input_tokens=10, output_tokens=4), 1.0)
    assert not llm.totals.is_sum


def test_sibling_spans_of_one_call_are_counted_once() -> None:
    # A streamed agent run: the OpenAI autolog's span is a sibling of the agent library's.
    calls = [(1, (10, 4)), (20, (12, 10))]
    spans = [span("agent", kind="AGENT")]
    for start, tokens in calls:
        spans += [
            span(f"llm {start}", "agent", at=(start, start + 9), kind="LLM", tokens=tokens,
                 cost_usd=1.0),
            span(f"sdk {start}", "agent", at=(start + 1, start + 12), kind="CHAT_MODEL",
                 tokens=tokens, cost_usd=1.0),
        ]  # fmt: skip
    (agent, *_) = build_tree(trace(*spans)).rows
    assert (agent.usage, agent.cost_usd) == (Usage(input_tokens=22, output_tokens=14), 2.0)


def test_equal_calls_of_one_kind_or_one_after_another_are_counted_each() -> None:
    tree = build_tree(
        trace(
            span("root"),
            span("a", "root", at=(1, 5), kind="LLM", tokens=(1, 1), cost_usd=1.0),
            span("b", "root", at=(2, 5), kind="LLM", tokens=(1, 1), cost_usd=1.0),
            span("c", "root", at=(6, 9), kind="CHAT_MODEL", tokens=(1, 1), cost_usd=1.0),
        )
    )
    assert (tree.rows[0].usage, tree.rows[0].cost_usd) == (
        Usage(input_tokens=3, output_tokens=3),
        3.0,
    )


def test_a_model_span_without_usage_makes_the_sums_above_it_lower_bounds() -> None:
    tree = build_tree(
        trace(
            span("root"),
            span("known", "root", at=(1, 2), kind="LLM", tokens=(5, 6)),
            span("silent", "root", at=(3, 4), kind="CHAT_MODEL"),
            span("tool", "root", at=(5, 6), kind="TOOL"),
        )
    )
    assert [(row.row_id, row.totals.unreported_count) for row in tree.rows] == [
        ("root", 1),
        ("known", 0),
        ("silent", 1),
        ("tool", 0),
    ]
    assert tree.rows[0].usage == Usage(input_tokens=5, output_tokens=6)
    assert tree.rows[3].usage is None


@given(any_trace)
def test_no_span_is_lost_whatever_the_trace_is_like(broken: Trace) -> None:
    tree = build_tree(broken)
    assert sorted(id(row.span) for row in tree.rows) == sorted(id(one) for one in broken.spans)
    assert len({row.row_id for row in tree.rows}) == len(tree.rows)
    for index, row in enumerate(tree.rows):
        children = list(tree.child_indices(index))
        assert len(children) == row.child_count
        assert [tree.rows[child].parent_index for child in children] == [index] * len(children)
        assert row.descendant_count == sum(1 + tree.rows[c].descendant_count for c in children)
        assert [tree.rows[child].position for child in children] == [*range(1, len(children) + 1)]
        starts = [tree.rows[child].span.start_ns for child in children]
        assert starts == sorted(starts)


@given(any_trace, st.randoms())
def test_the_order_of_the_store_does_not_matter(broken: Trace, rng: random.Random) -> None:
    # Repeated ids at the same time cannot be told apart by anything but their position.
    unique = {one.span_id: one for one in broken.spans}.values()
    shuffled = rng.sample(list(unique), len(unique))
    assert build_tree(trace(*shuffled)) == build_tree(trace(*unique))


def test_ten_thousand_nested_spans_need_no_recursion() -> None:
    deep = [span("0")] + [span(str(n), str(n - 1)) for n in range(1, 10_000)]
    tree = build_tree(trace(*deep))
    assert tree.rows[-1].level == 10_000
    assert tree.rows[0].descendant_count == 9_999


def test_a_stopped_span_is_not_shown_as_failed() -> None:
    stopped = span("stopped", parent_id="root", status="error", is_stopped=True)
    tree = build_tree(trace(span("root"), stopped))
    assert [(row.has_own_error, row.has_child_error) for row in tree.rows] == [
        (False, False),
        (False, False),
    ]
