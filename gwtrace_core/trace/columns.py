"""The trace tree as columns of JSON values: what the browser's component draws.

Small (names are sent once, times are whole microseconds) and deterministic: the same trace gives
the same bytes, so that an unchanged tree costs nothing to send again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag
from hashlib import blake2b
from typing import Any

from gwtrace_core.trace.model import Nanoseconds
from gwtrace_core.trace.timing import find_critical_path
from gwtrace_core.trace.totals import MODEL_KINDS
from gwtrace_core.trace.tree import TraceTree, TreeRow
from gwtrace_core.values import trace_names

_NOTE_LIMIT = 400
"""Characters of a status message that travel with the tree; the rest is in the details."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The stretch of time that bars are drawn on; several trees may share one."""

    start_ns: Nanoseconds
    end_ns: Nanoseconds


class Flag(IntFlag):
    """What is special about a row. The component's script knows these numbers."""

    OWN_ERROR = 1
    CHILD_ERROR = 2
    STOPPED = 4
    RUNNING = 8
    FILLED = 16
    """Recorded by gwtrace, where autolog records nothing or something wrong."""
    CRITICAL = 32
    SUM = 64
    """The tokens and cost are those of the spans below."""
    PARTIAL = 128
    """Some model span below reported no usage: the tokens are a lower bound."""
    MODEL = 256
    """Stands for one request to a model, so that missing usage is worth a word."""
    NEVER_CLOSED = 512
    DEFECT = 1024
    CORRECTED = 2048
    """Recorded by autolog, and put right or filled in by gwtrace."""


def columns(tree: TraceTree, *, axis: Axis | None = None) -> dict[str, Any]:
    """JSON values; each list has one entry per row, in the tree's order.

    `start`, `duration`, `first_token` are µs, `start` counted from the axis' start and
    `first_token` from the span's; `duration` is null while a span has no end. `in` and `out` are
    tokens, `cost` is in units of 1e-9 USD; null: not reported. `name`, `kind`, `model` and `note`
    are indices into `names`, `kinds`, `models` and `notes`, -1 for none. `parent` is a row's index
    or -1. `shared` says that `axis` was given: other trees may lie on it. `path` lists the critical
    path's sections. `version` is a hash of everything else.
    """
    is_shared = axis is not None
    axis = axis or Axis(start_ns=tree.start_ns, end_ns=tree.end_ns)
    names, kinds, models, notes = _Coder(), _Coder(), _Coder(), _Coder()
    sections = find_critical_path(tree)
    on_path = {section.row_index for section in sections}
    defects: defaultdict[int, list[str]] = defaultdict(list)
    for defect in tree.defects:
        # That a span of a running trace has no end yet is no reason to worry anybody.
        if defect.kind == "no_end" and tree.is_running:
            continue
        defects[defect.row_index].append(defect.message)
    rows = tree.rows
    usages = [row.usage for row in rows]
    payload: dict[str, Any] = {
        "trace": tree.trace_id,
        "axis": _as_us(max(axis.end_ns - axis.start_ns, 0)),
        "shared": is_shared,
        "id": [row.row_id for row in rows],
        "parent": [-1 if row.parent_index is None else row.parent_index for row in rows],
        "name": [names.code(row.span.name) for row in rows],
        "kind": [kinds.code(row.span.kind) for row in rows],
        "model": [models.code(row.span.model) for row in rows],
        "note": [notes.code(_note(row, defects.get(i, ()))) for i, row in enumerate(rows)],
        "flags": [_list_flags(tree, row, i in on_path, i in defects) for i, row in enumerate(rows)],
        "start": [_as_us(row.span.start_ns - axis.start_ns) for row in rows],
        "duration": [_find_duration_us(row) for row in rows],
        "first_token": [_find_first_token_us(row) for row in rows],
        "in": [None if usage is None else usage.input_tokens for usage in usages],
        "out": [None if usage is None else usage.output_tokens for usage in usages],
        "cost": [None if (usd := row.cost_usd) is None else round(usd * 1e9) for row in rows],
        "path": {
            "row": [section.row_index for section in sections],
            "start": [_as_us(section.start_ns - axis.start_ns) for section in sections],
            "end": [_as_us(section.end_ns - axis.start_ns) for section in sections],
        },
        "names": names.values,
        "kinds": kinds.values,
        "models": models.values,
        "notes": notes.values,
    }
    text = json.dumps(payload, separators=(",", ":"))
    payload["version"] = blake2b(text.encode(), digest_size=12).hexdigest()
    return payload


class _Coder:
    """Gives equal texts the same small number, in order of appearance."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self._codes: dict[str, int] = {}

    def code(self, text: str | None) -> int:
        if text is None:
            return -1
        code = self._codes.setdefault(text, len(self.values))
        if code == len(self.values):
            self.values.append(text)
        return code


def _as_us(duration_ns: int) -> int:
    # Rounded up, a duration could reach the next millisecond here and nowhere else.
    return duration_ns // 1000


def _find_duration_us(row: TreeRow) -> int | None:
    duration_ns = row.span.duration_ns
    return None if duration_ns is None else _as_us(max(duration_ns, 0))


def _find_first_token_us(row: TreeRow) -> int | None:
    span = row.span
    if span.first_token_ns is None:
        return None
    waited_ns = max(span.first_token_ns - span.start_ns, 0)
    duration_ns = span.duration_ns
    return _as_us(waited_ns if duration_ns is None else min(waited_ns, max(duration_ns, 0)))


def _note(row: TreeRow, defects: Sequence[str]) -> str | None:
    lines = list(defects)
    message = row.span.status_message
    if message and (row.has_own_error or row.span.is_stopped):
        shortened = message if len(message) <= _NOTE_LIMIT else message[:_NOTE_LIMIT] + "…"
        lines.insert(0, shortened)
    return "\n".join(lines) or None


def _list_flags(tree: TraceTree, row: TreeRow, is_critical: bool, has_defect: bool) -> int:
    span = row.span
    has_no_end = span.end_ns is None
    conditions = {
        Flag.OWN_ERROR: row.has_own_error,
        Flag.CHILD_ERROR: row.has_child_error,
        Flag.STOPPED: span.is_stopped,
        Flag.RUNNING: has_no_end and tree.is_running,
        Flag.NEVER_CLOSED: has_no_end and not tree.is_running,
        Flag.FILLED: span.recorded_by == "gwtrace",
        Flag.CRITICAL: is_critical,
        Flag.SUM: row.totals.is_sum,
        Flag.PARTIAL: row.totals.unreported_count > 0,
        Flag.MODEL: span.kind in MODEL_KINDS,
        Flag.DEFECT: has_defect,
        Flag.CORRECTED: bool(span.attributes.get(trace_names.CORRECTED)),
    }
    return sum(int(flag) for flag, holds in conditions.items() if holds)
