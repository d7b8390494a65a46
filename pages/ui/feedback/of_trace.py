"""What was said of the trace that is shown, and a form to say more of it or of a span."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from gwtrace_core.trace.model import Assessment
from pages.ui.feedback.form import draw_feedback_drawer
from pages.ui.feedback.said import Subject, draw_said_list
from pages.ui.feedback.state import find_open_form, open_form

_PLACE = "traces.feedback"


def draw_trace_feedback(
    trace_id: str, assessments: Sequence[Assessment], *, span_id: str | None, span_name: str
) -> None:
    """Draw those that stand, newest last; replaced ones behind a twisty, the form in a drawer."""
    subject = Subject(
        trace_id=trace_id,
        place=_PLACE,
        of=trace_id,
        sorts=("yes_no", "stars", "number", "category", "expectation"),
        said=tuple(assessments),
        told=_leave_to_page,
        span_id=span_id,
        span_name=span_name,
    )
    if not any(each.is_valid for each in assessments):
        st.caption("Nothing has been said of this trace yet.")
    draw_said_list(subject)
    st.button(
        "Add",
        icon=":material/add_comment:",
        key="traces.feedback.add",
        on_click=open_form,
        args=(_PLACE, trace_id),
    )
    if find_open_form() == (_PLACE, trace_id):
        draw_feedback_drawer(subject, lists_said=False)


def _leave_to_page(_: tuple[Assessment, ...]) -> None:
    """The page reads them with the trace, where they are kept up to date."""
