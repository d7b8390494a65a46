"""What a report tells of two lanes' traces held against each other, step by step."""

from __future__ import annotations

from gwtrace_core.report.html import Html, element, fragment
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


def trace_differences(round_: ReportRound, redactor: Redactor) -> Html:
    """Every other lane's trace against the baseline's, or the first lane's; nothing for one."""
    traced = [(turn, turn.trace) for turn in round_.turns if turn.trace is not None]
    if len(traced) < 2:
        return fragment()
    base = next((each for each in traced if each[0].is_baseline), traced[0])
    others = [each for each in traced if each is not base]
    most = max(_FEWEST_ROWS, _MOST_ROWS // len(others))
    drawn = [_difference(base, other, most, redactor) for other in others]
    return element("section", element("h3", "Traces compared step by step"), *drawn)


def _difference(
    base: tuple[ReportTurn, Trace], other: tuple[ReportTurn, Trace], most: int, redactor: Redactor
) -> Html:
    names = base[0].name, other[0].name
    diff = diff_traces(base[1], other[1])
    if diff.is_empty:
        return element("p", f"The traces of {names[0]} and {names[1]} are the same.", class_="note")
    rows = diff.rows
    if len(rows) > most:
        rows = tuple(row for row in rows if row.kind != "matched" or row.changes.is_more_than_time)
    shown = rows[:most]
    left_out = len(diff.rows) - len(shown)
    return element(
        "details",
        element("summary", f"{names[0]} against {names[1]}: {_summary(diff, names)}"),
        element(
            "p",
            f"Differences are {names[1]} less {names[0]}; tokens and cost include what is below "
            "a step.",
            class_="hint",
        ),
        _table([_cells(row, names, redactor) for row in shown]),
        element("p", f"{plural(left_out, 'further step')} not listed here.", class_="note")
        if left_out
        else "",
        class_="trace-diff",
    )


def _summary(diff: TraceDiff, names: tuple[str, str]) -> str:
    return (
        f"{plural(diff.count('matched'), 'step')} in both, "
        f"{count_text(diff.changed_count)} of them changed; "
        f"{count_text(diff.count('only_left'))} only in {names[0]}, "
        f"{count_text(diff.count('only_right'))} only in {names[1]}"
    )


def _table(rows: list[Html]) -> Html:
    heads = ["Step", "", "Time", "Tokens in", "Tokens out", "Cost", "Also changed"]
    table = element(
        "table",
        element("thead", element("tr", *[element("th", each, scope="col") for each in heads])),
        element("tbody", *rows),
    )
    return element("div", table, class_="wide", tabindex="0")


def _cells(row: DiffRow, names: tuple[str, str], redactor: Redactor) -> Html:
    changes = row.changes
    mark, state = {
        "matched": ("changed", "changed") if changes.is_more_than_time else ("in both", None),
        "only_left": (f"only in {names[0]}", "removed"),
        "only_right": (f"only in {names[1]}", "added"),
    }[row.kind]
    figures = [
        delta_text(changes.duration_ms, duration_text),
        delta_text(changes.input_tokens, whole_text),
        delta_text(changes.output_tokens, whole_text),
        delta_text(changes.cost_usd, usd_text),
    ]
    return element(
        "tr",
        element("th", _name(row, redactor), scope="row"),
        element("td", mark),
        *[element("td", each, class_="number") for each in figures],
        element("td", redactor.text(Section.TREES, ", ".join(_changed(changes)))),
        class_=state,
    )


def _name(row: DiffRow, redactor: Redactor) -> str:
    """The step's name, both where they differ, indented as in its tree."""
    sides = [_line(side, redactor) for side in (row.left, row.right) if side is not None]
    only = row.left or row.right
    indent = "" if only is None else _INDENT * (min(only.level, _DEEPEST) - 1)
    return indent + " → ".join(dict.fromkeys(sides))


def _line(side: TreeRow, redactor: Redactor) -> str:
    name = " ".join(redactor.text(Section.TREES, side.span.name).split()) or "(no name)"
    ended = " (stopped)" if side.span.is_stopped else " (failed)" if side.has_own_error else ""
    return (name if len(name) <= _NAME_CHARS else f"{name[: _NAME_CHARS - 1]}…") + ended


def _changed(changes: SpanChanges) -> list[str]:
    told: list[str] = []
    for change in (changes.status, changes.kind, changes.model):
        if change is not None:
            told.append(f"{change.left or MISSING} → {change.right or MISSING}")
    told += ["input"] * changes.inputs + ["output"] * changes.outputs
    if changes.attributes:
        told.append(plural(len(changes.attributes), "attribute"))
    return told
