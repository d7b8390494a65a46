from __future__ import annotations

from itertools import pairwise

from hypothesis import given

from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.timing import TimeAccount, account_time, find_critical_path
from gwtrace_core.trace.timing_words import account_words
from gwtrace_core.trace.tree import TraceTree, build_tree
from tests.core.trace.traces import MS, any_trace, span, trace


def path(tree: TraceTree) -> list[tuple[str, float, float]]:
    return [
        (tree.rows[section.row_index].row_id, section.start_ns / MS, section.end_ns / MS)
        for section in find_critical_path(tree)
    ]


_PARTS = ("waiting", "streaming", "model", "tools", "overhead", "unexplained")


def account(*, total: int, **parts: int) -> TimeAccount:
    fields = {f"{name}_ns": 0 for name in _PARTS}
    fields |= {f"{name}_ns": ms * MS for name, ms in parts.items()}
    return TimeAccount(total_ns=total * MS, **fields)


def test_the_critical_path_hands_over_to_the_child_that_finished_last() -> None:
    tree = build_tree(
        trace(
            span("root", at=(0, 100)),
            span("quick", "root", at=(10, 40)),
            span("slow", "root", at=(10, 70)),
            span("inner", "slow", at=(20, 60)),
            span("late", "root", at=(75, 90)),
        )
    )
    assert path(tree) == [
        ("root", 0, 10),
        ("slow", 10, 20),
        ("inner", 20, 60),
        ("slow", 60, 70),
        ("root", 70, 75),
        ("late", 75, 90),
        ("root", 90, 100),
    ]


def test_a_child_that_outlasts_its_parent_is_clipped_to_it() -> None:
    tree = build_tree(trace(span("root", at=(0, 50)), span("child", "root", at=(20, 80))))
    assert path(tree) == [("root", 0, 20), ("child", 20, 50)]


def test_a_span_without_an_end_counts_until_the_last_moment_known() -> None:
    tree = build_tree(trace(span("root", at=(0, None)), span("tool", "root", at=(10, 30))))
    assert path(tree) == [("root", 0, 10), ("tool", 10, 30)]


@given(any_trace)
def test_the_critical_path_never_overlaps_itself(broken: Trace) -> None:
    tree = build_tree(broken)
    sections = find_critical_path(tree)
    assert all(section.start_ns < section.end_ns for section in sections)
    assert all(left.end_ns <= right.start_ns for left, right in pairwise(sections))
    covered_ns = sum(section.end_ns - section.start_ns for section in sections)
    assert covered_ns <= tree.end_ns - tree.start_ns
    if len(list(tree.top_indices())) == 1 and tree.rows[0].span.end_ns == tree.end_ns:
        assert covered_ns == tree.end_ns - tree.rows[0].span.start_ns


def test_time_is_divided_into_waiting_streaming_tools_and_the_rest() -> None:
    tree = build_tree(
        trace(
            span("root", at=(0, 100)),
            span("llm", "root", at=(5, 50), kind="LLM", first_token=25),
            span("tool", "root", at=(50, 70), kind="TOOL"),
            span("plain", "root", at=(80, 90), kind="CHAT_MODEL"),
        )
    )
    assert account_time(tree) == account(
        total=100, waiting=20, streaming=25, tools=20, model=10, unexplained=25
    )


def test_spans_that_run_at_once_are_counted_once() -> None:
    tree = build_tree(
        trace(
            span("root", at=(0, 40)),
            span("a", "root", at=(0, 30), kind="LLM", first_token=10),
            span("b", "root", at=(0, 40), kind="LLM", first_token=20),
            span("tool", "root", at=(0, 40), kind="TOOL"),
        )
    )
    assert account_time(tree) == account(total=40, waiting=10, streaming=30)


@given(any_trace)
def test_the_parts_add_up_to_the_whole_duration(broken: Trace) -> None:
    tree = build_tree(broken)
    found = account_time(tree)
    parts = [getattr(found, f"{name}_ns") for name in _PARTS]
    assert min(parts) >= 0
    assert sum(parts) == found.total_ns == tree.end_ns - tree.start_ns


def test_recorded_steps_are_overhead_and_a_foreign_roots_own_time_is_unexplained() -> None:
    tree = build_tree(
        trace(
            span("root", at=(0, 100), kind="AGENT"),
            span("chain", "root", at=(10, 60)),
            span("tool", "chain", at=(20, 30), kind="TOOL"),
        )
    )
    assert account_time(tree) == account(total=100, tools=10, overhead=40, unexplained=50)


def test_the_time_of_gwtraces_own_root_is_overhead() -> None:
    tree = build_tree(
        trace(
            span("root", at=(0, 100), kind="AGENT", recorded_by="gwtrace"),
            span("llm", "root", at=(10, 90), kind="LLM", first_token=40),
        )
    )
    assert account_time(tree) == account(total=100, waiting=30, streaming=50, overhead=20)


def test_the_account_in_words_names_what_took_time_and_nothing_else() -> None:
    words = account_words(account(total=2_000, waiting=800, streaming=1_000, unexplained=200))
    assert words == (
        "2.00 s: 800 ms (40%) waiting for the first token, 1.00 s (50%) streaming, "
        "200 ms (10%) that no span explains."
    )
    assert account_words(account(total=0)) == "The trace took no time that could be measured."
