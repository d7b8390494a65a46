"""Two traces aligned span by span: a table of steps, and what differs in the one selected."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

import streamlit as st

from gwtrace_core.trace.diff.diff import (
    DiffRow,
    SpanChanges,
    TraceDiff,
    diff_values,
    duration_ms,
    status_text,
)
from gwtrace_core.trace.diff.totals import list_side_rows
from gwtrace_core.trace.diff.words import delta_text, whole_text
from gwtrace_core.trace.tree import TreeRow
from gwtrace_core.trace.view import TraceView
from gwtrace_core.values.text import MISSING, count_text, duration_text, one_line, plural, usd_text
from pages.ui.components.answer_diff import draw_difference
from pages.ui.components.recorded_value import clean_text, draw_value
from pages.ui.draw.model_text import plain_label

_ALL, _CHANGED, _ALONE = "All steps", "Changed", "Only in one"
_INDENT = "\u2003"
_DEEPEST = 24
"""Levels beyond which steps are no longer indented."""
_VALUE_CHARS = 2_000


def draw_sides_table(left: TraceView, right: TraceView, *, key: str) -> None:
    """What the two traces are and come to, and by how much B differs from A."""
    st.dataframe(
        [
            {
                "what": row.what,
                "a": clean_text(row.left),
                "b": clean_text(row.right),
                "difference": row.difference,
            }
            for row in list_side_rows(left, right)
        ],
        hide_index=True,
        key=key,
        width=720,
        height="content",
        column_config={
            "what": st.column_config.TextColumn("Whole trace", width=96),
            "a": st.column_config.TextColumn("A", width=150),
            "b": st.column_config.TextColumn("B", width=150),
            "difference": st.column_config.TextColumn("B less A", width=96),
        },
        alt="Both traces",
    )


def draw_trace_diff(diff: TraceDiff, *, left_label: str, right_label: str, key: str) -> None:
    """Draw the diff; a click on a step shows what differs in it. `key` is unique on the page."""
    _draw_view(diff, (clean_text(left_label), clean_text(right_label)), key)


@st.fragment
def _draw_view(diff: TraceDiff, labels: tuple[str, str], key: str) -> None:
    st.caption(_summary_text(diff, labels))
    shown = st.segmented_control(
        "Steps",
        [_ALL, _CHANGED, _ALONE],
        default=_ALL,
        required=True,
        key=f"{key}.shown",
        label_visibility="collapsed",
    )
    rows = [row for row in diff.rows if _is_in(row, shown)]
    if not rows:
        st.caption("There is no such step.")
        return
    chosen = _draw_table(rows, labels, key=f"{key}.table.{shown}")
    if chosen is None:
        st.caption("Select a step to see what differs in it.")
    else:
        _draw_details(chosen, labels, key=f"{key}.details")


def _summary_text(diff: TraceDiff, labels: tuple[str, str]) -> str:
    left, right = (plain_label(label) for label in labels)
    if diff.is_empty:
        return f"{left} and {right} do not differ in anything."
    return (
        f"{plural(diff.count('matched'), 'step')} in both, "
        f"{count_text(diff.changed_count)} of them changed · "
        f"{count_text(diff.count('only_left'))} only in {left} · "
        f"{count_text(diff.count('only_right'))} only in {right}. "
        f"Differences are {right} less {left}; tokens and cost include what is below a step."
    )


def _is_in(row: DiffRow, shown: str | None) -> bool:
    if shown == _CHANGED:
        return row.changes.is_more_than_time
    return row.kind != "matched" if shown == _ALONE else True


def _draw_table(rows: Sequence[DiffRow], labels: tuple[str, str], *, key: str) -> DiffRow | None:
    """The table of steps; the selected one, if any."""
    cells = [_make_row(row) for row in rows]
    if any(row.kind != "matched" for row in rows):
        sides = {"matched": "", "only_left": labels[0], "only_right": labels[1]}
        cells = [{"only": sides[row.kind], **cell} for row, cell in zip(rows, cells, strict=True)]
    event: Any = st.dataframe(
        cells,
        hide_index=True,
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "only": st.column_config.TextColumn("Only in", width="small"),
            "left": st.column_config.TextColumn(labels[0], width="medium"),
            "right": st.column_config.TextColumn(labels[1], width="medium"),
            "time": st.column_config.TextColumn("Duration", width="small"),
            "input": st.column_config.TextColumn("Tokens in", width="small"),
            "output": st.column_config.TextColumn("Tokens out", width="small"),
            "cost": st.column_config.TextColumn("Cost", width="small"),
            "changed": st.column_config.TextColumn("Also changed", width="medium"),
        },
        alt="Steps of both traces",
    )
    selected = cast("list[int]", event.selection.rows)
    return rows[selected[0]] if selected and selected[0] < len(rows) else None


def _make_row(row: DiffRow) -> dict[str, str]:
    changes = row.changes
    return {
        "left": _name(row.left),
        "right": _name(row.right),
        "time": delta_text(changes.duration_ms, duration_text),
        "input": delta_text(changes.input_tokens, whole_text),
        "output": delta_text(changes.output_tokens, whole_text),
        "cost": delta_text(changes.cost_usd, usd_text),
        "changed": ", ".join(_list_changed(changes)),
    }


def _name(row: TreeRow | None) -> str:
    if row is None:
        return ""
    indent = _INDENT * (min(row.level, _DEEPEST) - 1)
    ended = " (stopped)" if row.span.is_stopped else " (failed)" if row.has_own_error else ""
    return f"{indent}{_to_line(row.span.name) or '(no name)'}{ended}"


def _to_line(text: str, limit: int = 120) -> str:
    return one_line(clean_text(text), limit)


def _list_changed(changes: SpanChanges) -> list[str]:
    told: list[str] = []
    if changes.status is not None:
        told.append(f"{changes.status.left} → {changes.status.right}")
    told += [
        name
        for name, differs in (
            ("model", changes.model is not None),
            ("input", changes.inputs),
            ("output", changes.outputs),
        )
        if differs
    ]
    if changes.attributes:
        told.append(plural(len(changes.attributes), "attribute"))
    return told


def _draw_details(row: DiffRow, labels: tuple[str, str], *, key: str) -> None:
    if row.left is not None and row.right is not None:
        _draw_compared(row, row.left, row.right, labels, key=key)
        return
    only = row.left or row.right
    if only is None:
        return
    label = labels[0 if row.left is not None else 1]
    st.markdown(f"**{plain_label(_to_line(only.span.name))}**, only in {plain_label(label)}")
    for name, value in (("Input", only.span.inputs), ("Output", only.span.outputs)):
        if value is not None:
            st.caption(name)
            draw_value(value, name=name.lower(), key=f"{key}.{name.lower()}")


def _draw_compared(
    row: DiffRow, left: TreeRow, right: TreeRow, labels: tuple[str, str], *, key: str
) -> None:
    st.markdown(f"**{plain_label(_to_line(left.span.name))}**")
    left_facts, right_facts = _list_facts(left), _list_facts(right)
    differing = [
        {"Figure": name, "left": left_facts[name], "right": right_facts[name]}
        for name in left_facts
        if left_facts[name] != right_facts[name]
    ]
    if differing:
        st.dataframe(
            differing,
            hide_index=True,
            key=f"{key}.facts",
            column_config={"left": labels[0], "right": labels[1]},
            alt="The step's figures that differ",
        )
    views = {
        name: values
        for name, values, differs in (
            ("Input", (left.span.inputs, right.span.inputs), row.changes.inputs),
            ("Output", (left.span.outputs, right.span.outputs), row.changes.outputs),
        )
        if differs
    }
    options = [*views, *(["Attributes"] if row.changes.attributes else [])]
    if not options:
        st.caption("Input, output and attributes are the same.")
        return
    chosen = st.segmented_control(
        "What differs",
        options,
        default=options[-1] if "Output" not in options else "Output",
        required=True,
        key=f"{key}.view.{'.'.join(options)}",
        label_visibility="collapsed",
    )
    if chosen in views:
        draw_difference(
            diff_values(*views[chosen]),
            left_label=labels[0],
            right_label=labels[1],
            key=f"{key}.{chosen.lower()}",
        )
    else:
        _draw_attributes(row, labels, key=key)


def _list_facts(row: TreeRow) -> dict[str, str]:
    span, usage = row.span, row.usage
    took = duration_ms(span)
    return {
        "Name": _to_line(span.name),
        "Kind": span.kind.replace("_", " ").lower(),
        "Status": status_text(span),
        "Model": _to_line(span.model or MISSING),
        "Duration": MISSING if took is None else duration_text(max(took, 0)),
        "Tokens in": _count_cell(None if usage is None else usage.input_tokens),
        "Tokens out": _count_cell(None if usage is None else usage.output_tokens),
        "Cost": MISSING if row.cost_usd is None else usd_text(row.cost_usd),
    }


def _count_cell(count: int | None) -> str:
    return MISSING if count is None else count_text(count)


def _draw_attributes(row: DiffRow, labels: tuple[str, str], *, key: str) -> None:
    st.dataframe(
        [
            {
                "Attribute": _to_line(change.name),
                "left": "" if change.kind == "added" else _value_text(change.left),
                "right": "" if change.kind == "removed" else _value_text(change.right),
                "": change.kind,
            }
            for change in row.changes.attributes
        ],
        hide_index=True,
        key=f"{key}.attributes",
        column_config={"left": labels[0], "right": labels[1]},
        alt="Attributes that differ",
    )


def _value_text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    text = clean_text(text)
    return text if len(text) <= _VALUE_CHARS else f"{text[:_VALUE_CHARS]}…"
