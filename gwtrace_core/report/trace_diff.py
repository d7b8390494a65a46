"""What a report tells of two lanes' traces held against each other, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.report.values import ReportRound, ReportTurn
from gwtrace_core.trace.diff.diff import DiffRow, SpanChanges, TraceDiff, diff_traces
from gwtrace_core.trace.diff.words import delta_text, whole_text
from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.tree import TreeRow
from gwtrace_core.values.text import MISSING, count_text, duration_text, plural, usd_text

_MOST_ROWS = 240
"""Of all tables of a round together; the trees above have every span."""
_FEWEST_ROWS = 24
_DEEPEST = 12
"""Levels beyond which steps are no longer indented."""
_NAME_CHARS = 100
_INDENT = "\u2003"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One step, in both traces or only in one."""

    name: str
    mark: str
    state: str
    """The style of the row: `changed`, `removed`, `added`, or empty."""
    figures: tuple[str, str, str, str]
    """Differences of time, tokens in, tokens out and cost; empty where there is none."""
    changes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceDifference:
    """Two lanes' traces held against each other, step by step."""

    names: tuple[str, str]
    summary: str
    """Empty where the traces are the same."""
    rows: tuple[StepRow, ...] = ()
    left_out: str = ""
    """How many further steps there are, in words."""


def compare_traces(round_: ReportRound, redactor: Redactor) -> tuple[TraceDifference, ...]:
    """Every other lane's trace against the baseline's, or the first lane's; nothing for one."""
    traced = [(turn, turn.trace) for turn in round_.turns if turn.trace is not None]
    if len(traced) < 2:
        return ()
    base = next((each for each in traced if each[0].is_baseline), traced[0])
    others = [each for each in traced if each is not base]
    most = max(_FEWEST_ROWS, _MOST_ROWS // len(others))
    return tuple(_compare(base, other, most, redactor) for other in others)


def _compare(
    base: tuple[ReportTurn, Trace], other: tuple[ReportTurn, Trace], most: int, redactor: Redactor
) -> TraceDifference:
    names = base[0].name, other[0].name
    diff = diff_traces(base[1], other[1])
    if diff.is_empty:
        return TraceDifference(names=names, summary="")
    rows = diff.rows
    if len(rows) > most:
        rows = tuple(row for row in rows if row.kind != "matched" or row.changes.is_more_than_time)
    shown = rows[:most]
    left_out = len(diff.rows) - len(shown)
    return TraceDifference(
        names=names,
        summary=_summarize(diff, names),
        rows=tuple(_describe_step(row, names, redactor) for row in shown),
        left_out=plural(left_out, "further step") if left_out else "",
    )


def _summarize(diff: TraceDiff, names: tuple[str, str]) -> str:
    return (
        f"{plural(diff.count('matched'), 'step')} in both, "
        f"{count_text(diff.changed_count)} of them changed; "
        f"{count_text(diff.count('only_left'))} only in {names[0]}, "
        f"{count_text(diff.count('only_right'))} only in {names[1]}"
    )


def _describe_step(row: DiffRow, names: tuple[str, str], redactor: Redactor) -> StepRow:
    changes = row.changes
    mark, state = {
        "matched": ("changed", "changed") if changes.is_more_than_time else ("in both", ""),
        "only_left": (f"only in {names[0]}", "removed"),
        "only_right": (f"only in {names[1]}", "added"),
    }[row.kind]
    return StepRow(
        name=_indent_name(row, redactor),
        mark=mark,
        state=state,
        figures=(
            delta_text(changes.duration_ms, duration_text),
            delta_text(changes.input_tokens, whole_text),
            delta_text(changes.output_tokens, whole_text),
            delta_text(changes.cost_usd, usd_text),
        ),
        changes=redactor.mask(Section.TREES, ", ".join(_list_changes(changes))),
    )


def _indent_name(row: DiffRow, redactor: Redactor) -> str:
    """The step's name, both where they differ, indented as in its tree."""
    sides = [_name_step(side, redactor) for side in (row.left, row.right) if side is not None]
    only = row.left or row.right
    indent = "" if only is None else _INDENT * (min(only.level, _DEEPEST) - 1)
    return indent + " → ".join(dict.fromkeys(sides))


def _name_step(side: TreeRow, redactor: Redactor) -> str:
    name = " ".join(redactor.mask(Section.TREES, side.span.name).split()) or "(no name)"
    ended = " (stopped)" if side.span.is_stopped else " (failed)" if side.has_own_error else ""
    return (name if len(name) <= _NAME_CHARS else f"{name[: _NAME_CHARS - 1]}…") + ended


def _list_changes(changes: SpanChanges) -> list[str]:
    told: list[str] = []
    for change in (changes.status, changes.kind, changes.model):
        if change is not None:
            told.append(f"{change.left or MISSING} → {change.right or MISSING}")
    told += ["input"] * changes.inputs + ["output"] * changes.outputs
    if changes.attributes:
        told.append(plural(len(changes.attributes), "attribute"))
    return told
