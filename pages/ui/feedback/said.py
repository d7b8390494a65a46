"""What was said of a trace or a span, one's own to edit and withdraw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from gwtrace_core.trace.feedback import VERDICT, kind_of
from gwtrace_core.trace.model import Assessment
from gwtrace_core.values.errors import RequestRefused, TrackingError
from pages.ui.draw.model_text import plain_label
from pages.ui.feedback.state import open_form
from pages.ui.feedback.words import is_own, said_words
from pages.ui.session.services import current_user, services

Sort = Literal["thumbs", "yes_no", "stars", "number", "category", "expectation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What something is said of, and where on the page."""

    trace_id: str
    place: str
    of: str
    """The id of the turn or trace that it is drawn for."""
    sorts: tuple[Sort, ...]
    """What can be given; the first is offered."""
    said: tuple[Assessment, ...]
    """So far, replaced ones included."""
    told: Callable[[tuple[Assessment, ...]], None]
    """Gets what is said once that has changed."""
    span_id: str | None = None
    span_name: str = ""
    """Of a span that it can be said of instead."""

    @property
    def key(self) -> str:
        """Before the keys of all widgets."""
        return f"{self.place}.{self.of}"


def find_sort(assessment: Assessment, sorts: tuple[Sort, ...]) -> Sort | None:
    """Which of these it could have been given as."""
    fits: tuple[Sort, ...]
    match kind_of(assessment.value):
        case _ if assessment.kind == "expectation":
            fits = ("expectation",)
        case "yes_no":
            fits = ("thumbs", "yes_no") if assessment.name == VERDICT else ("yes_no",)
        case "number":
            fits = ("stars", "number") if assessment.is_stars else ("number",)
        case "category":
            fits = ("category",)
        case None:
            fits = ()
    return next((each for each in fits if each in sorts), None)


def draw_said_list(subject: Subject) -> None:
    """What stands, newest last, one's own to edit and withdraw; replaced ones behind a twisty."""
    standing = [each for each in subject.said if each.is_valid]
    replaced = [each for each in subject.said if not each.is_valid]
    for assessment in standing:
        _draw_said(subject, assessment)
    if replaced:
        with st.expander(f"{len(replaced)} replaced", type="compact"):
            for assessment in replaced:
                st.caption(said_words(assessment))


def _draw_said(subject: Subject, assessment: Assessment) -> None:
    key = f"{subject.key}.{{}}.{assessment.assessment_id}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(said_words(assessment), width="stretch")
        if not is_own(assessment):
            return
        is_here = not assessment.span_id or subject.span_id is not None
        if is_here and find_sort(assessment, subject.sorts) is not None:
            st.button(
                "Edit",
                icon=":material/edit:",
                key=key.format("edit"),
                type="tertiary",
                on_click=_edit,
                args=(subject, assessment),
            )
        wants_back = st.button(
            "Withdraw", icon=":material/undo:", key=key.format("withdraw"), type="tertiary"
        )
    if wants_back and _withdraw(subject, assessment.assessment_id):
        # The form may be open, and a click in it draws nothing else.
        st.rerun()


def _edit(subject: Subject, assessment: Assessment) -> None:
    """Have the form begin with it."""
    sort = find_sort(assessment, subject.sorts)
    st.session_state[f"{subject.key}.sort"] = sort
    st.session_state[f"{subject.key}.name.{sort}"] = assessment.name
    open_form(subject.place, subject.of)
    st.session_state[f"{subject.key}.on_span"] = bool(assessment.span_id)
    if assessment.span_id:
        st.query_params["span"] = assessment.span_id


def _withdraw(subject: Subject, assessment_id: str) -> bool:
    """Whether it is gone."""
    try:
        services().traces.withdraw(subject.trace_id, assessment_id, user=current_user())
        subject.told(services().traces.read_assessments(subject.trace_id))
    except (TrackingError, RequestRefused) as error:
        st.toast(plain_label(f"Not withdrawn. {error.message}", limit=400))
        return False
    return True
