"""Everything that a page draws of one trace, computed once: a click must not compute it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from gwtrace_core.trace.columns import columns
from gwtrace_core.trace.model import Span, Trace
from gwtrace_core.trace.timing import TimeAccount, account_time
from gwtrace_core.trace.totals import Totals, totals_of_trace
from gwtrace_core.trace.tree import TraceTree, build_tree


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadProgress:
    """How far the reading of a trace has come."""

    phase: Literal["asking", "reading", "building", "drawing"]
    """Asking what there is; bytes coming in; spans made of them; tree and account made of those."""
    done: int = 0
    """Bytes while reading, spans while building."""
    total: int = 0
    """Of the same; 0 when it is not known. Bytes are MLflow's estimate, `done` may pass it."""


@dataclass(frozen=True, kw_only=True)
class TraceView:
    """A trace with what is derived from it. Never changed, so that sessions can share it."""

    trace: Trace
    tree: TraceTree
    payload: Mapping[str, Any] = field(repr=False)
    """What the tree component draws, see `gwtrace_core.trace.columns.columns`."""
    account: TimeAccount
    totals: Totals
    """Tokens and cost of the whole trace, each call once; MLflow's own are in `trace.summary`."""

    @cached_property
    def _spans(self) -> Mapping[str, Span]:
        return {row.row_id: row.span for row in self.tree.rows}

    def span(self, row_id: str | None) -> Span | None:
        """The span of a row (`TreeRow.row_id`), without a search through all rows."""
        return None if row_id is None else self._spans.get(row_id)


def view_of(trace: Trace) -> TraceView:
    """The view of a trace, however broken: 0.4 s for 10,000 spans on one core."""
    tree = build_tree(trace)
    return TraceView(
        trace=trace,
        tree=tree,
        payload=columns(tree),
        account=account_time(tree),
        totals=totals_of_trace(
            [(tree.rows[top].span, tree.rows[top].totals) for top in tree.top_indices()]
        ),
    )
