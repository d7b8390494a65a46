"""A span's attributes as a table that can be searched, each value whole on demand; its links."""

from __future__ import annotations

import json
from typing import Any, cast

import streamlit as st

from gwtrace_core.trace.messages import is_unset
from gwtrace_core.trace.model import Span, SpanLink
from gwtrace_core.values import trace_names
from gwtrace_core.values.text import plural
from pages.ui.components.recorded_value import clean_text, draw_value
from pages.ui.draw.model_text import plain_label
from pages.ui.trace.link import draw_traces_link

_SHOWN_ELSEWHERE = {trace_names.SPAN_INPUTS, trace_names.SPAN_OUTPUTS}
_ATTRIBUTE_CHARS = 2_000
_SEARCHED_FROM = 12
"""So many attributes are more than one takes in at a glance."""
_SHOWN_LINKS = 50


def draw_attributes(span: Span, *, key: str) -> None:
    """All of them, but for those without a value; a ticked one is drawn whole below."""
    given: dict[str, Any] = {
        name: value
        for name, value in sorted(span.attributes.items())
        if name not in _SHOWN_ELSEWHERE and not is_unset(value)
    }
    left_out = sum(is_unset(value) for value in span.attributes.values())
    given |= {"span id": span.span_id, "parent id": span.parent_id or "none"}
    lines = {name: _to_line(value) for name, value in given.items()}
    if len(given) > _SEARCHED_FROM:
        lines = _search(given, lines, key=key)
    event = st.dataframe(
        [{"Attribute": clean_text(name), "Value": line} for name, line in lines.items()],
        hide_index=True,
        key=f"{key}.attributes",
        column_config={"Attribute": st.column_config.TextColumn(width="medium")},
        on_select="rerun",
        selection_mode="single-row",
        alt="The span's attributes",
    )
    if left_out:
        st.caption(f"{plural(left_out, 'attribute')} left out: recorded as not given.")
    ticked = cast("list[int]", cast(Any, event).selection.rows)
    names = [*lines]
    if ticked and ticked[0] < len(names):
        name = names[ticked[0]]
        st.caption(f"**{plain_label(clean_text(name))}**")
        draw_value(given[name], name=clean_text(name), key=f"{key}.attribute.{clean_text(name)}")
    elif any(len(line) > _ATTRIBUTE_CHARS for line in lines.values()):
        st.caption("Tick a row to see its whole value.")


def _search(given: dict[str, Any], lines: dict[str, str], *, key: str) -> dict[str, str]:
    """Those in whose name or value the typed text is, in any case."""
    wanted = st.text_input(
        "Search attributes",
        key=f"{key}.attributes.search",
        type="search",
        placeholder=f"Search {plural(len(given), 'attribute')}",
        label_visibility="collapsed",
        icon=":material/search:",
    )
    sought = (wanted or "").strip().casefold()
    found = {
        name: line
        for name, line in lines.items()
        if sought in name.casefold() or sought in _value_text(given[name]).casefold()
    }
    if sought:
        st.caption(f"{len(found):,} of {plural(len(given), 'attribute')}")
    return found


def _value_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def _to_line(value: Any) -> str:
    text = clean_text(_value_text(value))
    if len(text) <= _ATTRIBUTE_CHARS:
        return text
    return f"{text[:_ATTRIBUTE_CHARS]}… ({plural(len(text), 'character')})"


def draw_links(span: Span, *, key: str) -> None:
    """The spans that this one names as related, each a click away."""
    for number, link in enumerate(span.links[:_SHOWN_LINKS]):
        _draw_link(link, key=f"{key}.link{number}")
    if len(span.links) > _SHOWN_LINKS:
        st.caption(f"{plural(len(span.links) - _SHOWN_LINKS, 'further link')} not shown.")


def _draw_link(link: SpanLink, *, key: str) -> None:
    with st.container(border=True, gap="xsmall"):
        trace_id, span_id = (
            plain_label(clean_text(each)) for each in (link.trace_id, link.span_id)
        )
        st.markdown(f":small[Span {span_id} of the trace {trace_id}]")
        if link.attributes:
            draw_value(dict(link.attributes), name="link", key=key)
        draw_traces_link(link.trace_id, span_id=link.span_id, label="Open", key=f"{key}.open")
