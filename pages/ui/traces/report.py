"""The report of one trace, whoever made it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from gwtrace_core.trace.preview import preview_text
from gwtrace_core.trace.view import TraceView
from pages.ui.report.content import build_tree_component, list_private_paths, list_versions
from pages.ui.report.preview import TITLE_CHARS, preview_report
from pages.ui.session.known_secrets import list_known_secrets
from pages.ui.session.services import services

if TYPE_CHECKING:
    from gwtrace_core.report.trace import TraceReportInput
    from gwtrace_core.report.values import ReportParts


@st.dialog("This trace as one file", width="large", icon=":material/ios_share:")
def draw_trace_report(view: TraceView) -> None:
    """The report of one trace, whoever made it."""
    # Not at the top: few make a report, and everybody would wait for it.
    from gwtrace_core.report.trace import render_trace_report

    preview_report(
        lambda title, parts, now: render_trace_report(
            _build_input(view, title=title, parts=parts, made_at=now)
        ),
        title=" ".join(preview_text(view.trace.summary.request_preview).split())[:TITLE_CHARS]
        or "Trace",
        running_count=0,
        key="traces.report",
        has_code=False,
    )


def _build_input(
    view: TraceView, *, title: str, parts: ReportParts, made_at: datetime
) -> TraceReportInput:
    """One trace as it was read."""
    from gwtrace_core.report.trace import TraceReportInput

    tracking_uri = services().settings.tracking_uri
    return TraceReportInput(
        title=title.strip() or "Trace",
        made_at=made_at,
        view=view,
        tree=build_tree_component(),
        tracking_uri=tracking_uri or "",
        parts=parts,
        secrets=list_known_secrets(),
        private_paths=list_private_paths(),
        versions=list_versions(),
    )
