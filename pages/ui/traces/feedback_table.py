"""A table of feedback by group. A click on a group or a count lists the traces behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never

import streamlit as st

from gwtrace_core.trace.feedback_summary.summary import (
    Categories,
    GroupBy,
    GroupKey,
    GroupRow,
    Numbers,
    Section,
    YesNo,
    list_often_given,
    traces_of,
)
from gwtrace_core.trace.filters import TraceFilter, merge_filters
from gwtrace_core.values.text import MISSING, count_text
from pages.ui.draw.tables import make_moment_column, table_height

_MOST_CATEGORIES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """What stands in each row, and what a click on it lists; no clicks where that is None."""

    label: str
    cells: Sequence[Any]
    leads_to: Sequence[TraceFilter] | None = None
    width: int = 90
    help: str | None = None


def draw_feedback_table(
    section: Section,
    *,
    title: str,
    by: GroupBy,
    words: Callable[[GroupKey], str],
    chosen: TraceFilter,
    show: Callable[[TraceFilter], None],
    key: str,
) -> None:
    """Draw it. `chosen` is what all its traces have in common; `show` lists those of a filter."""
    rows = section.rows
    filters = [merge_filters(chosen, traces_of(by, row.key)) for row in rows]
    columns = [
        _Column(
            label=title,
            cells=[words(row.key) for row in rows],
            leads_to=filters,
            width=240,
            help="Click to list its traces.",
        ),
        _Column(
            label="Given",
            cells=[row.figures.count for row in rows],
            width=70,
            help="How often such feedback was given.",
        ),
        _Column(
            label="Traces",
            cells=[row.traces for row in rows],
            width=70,
            help="On how many traces; several may have judged one.",
        ),
        *_make_columns(section, filters),
    ]
    _draw(columns, rows, show=show, key=key)


def _draw(
    columns: Sequence[_Column],
    rows: Sequence[GroupRow],
    *,
    show: Callable[[TraceFilter], None],
    key: str,
) -> None:
    # Not at the top: pandas takes a while to load, and other pages can do without.
    import pandas as pd

    named = {f"c{place}": column for place, column in enumerate(columns)}
    frame = pd.DataFrame({name: list(column.cells) for name, column in named.items()})
    frame["latest"] = make_moment_column(row.latest_ms for row in rows)
    config: dict[str, Any] = {
        name: _make_config(column, show, f"{key}.{name}") for name, column in named.items()
    }
    config["latest"] = st.column_config.DatetimeColumn(
        "Latest", format="D MMM HH:mm", timezone=st.context.timezone, width=100
    )
    # The container has the key as its name in the document; a table without ticks has none.
    st.container(key=key).dataframe(
        frame,
        hide_index=True,
        height=table_height(len(rows)),
        placeholder=MISSING,
        column_config=config,
        key=f"{key}.rows",
        alt="Feedback by group",
    )


def _make_config(column: _Column, show: Callable[[TraceFilter], None], key: str) -> Any:
    if column.leads_to is None:
        return st.column_config.Column(column.label, width=column.width, help=column.help)
    return st.column_config.ButtonColumn(
        column.label,
        type="tertiary",
        alignment="left",
        width=column.width,
        help=column.help,
        key=key,
        on_click=_take_click,
        args=(key, tuple(column.leads_to), show),
    )


def _take_click(
    key: str, filters: tuple[TraceFilter, ...], show: Callable[[TraceFilter], None]
) -> None:
    click: Any = st.session_state.get(key)
    if click is not None and click["row"] < len(filters):
        show(filters[click["row"]])


def _make_columns(section: Section, filters: Sequence[TraceFilter]) -> list[_Column]:
    figures = [row.figures for row in section.rows]
    match section.kind:
        case "yes_no":
            return _make_yes_no_columns(
                [each for each in figures if isinstance(each, YesNo)], filters
            )
        case "number":
            return _make_number_columns([each for each in figures if isinstance(each, Numbers)])
        case "category":
            return _make_category_columns(
                [each for each in figures if isinstance(each, Categories)], filters
            )
        case _:
            assert_never(section.kind)


def _make_yes_no_columns(figures: Sequence[YesNo], filters: Sequence[TraceFilter]) -> list[_Column]:
    return [
        _Column(
            label="Positive",
            cells=[f"{each.share:.0%} ({each.yes:,} of {each.count:,})" for each in figures],
            width=130,
        ),
        *(
            _Column(
                label=label,
                cells=[count_text(count) for count in counts],
                leads_to=[replace(each, verdict_value=value) for each in filters],
                width=80,
                help="Click to list its traces.",
            )
            for label, value, counts in (
                ("Yes", "true", [each.yes for each in figures]),
                ("No", "false", [each.count - each.yes for each in figures]),
            )
        ),
    ]


def _make_number_columns(figures: Sequence[Numbers]) -> list[_Column]:
    return [
        _Column(label="Mean", cells=[f"{each.mean:.2f}" for each in figures]),
        _Column(
            label="Lowest to highest",
            cells=[f"{each.lowest:g} to {each.highest:g}" for each in figures],
            width=130,
        ),
    ]


def _make_category_columns(
    figures: Sequence[Categories], filters: Sequence[TraceFilter]
) -> list[_Column]:
    """A column for each of the most frequent, with shares; the rest is counted together."""
    ordered = list_often_given(figures)
    shown, rest = ordered[:_MOST_CATEGORIES], ordered[_MOST_CATEGORIES:]
    columns = [
        _Column(
            label=value,
            cells=[_share_text(dict(each.counts).get(value, 0), each.count) for each in figures],
            leads_to=[replace(each, verdict_value=value) for each in filters],
            width=110,
            help="Click to list its traces.",
        )
        for value in shown
    ]
    if rest:
        counts = [sum(dict(each.counts).get(value, 0) for value in rest) for each in figures]
        columns.append(
            _Column(
                label="Others",
                cells=[_share_text(n, each.count) for n, each in zip(counts, figures, strict=True)],
                help=f"{len(rest)} other categories.",
            )
        )
    return columns


def _share_text(count: int, of: int) -> str:
    return f"{count / of:.0%} ({count:,})"
