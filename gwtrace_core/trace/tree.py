"""Turns a trace's flat spans into an ordered tree. Pure; broken input is shown, never dropped.

No recursion: a trace may be thousands of levels deep.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from gwtrace_core.trace.model import Nanoseconds, Span, Trace
from gwtrace_core.trace.totals import NOTHING, Totals, add_totals
from gwtrace_core.values.events import Usage
from gwtrace_core.values.text import duration_text

DefectKind = Literal[
    "orphan",
    "duplicate_id",
    "cycle",
    "no_end",
    "negative_duration",
    "starts_before_parent",
    "several_roots",
]

_CLOCK_TOLERANCE_NS = 1_000_000
"""Stores round times to milliseconds or less; a smaller difference is no clock skew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """Something wrong with the recording, in words for the user."""

    kind: DefectKind
    row_index: int
    """The row that it shows at."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeRow:
    """One span in its place. Descendants follow it directly in `TraceTree.rows`."""

    span: Span
    row_id: str
    """The span's id; made unique with `#2`, `#3`, … where a recording repeats an id."""
    level: int
    """1 for a root, as in ARIA."""
    parent_index: int | None
    child_count: int
    descendant_count: int
    position: int
    """Among its siblings, from 1."""
    set_size: int
    """Its siblings and itself."""
    has_own_error: bool
    has_child_error: bool
    """Whether any descendant failed."""
    totals: Totals

    @property
    def usage(self) -> Usage | None:
        """Tokens of the span with everything below it, each call once."""
        return self.totals.usage

    @property
    def cost_usd(self) -> float | None:
        """Cost of the span with everything below it, each call once."""
        return self.totals.cost_usd


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceTree:
    """A trace in depth-first order, children by start time."""

    trace_id: str
    is_running: bool
    """Whether spans without an end may still get one."""
    rows: tuple[TreeRow, ...]
    defects: tuple[Defect, ...]
    start_ns: Nanoseconds
    end_ns: Nanoseconds
    """The latest moment that any span names; equal to `start_ns` when there are no spans."""

    def child_indices(self, index: int) -> Iterator[int]:
        """The rows of a row's children, in order."""
        child = index + 1
        last = index + self.rows[index].descendant_count
        while child <= last:
            yield child
            child += self.rows[child].descendant_count + 1

    def top_indices(self) -> Iterator[int]:
        """The rows that have no parent."""
        index = 0
        while index < len(self.rows):
            yield index
            index += self.rows[index].descendant_count + 1

    def find(self, row_id: str | None) -> TreeRow | None:
        """The row with this id, None when there is none."""
        return next((row for row in self.rows if row.row_id == row_id), None)


def build_tree(trace: Trace) -> TraceTree:
    """The tree of all of the trace's spans, however they are broken."""
    spans = _sort_spans(trace.spans)
    parents, defects = _find_parents(spans)
    _break_cycles(spans, parents, defects)
    order, rows_of_parents = _order_depth_first(parents)
    is_running = trace.summary.status == "in_progress"
    for number in order:
        defects.extend(_find_time_defects(spans, number, parents[number], is_running=is_running))
    roots = [number for number in order if spans[number].parent_id is None]
    if len(roots) > 1:
        message = f"The trace has {len(roots)} roots; one is usual."
        defects.append(("several_roots", roots[1], message))
    row_of = {number: index for index, number in enumerate(order)}
    start_ns, end_ns = _find_bounds(spans)
    return TraceTree(
        trace_id=trace.trace_id,
        is_running=is_running,
        rows=_build_rows([spans[number] for number in order], rows_of_parents),
        defects=tuple(
            Defect(kind=kind, row_index=row_of[number], message=message)
            for kind, number, message in sorted(defects, key=lambda found: row_of[found[1]])
        ),
        start_ns=start_ns,
        end_ns=end_ns,
    )


_Found = tuple[DefectKind, int, str]
"""A defect with the position of its span in `spans`, before rows are known."""


def _sort_spans(spans: Sequence[Span]) -> list[Span]:
    # Stores do not promise an order, so ties are broken by what the spans say: at the same start
    # the longer span is more likely the outer one.
    def key(span: Span) -> tuple[int, bool, int, str]:
        end_ns = span.end_ns
        return span.start_ns, end_ns is not None, -(end_ns or 0), span.span_id

    return sorted(spans, key=key)


def _find_parents(spans: Sequence[Span]) -> tuple[list[int | None], list[_Found]]:
    by_id: dict[str, int] = {}
    defects: list[_Found] = []
    # All ids first: a child may come before its parent. Of two spans with one id the earlier keeps
    # the children, for they cannot be told apart.
    for number, span in enumerate(spans):
        if by_id.setdefault(span.span_id, number) != number:
            message = f"Span {span.name!r} repeats the id {span.span_id!r} of an earlier span."
            defects.append(("duplicate_id", number, message))
    parents: list[int | None] = []
    for number, span in enumerate(spans):
        parent = None if span.parent_id is None else by_id.get(span.parent_id)
        parents.append(parent)
        if span.parent_id is not None and parent is None:
            message = f"The parent {span.parent_id!r} of span {span.name!r} is not in the trace."
            defects.append(("orphan", number, message))
    return parents, defects


