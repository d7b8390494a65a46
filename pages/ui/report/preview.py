"""What is in a report's dialog: what would leave, what is left out, and the download."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import Lane
from gwtrace_core.values.text import bytes_text, plural
from pages.ui.draw.model_text import plain_label

if TYPE_CHECKING:
    from gwtrace_core.report.values import (
        ExportedItem,
        RenderedReport,
        ReportParts,
    )

TITLE_CHARS = 120


def preview_report(
    make: Callable[[str, ReportParts, datetime], RenderedReport],
    *,
    title: str,
    running_count: int,
    key: str,
    has_code: bool = True,
    first_switch: Callable[[], object] | None = None,
) -> None:
    """Preview what the file would hold, leave parts out, and download it."""
    st.caption("One HTML file that opens anywhere, without a network. Nothing is sent from here.")
    if running_count:
        count = plural(running_count, "answer")
        st.warning(f"{count} still on the way, told as far as it has come.")
    title = st.text_input("Title", title, max_chars=TITLE_CHARS, key=f"{key}.title")
    parts = _draw_switches(key, has_code=has_code, first_switch=first_switch)
    now = datetime.now().astimezone()
    try:
        report = make(title, parts, now)
    except RequestRefused as refused:
        st.error(plain_label(refused.message, limit=300), icon=":material/error:")
        return
    data = report.html.encode()
    st.download_button(
        f"Download, {bytes_text(len(data))}",
        lambda: data,
        file_name=f"gwtrace_report_{now:%Y-%m-%d}.html",
        mime="text/html",
        icon=":material/download:",
        type="primary",
        on_click="ignore",
        key=f"{key}.download",
    )
    for sentence in report.left_out:
        st.caption(f":material/info: {sentence}")
    st.markdown("**What the file holds**")
    st.markdown("\n".join(_preview_line(item) for item in report.leaves))


def _draw_switches(
    key: str, *, has_code: bool, first_switch: Callable[[], object] | None
) -> ReportParts:
    from gwtrace_core.report.values import ReportParts

    with st.container(horizontal=True, gap="medium"):
        if first_switch is not None:
            first_switch()
        return ReportParts(
            system_prompts=st.toggle("System prompts", True, key=f"{key}.prompts"),
            trace_payloads=st.toggle(
                "Trace payloads",
                True,
                key=f"{key}.payloads",
                help="Inputs, outputs, attributes and events of the spans. Without them the trees "
                "keep names, models, times, tokens, costs and error messages.",
            ),
            code=has_code and st.toggle("Code", True, key=f"{key}.code"),
            user_name=st.toggle("User name", False, key=f"{key}.user"),
        )


def _preview_line(item: ExportedItem) -> str:
    # With something invisible in it an address stays text; Markdown would make a link of it.
    detail = plain_label(item.detail, limit=200).replace("@", "@\ufeff")
    line = f"- **{item.name}**: {detail}"
    if not item.is_included:
        line += " :gray-badge[left out]"
    if item.masked:
        found = ", ".join(plural(mask.count, mask.what) for mask in item.masked)
        line += f" :orange-badge[masked: {found}]"
    return line


def title_lanes(lanes: Sequence[Lane], noun: str, verb: str = "") -> str:
    """A title to begin with: `gpt-5.2, 3 lanes compared`, or the models."""
    models = list(dict.fromkeys(lane.model for lane in lanes))
    if len(models) == 1:
        return f"{models[0]}, {plural(len(lanes), noun)} {verb}".strip()[:TITLE_CHARS]
    return " · ".join(models)[:TITLE_CHARS]
