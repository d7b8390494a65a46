"""What was said of the trace that is shown, and a form to say more of it or of a span."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from gwtrace_core.trace.model import Assessment
from pages.ui.feedback_form import feedback_form
from pages.ui.feedback_said import Subject, said_list


def trace_feedback(
    trace_id: str, assessments: Sequence[Assessment], *, span_id: str | None, span_name: str
) -> None:
    """Draw those that stand, newest last, and the form; replaced ones behind a twisty."""
    subject = Subject(
        trace_id=trace_id,
        key=f"traces.feedback.{trace_id}",
        sorts=("yes_no", "stars", "number", "category", "expectation"),
        said=tuple(assessments),
        told=_told,
        span_id=span_id,
        span_name=span_name,
    )
    if not any(each.is_valid for each in assessments):
        st.caption("Nothing has been said of this trace yet.")
    said_list(subject)
    with (
        st.container(key="traces.feedback.add"),
        st.popover(
            "Add", icon=":material/add_comment:", key=f"{subject.key}.open", on_change="rerun"
        ) as form,
    ):
        if form.open:
            feedback_form(subject)


def _told(_: tuple[Assessment, ...]) -> None:
    """The page reads them with the trace, where they are kept up to date."""
