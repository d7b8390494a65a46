"""Where a trace's time went: the critical path, and an account in which no moment counts twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from gwtrace_core.trace.model import Nanoseconds, Span
from gwtrace_core.trace.totals import MODEL_KINDS
from gwtrace_core.trace.tree import TraceTree, TreeRow


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSection:
    """A stretch of the critical path: nothing but this row's own work ends it earlier."""

    row_index: int
    start_ns: Nanoseconds
    end_ns: Nanoseconds


@dataclass(slots=True)
class _Visit:
    """A row on the way back from the trace's end; `children` are those not yet looked at."""

    row_index: int | None
    start_ns: int
    children: list[int]


def find_critical_path(tree: TraceTree) -> tuple[PathSection, ...]:
    """The sections that decide how long the trace takes, in order of time.

    As Jaeger computes it: walk back from the end; at every row hand over to the child that
    finished last before the moment reached. Children are clipped to their parent, and spans
    without an end count as lasting until the trace's latest moment. Sections do not overlap; for a
    trace with one root they add up to the root's duration.
    """
    bounds = _clip_rows(tree)

    def visit(row_index: int | None, start_ns: int, children: list[int]) -> _Visit:
        children.sort(key=lambda child: bounds[child][1])
        return _Visit(row_index, start_ns, children)

    sections: list[PathSection] = []
    moment_ns: int = tree.end_ns
    stack = [visit(None, tree.start_ns, list(tree.top_indices()))]
    while stack:
        current = stack[-1]
        child = _take_last_finished(current.children, bounds, moment_ns)
        reached_ns = current.start_ns if child is None else bounds[child][1]
        if current.row_index is not None and reached_ns < moment_ns:
            sections.append(
                PathSection(
                    row_index=current.row_index,
                    start_ns=Nanoseconds(reached_ns),
                    end_ns=Nanoseconds(moment_ns),
                )
            )
        moment_ns = min(moment_ns, reached_ns)
        if child is None:
            stack.pop()
        else:
            stack.append(visit(child, bounds[child][0], list(tree.child_indices(child))))
    return tuple(reversed(sections))


def _take_last_finished(
    children: list[int], bounds: list[tuple[int, int]], moment_ns: int
) -> int | None:
    """Take the child that ends last, but not after `moment_ns`; those after it are used up."""
    while children:
        child = children.pop()
        start_ns, end_ns = bounds[child]
        if start_ns < end_ns <= moment_ns:
            return child
    return None


def _clip_rows(tree: TraceTree) -> list[tuple[int, int]]:
    """Start and end of every row, inside its parent's; a row that lies outside has no length."""
    bounds: list[tuple[int, int]] = []
    for row in tree.rows:
        low, high = tree.start_ns, tree.end_ns
        if row.parent_index is not None:
            low, high = bounds[row.parent_index]
        start_ns = min(max(row.span.start_ns, low), high)
        end_ns = min(max(_find_end_ns(row.span, tree), start_ns), high)
        bounds.append((start_ns, end_ns))
    return bounds


def _find_end_ns(span: Span, tree: TraceTree) -> int:
    return tree.end_ns if span.end_ns is None else max(span.start_ns, span.end_ns)


Activity = Literal["streaming", "waiting", "model", "tools", "overhead", "unexplained"]

_PRECEDENCE: tuple[Activity, ...] = ("streaming", "waiting", "model", "tools", "overhead")
_ALL: tuple[Activity, ...] = (*_PRECEDENCE, "unexplained")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAccount:
    """The trace's duration divided up; the parts add up to `total_ns` exactly.

    Where spans run at once, a moment goes to the first of streaming, waiting, model, tools,
    overhead that applies to any of them.
    """

    total_ns: int
    waiting_ns: int
    """For a model's first token."""
    streaming_ns: int
    """From a model's first token to the end of its answer."""
    model_ns: int
    """In a model call whose first token was not recorded, such as one that was not streamed."""
    tools_ns: int
    overhead_ns: int
    """In recorded steps that are neither: agents, chains, retrievers, and gwtrace's own root."""
    unexplained_ns: int
    """No span below the root says what happened, or no span ran at all."""


def account_time(tree: TraceTree) -> TimeAccount:
    """Divide the time between the trace's first and last moment."""
    changes: list[tuple[int, Activity, int]] = []
    for row in tree.rows:
        for activity, start_ns, end_ns in _split_phases(row, tree):
            if start_ns < end_ns:
                changes.append((start_ns, activity, 1))
                changes.append((end_ns, activity, -1))
    changes.sort(key=lambda change: change[0])
    changes.append((tree.end_ns, "unexplained", 0))
    spent: dict[Activity, int] = dict.fromkeys(_ALL, 0)
    open_counts: dict[Activity, int] = dict.fromkeys(_ALL, 0)
    spent["unexplained"] = changes[0][0] - tree.start_ns
    for (moment_ns, activity, step), following in pairwise(changes):
        open_counts[activity] += step
        spent[_choose_foremost(open_counts)] += following[0] - moment_ns
    return TimeAccount(
        total_ns=tree.end_ns - tree.start_ns,
        waiting_ns=spent["waiting"],
        streaming_ns=spent["streaming"],
        model_ns=spent["model"],
        tools_ns=spent["tools"],
        overhead_ns=spent["overhead"],
        unexplained_ns=spent["unexplained"],
    )


def _choose_foremost(open_counts: Mapping[Activity, int]) -> Activity:
    for activity in _PRECEDENCE:
        if open_counts[activity]:
            return activity
    return "unexplained"


def _split_phases(row: TreeRow, tree: TraceTree) -> tuple[tuple[Activity, int, int], ...]:
    span = row.span
    end_ns = _find_end_ns(span, tree)
    if span.kind == "TOOL":
        return (("tools", span.start_ns, end_ns),)
    if span.kind not in MODEL_KINDS:
        # Somebody else's root only says that the program ran; its children say what it did.
        is_frame = row.parent_index is None and row.child_count and span.recorded_by != "gwtrace"
        return () if is_frame else (("overhead", span.start_ns, end_ns),)
    if span.first_token_ns is None:
        return (("model", span.start_ns, end_ns),)
    first_ns = min(max(span.first_token_ns, span.start_ns), end_ns)
    return (("waiting", span.start_ns, first_ns), ("streaming", first_ns, end_ns))