def _break_cycles(spans: Sequence[Span], parents: list[int | None], defects: list[_Found]) -> None:
    """Make the earliest span of every cycle a root."""
    # Every span is walked through once, upwards from each span in turn. A walk that ends at a span
    # of its own has gone round; one that ends at an earlier walk's says nothing new.
    walk_of: list[int | None] = [None] * len(spans)
    for start in range(len(spans)):
        number: int | None = start
        while number is not None and walk_of[number] is None:
            walk_of[number] = start
            number = parents[number]
        if number is None or walk_of[number] != start:
            continue
        members = [number]
        while (member := parents[members[-1]]) is not None and member != number:
            members.append(member)
        first = min(members)
        parents[first] = None
        message = f"Span {spans[first].name!r} is its own ancestor; it is shown as a root."
        defects.append(("cycle", first, message))


def _order_depth_first(parents: Sequence[int | None]) -> tuple[list[int], list[int | None]]:
    """The order of the rows, and for each row the row of its parent."""
    children: list[list[int]] = [[] for _ in parents]
    tops: list[int] = []
    for number, parent in enumerate(parents):
        (tops if parent is None else children[parent]).append(number)
    order: list[int] = []
    rows_of_parents: list[int | None] = []
    stack: list[tuple[int, int | None]] = [(number, None) for number in reversed(tops)]
    while stack:
        number, parent_row = stack.pop()
        row = len(order)
        order.append(number)
        rows_of_parents.append(parent_row)
        stack.extend((child, row) for child in reversed(children[number]))
    return order, rows_of_parents


def _find_time_defects(
    spans: Sequence[Span], number: int, parent: int | None, *, is_running: bool
) -> Iterator[_Found]:
    span = spans[number]
    if span.end_ns is None:
        message = (
            f"Span {span.name!r} is still running."
            if is_running
            else f"Span {span.name!r} was never closed: it has no end."
        )
        yield "no_end", number, message
    elif span.end_ns < span.start_ns:
        by = duration_text((span.start_ns - span.end_ns) / 1e6)
        message = f"Span {span.name!r} ends {by} before it starts."
        yield "negative_duration", number, message
    if parent is not None and span.start_ns < spans[parent].start_ns - _CLOCK_TOLERANCE_NS:
        by = duration_text((spans[parent].start_ns - span.start_ns) / 1e6)
        message = f"Span {span.name!r} starts {by} before its parent; clocks may differ."
        yield "starts_before_parent", number, message


def _find_bounds(spans: Sequence[Span]) -> tuple[Nanoseconds, Nanoseconds]:
    if not spans:
        return Nanoseconds(0), Nanoseconds(0)
    moments = (
        moment
        for span in spans
        for moment in (span.start_ns, span.end_ns, span.first_token_ns)
        if moment is not None
    )
    return spans[0].start_ns, max(moments)


def _build_rows(spans: Sequence[Span], parents: Sequence[int | None]) -> tuple[TreeRow, ...]:
    """The rows of spans that are in depth-first order; `parents` are indices into them."""
    count = len(spans)
    levels, positions = [1] * count, [1] * count
    child_counts: Counter[int | None] = Counter()
    for index, parent in enumerate(parents):
        child_counts[parent] += 1
        positions[index] = child_counts[parent]
        if parent is not None:
            levels[index] = levels[parent] + 1
    descendant_counts, has_child_error = [0] * count, [False] * count
    row_totals = [NOTHING] * count
    with_totals: list[list[tuple[Span, Totals]]] = [[] for _ in spans]
    # Upwards: what is below a row comes after it, so that a row is complete when it is reached.
    for index in range(count - 1, -1, -1):
        span, parent = spans[index], parents[index]
        row_totals[index] = add_totals(span, with_totals[index][::-1])
        if parent is not None:
            descendant_counts[parent] += descendant_counts[index] + 1
            has_child_error[parent] |= has_child_error[index] or span.has_failed
            with_totals[parent].append((span, row_totals[index]))
    row_ids = _make_row_ids(spans)
    return tuple(
        TreeRow(
            span=span,
            row_id=row_ids[index],
            level=levels[index],
            parent_index=parents[index],
            child_count=child_counts[index],
            descendant_count=descendant_counts[index],
            position=positions[index],
            set_size=child_counts[parents[index]],
            has_own_error=span.has_failed,
            has_child_error=has_child_error[index],
            totals=row_totals[index],
        )
        for index, span in enumerate(spans)
    )


def _make_row_ids(spans: Sequence[Span]) -> list[str]:
    taken = {span.span_id for span in spans}
    seen: Counter[str] = Counter()
    row_ids: list[str] = []
    for span in spans:
        row_id = span.span_id
        if seen[span.span_id]:
            # A recording may hold an id that looks like one of ours, such as `a#2`.
            while row_id in taken:
                seen[span.span_id] += 1
                row_id = f"{span.span_id}#{seen[span.span_id]}"
            taken.add(row_id)
        else:
            seen[span.span_id] = 1
        row_ids.append(row_id)
    return row_ids
