"""Two traces held against each other, span by span. Pure.

Spans are aligned by structure, kind and name, never by id: two runs of one program, or one question
by two SDK paths, have no id in common.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gwtrace_core.trace.diff.alignment import align_rows
from gwtrace_core.trace.model import Span, Trace
from gwtrace_core.trace.tree import TreeRow, build_tree
from gwtrace_core.values import trace_names
from gwtrace_core.values.text_diff import WordDiff, diff_words

RowKind = Literal["matched", "only_left", "only_right"]
ChangeKind = Literal["added", "removed", "changed"]

_NOT_COMPARED = frozenset(
    {
        trace_names.SPAN_INPUTS,  # compared as what they are
        trace_names.SPAN_OUTPUTS,
        "mlflow.traceRequestId",  # of this trace and no other
        trace_names.FIRST_TOKEN_NS,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A value that is not the same on both sides; None where a side has none."""

    left: Any
    right: Any

    @property
    def delta(self) -> float | None:
        """Right less left, None unless both are numbers."""
        if isinstance(self.left, int | float) and isinstance(self.right, int | float):
            return self.right - self.left
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeChange:
    """One attribute that differs."""

    name: str
    kind: ChangeKind
    left: Any = None
    right: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanChanges:
    """What differs between two partners; None: the same on both sides.

    Tokens and cost are those of the span with everything below it, each call once.
    """

    name: Change | None = None
    kind: Change | None = None
    model: Change | None = None
    status: Change | None = None
    """`ok`, `error`, `stopped`, `unset` or `no end`."""
    duration_ms: Change | None = None
    input_tokens: Change | None = None
    output_tokens: Change | None = None
    cost_usd: Change | None = None
    attributes: tuple[AttributeChange, ...] = ()
    inputs: bool = False
    outputs: bool = False

    def __bool__(self) -> bool:
        return bool(self.attributes or self.inputs or self.outputs) or any(
            change is not None
            for change in (
                *(self.name, self.kind, self.model, self.status, self.duration_ms),
                *(self.input_tokens, self.output_tokens, self.cost_usd),
            )
        )

    @property
    def is_more_than_time(self) -> bool:
        """Whether anything but the duration differs, which no two runs have in common."""
        return bool(self) and self != SpanChanges(duration_ms=self.duration_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRow:
    """One step: of both traces, or of one of them alone."""

    row_id: str
    """Unique in the diff."""
    kind: RowKind
    left: TreeRow | None
    right: TreeRow | None
    changes: SpanChanges = SpanChanges()
    """Empty for a step that only one side has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceDiff:
    """All steps of both traces. Each side's spans come in its own tree's order, none left out."""

    rows: tuple[DiffRow, ...]

    def count(self, kind: RowKind) -> int:
        """How many steps are of that kind."""
        return sum(row.kind == kind for row in self.rows)

    @property
    def changed_count(self) -> int:
        """How many partners differ in more than how long they took."""
        return sum(row.changes.is_more_than_time for row in self.rows)

    @property
    def is_empty(self) -> bool:
        """Whether the traces are equal in all that is compared."""
        return all(row.kind == "matched" and not row.changes for row in self.rows)

    def find(self, row_id: str | None) -> DiffRow | None:
        """The row with this id, None when there is none."""
        return next((row for row in self.rows if row.row_id == row_id), None)


def diff_traces(left: Trace, right: Trace) -> TraceDiff:
    """Align the spans of two traces and compare the partners. Broken traces are no exception."""
    left_tree, right_tree = build_tree(left), build_tree(right)
    partners = align_rows(left_tree, right_tree)
    taken = set(partners.values())
    rows: list[DiffRow] = []
    right_index = 0

    def only_right(until: int) -> Iterator[DiffRow]:
        for row in right_tree.rows[right_index:until]:
            yield DiffRow(row_id=f"+{row.row_id}", kind="only_right", left=None, right=row)

    for left_index, left_row in enumerate(left_tree.rows):
        partner = partners.get(left_index)
        if partner is None:
            row_id = f"-{left_row.row_id}"
            rows.append(DiffRow(row_id=row_id, kind="only_left", left=left_row, right=None))
            continue
        rows.extend(only_right(partner))
        right_row = right_tree.rows[partner]
        rows.append(
            DiffRow(
                row_id=f"={left_row.row_id}",
                kind="matched",
                left=left_row,
                right=right_row,
                changes=_list_changes(left_row, right_row),
            )
        )
        right_index = partner + 1
    assert taken <= {*range(right_index)}, "Partners are in order."
    rows.extend(only_right(len(right_tree.rows)))
    return TraceDiff(rows=tuple(rows))


def _list_changes(left_row: TreeRow, right_row: TreeRow) -> SpanChanges:
    left, right = left_row.span, right_row.span
    left_usage, right_usage = left_row.usage, right_row.usage
    return SpanChanges(
        name=_make_change(left.name, right.name),
        kind=_make_change(left.kind, right.kind),
        model=_make_change(left.model, right.model),
        status=_make_change(status_text(left), status_text(right)),
        duration_ms=_make_change(duration_ms(left), duration_ms(right)),
        input_tokens=_make_change(
            left_usage and left_usage.input_tokens, right_usage and right_usage.input_tokens
        ),
        output_tokens=_make_change(
            left_usage and left_usage.output_tokens, right_usage and right_usage.output_tokens
        ),
        cost_usd=_make_change(left_row.cost_usd, right_row.cost_usd),
        attributes=tuple(_list_attribute_changes(left.attributes, right.attributes)),
        inputs=left.inputs != right.inputs,
        outputs=left.outputs != right.outputs,
    )


def _make_change(left: Any, right: Any) -> Change | None:
    return None if left == right else Change(left=left, right=right)


def _list_attribute_changes(
    left: Mapping[str, Any], right: Mapping[str, Any]
) -> Iterator[AttributeChange]:
    if left == right:
        return
    for name in sorted({*left, *right} - _NOT_COMPARED):
        if name not in right:
            yield AttributeChange(name=name, kind="removed", left=left[name])
        elif name not in left:
            yield AttributeChange(name=name, kind="added", right=right[name])
        elif left[name] != right[name]:
            yield AttributeChange(name=name, kind="changed", left=left[name], right=right[name])


def status_text(span: Span) -> str:
    """How the span ended, in a word or two."""
    if span.is_stopped:
        return "stopped"
    return "no end" if span.end_ns is None and span.status == "unset" else span.status


def duration_ms(span: Span) -> float | None:
    """None while the span has no end."""
    return None if span.duration_ns is None else span.duration_ns / 1e6


def value_text(value: Any) -> str:
    """A recorded value as text that can be compared line by line: keys sorted, empty for None."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, default=str)


def diff_values(left: Any, right: Any) -> WordDiff:
    """The difference of two recorded values (inputs, outputs, an attribute) as text."""
    return diff_words(value_text(left), value_text(right))
