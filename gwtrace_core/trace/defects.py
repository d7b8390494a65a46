"""What is wrong with a recording, sorted for a page: each defect by name, nothing dropped. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, cast

from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.tree import DefectKind, TraceTree
from gwtrace_core.values import trace_names
from gwtrace_core.values.text import plural

NamedKind = DefectKind | Literal["still_running", "root_never_closed", "no_root", "spans_missing"]

TITLES: dict[NamedKind, str] = {
    "spans_missing": "Spans are missing",
    "no_root": "No root",
    "root_never_closed": "A root that never closed",
    "several_roots": "Several roots",
    "orphan": "Spans whose parent is missing",
    "cycle": "Spans that are their own ancestors",
    "duplicate_id": "Ids that repeat",
    "no_end": "Spans that never closed",
    "negative_duration": "Spans that end before they start",
    "starts_before_parent": "Spans that start before their parent",
    "still_running": "Spans still running",
}
"""In the order in which a page shows them: what casts most doubt on the rest comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDefect:
    """One thing that is wrong, in words for the user."""

    kind: NamedKind
    span_id: str | None
    """None when it is a matter of the whole trace."""
    row_id: str | None
    """The row to select in the tree, see `TreeRow.row_id`."""
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectGroup:
    """All defects of one kind, in the tree's order."""

    kind: NamedKind
    defects: tuple[NamedDefect, ...]

    @property
    def title(self) -> str:
        """A heading."""
        return TITLES[self.kind]

    @property
    def is_expected(self) -> bool:
        """True of what time alone mends: spans of a trace that is being written."""
        return self.kind == "still_running"


def group_defects(trace: Trace, tree: TraceTree) -> tuple[DefectGroup, ...]:
    """Every defect of the trace, by kind; empty for a sound one."""
    found: dict[NamedKind, list[NamedDefect]] = {kind: [] for kind in TITLES}
    for defect in _find_defects_of_the_whole(trace, tree):
        found[defect.kind].append(defect)
    for defect in tree.defects:
        row = tree.rows[defect.row_index]
        kind: NamedKind = defect.kind
        if kind == "no_end" and tree.is_running:
            kind = "still_running"
        elif kind == "no_end" and row.span.parent_id is None:
            kind = "root_never_closed"
        found[kind].append(
            NamedDefect(
                kind=kind, span_id=row.span.span_id, row_id=row.row_id, words=defect.message
            )
        )
    return tuple(
        DefectGroup(kind=kind, defects=tuple(defects)) for kind, defects in found.items() if defects
    )


def _find_defects_of_the_whole(trace: Trace, tree: TraceTree) -> list[NamedDefect]:
    found: list[NamedDefect] = []
    counted = _read_counted_spans(trace)
    if counted is not None and counted > len(trace.spans):
        words = (
            f"MLflow counted {plural(counted, 'span')} when the trace ended, "
            f"but has {len(trace.spans):,}."
        )
        found.append(NamedDefect(kind="spans_missing", span_id=None, row_id=None, words=words))
    if tree.rows and all(row.span.parent_id is not None for row in tree.rows):
        words = "Every span names a parent: the root was lost, or was never written."
        found.append(NamedDefect(kind="no_root", span_id=None, row_id=None, words=words))
    return found


def _read_counted_spans(trace: Trace) -> int | None:
    try:
        sizes = json.loads(trace.summary.metadata.get(trace_names.SIZE_STATS) or "null")
    except ValueError:
        return None
    count = cast(dict[str, Any], sizes).get("num_spans") if isinstance(sizes, dict) else None
    return count if isinstance(count, int) else None
