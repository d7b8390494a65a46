"""Feedback over time: a point for each group in each stretch; a click lists its traces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from gwtrace_core.trace.feedback_summary.summary import (
    Categories,
    GroupBy,
    GroupKey,
    Numbers,
    Point,
    Section,
    YesNo,
    traces_of,
)
from gwtrace_core.trace.filters import TraceFilter, merge_filters

_HEIGHT_PX = 280
_MOST_GROUPS = 10
_PICKED = "picked"


def draw_feedback_chart(
    section: Section,
    *,
    by: GroupBy,
    words: Callable[[GroupKey], str],
    chosen: TraceFilter,
    show: Callable[[TraceFilter], None],
    key: str,
) -> None:
    """Draw it where there is more than one stretch of time, of the groups with most feedback."""
    if len({point.start_ms for point in section.points}) < 2:
        st.caption("All of these traces began close together: there is nothing to draw over time.")
        return
    drawn = {row.key for row in section.rows[:_MOST_GROUPS]}
    points = [point for point in section.points if point.key in drawn]
    records, filters = _make_records(points, by=by, words=words, chosen=chosen)
    st.altair_chart(
        _make_chart(section, records, has_groups=len(drawn) > 1),
        key=key,
        on_select=lambda: _take_pick(key, filters, show),
        selection_mode=_PICKED,
        alt="Feedback over time",
    )
    note = "By when the traces began. Click a point to list its traces."
    if section.kind == "category":
        note = "By when the traces began, all groups together. Click a bar to list its traces."
    if len(section.rows) > _MOST_GROUPS:
        note += f" Drawn are the {_MOST_GROUPS} groups with most feedback."
    st.caption(note)


def _make_records(
    points: Sequence[Point],
    *,
    by: GroupBy,
    words: Callable[[GroupKey], str],
    chosen: TraceFilter,
) -> tuple[list[dict[str, Any]], list[TraceFilter]]:
    """What is drawn, and for each of it the filter of its traces: `id` is the place of it."""
    records: list[dict[str, Any]] = []
    filters: list[TraceFilter] = []
    for point in points:
        after_ms = max(point.start_ms, chosen.after_ms or 0)
        within = merge_filters(chosen, traces_of(by, point.key))
        within = replace(within, after_ms=after_ms, before_ms=point.end_ms)
        common = {"start": point.start_ms, "group": words(point.key)}
        match point.figures:
            case YesNo(count=count, share=share):
                records.append({**common, "value": share, "count": count})
                filters.append(within)
            case Numbers(count=count, mean=mean):
                records.append({**common, "value": mean, "count": count})
                filters.append(within)
            case Categories(counts=counts):
                for category, count in counts:
                    records.append({**common, "category": category, "count": count})
                    filters.append(replace(within, verdict_value=category))
    return [{"id": place, **record} for place, record in enumerate(records)], filters


def _make_chart(section: Section, records: list[dict[str, Any]], *, has_groups: bool) -> Any:
    # Not at the top: they take a while to load, and the list comes first.
    import altair as alt
    import pandas as pd

    picked = alt.selection_point(name=_PICKED, fields=["id"], on="click", empty=False)
    base = alt.Chart(pd.DataFrame(records)).encode(
        x=alt.X("start:T", title=None, axis=alt.Axis(labelOverlap=True)),
    )
    count = alt.Tooltip("count:Q", title="given")
    when = alt.Tooltip("start:T", title="from", format="%d %b %Y %H:%M")
    group = alt.Tooltip("group:N", title="of")
    if section.kind == "category":
        bars = base.mark_bar().encode(
            y=alt.Y("count:Q", title="given", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color("category:N", title=None, legend=alt.Legend(orient="bottom")),
            tooltip=[alt.Tooltip("category:N"), group, count, when],
        )
        return bars.add_params(picked).properties(height=_HEIGHT_PX)
    share = section.kind == "yes_no"
    y = alt.Y(
        "value:Q",
        title="positive" if share else "mean",
        scale=alt.Scale(domain=[0, 1]) if share else alt.Scale(zero=False),
        axis=alt.Axis(format="%") if share else alt.Axis(),
    )
    legend = alt.Legend(orient="bottom", labelLimit=260, columns=4) if has_groups else None
    coloured = base.encode(y=y, color=alt.Color("group:N", title=None, legend=legend))
    line = coloured.mark_line(opacity=0.4)
    value = alt.Tooltip(
        "value:Q", title="positive" if share else "mean", format=".0%" if share else ".2f"
    )
    dots = coloured.mark_circle(opacity=0.9).encode(
        size=alt.Size("count:Q", scale=alt.Scale(range=[60, 400]), legend=None),
        tooltip=[group, value, count, when],
    )
    return alt.layer(line, dots.add_params(picked)).properties(height=_HEIGHT_PX)


def _take_pick(key: str, filters: list[TraceFilter], show: Callable[[TraceFilter], None]) -> None:
    event: Any = st.session_state.get(key)
    chosen = [] if event is None else event["selection"].get(_PICKED, [])
    if chosen and (place := int(chosen[0]["id"])) < len(filters):
        show(filters[place])
