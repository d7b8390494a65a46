"""What people, judges and code have said of a trace or a span, and a form to say more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from gwtrace_core.errors import RequestRefused, TrackingError
from gwtrace_core.trace.model import Assessment
from pages.ui.model_text import plain_label
from pages.ui.services import current_user, services

_SOURCES = {"HUMAN": "person", "LLM_JUDGE": "judge", "CODE": "code"}
_VALUE_CHARS = 300
_KINDS = {"yes_no": "Yes or no", "number": "Number", "text": "Text or category"}
_Value = bool | float | str


def trace_feedback(
    trace_id: str, assessments: Sequence[Assessment], *, span_id: str | None, span_name: str
) -> None:
    """Draw those that stand, newest last, and the form; replaced ones behind a twisty."""
    standing = [each for each in assessments if each.is_valid]
    replaced = [each for each in assessments if not each.is_valid]
    if not standing:
        st.caption("Nothing has been said of this trace yet.")
    for assessment in standing:
        _draw(trace_id, assessment)
    if replaced:
        with st.expander(f"{len(replaced)} replaced", type="compact"):
            for assessment in replaced:
                st.caption(_words(assessment))
    with st.popover("Add", icon=":material/add_comment:", key="traces.feedback.add"):
        _form(trace_id, span_id=span_id, span_name=span_name)


def _draw(trace_id: str, assessment: Assessment) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(_words(assessment), width="stretch")
        is_own = assessment.source_kind == "HUMAN" and assessment.source_id == current_user()
        if is_own:
            st.button(
                "Withdraw",
                icon=":material/undo:",
                key=f"traces.feedback.withdraw.{assessment.assessment_id}",
                type="tertiary",
                on_click=_withdraw,
                args=(trace_id, assessment.assessment_id),
            )


def _words(assessment: Assessment) -> str:
    value = assessment.value
    shown = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    source = _SOURCES.get(assessment.source_kind, assessment.source_kind.lower())
    kind = ":violet-badge[expectation] " if assessment.kind == "expectation" else ""
    words = f"{kind}**{plain_label(assessment.name)}**: {plain_label(shown, limit=_VALUE_CHARS)}"
    if assessment.rationale:
        words += f" · *{plain_label(assessment.rationale, limit=_VALUE_CHARS)}*"
    where = " · on a span" if assessment.span_id else ""
    return f"{words} :small[· {plain_label(assessment.source_id)} ({source}){where}]"


def _form(trace_id: str, *, span_id: str | None, span_name: str) -> None:
    key = f"traces.feedback.{trace_id}"
    picked = st.segmented_control(
        "Kind",
        ["feedback", "expectation"],
        default="feedback",
        required=True,
        format_func=str.capitalize,
        key=f"{key}.kind",
        help="An expectation is what the answer should have been.",
    )
    kind: Literal["feedback", "expectation"]
    kind = "expectation" if picked == "expectation" else "feedback"
    default = "expected_response" if kind == "expectation" else "quality"
    name = st.text_input("Name", default, key=f"{key}.name.{kind}")
    value = _value_input(kind, key)
    rationale = st.text_area("Comment", key=f"{key}.comment", height=80)
    on_span = span_id is not None and st.checkbox(
        f"On the span {plain_label(span_name)} only", key=f"{key}.on_span"
    )
    if st.button("Save", type="primary", key=f"{key}.save", disabled=value is None):
        try:
            services().traces.annotate(
                trace_id,
                kind=kind,
                name=name.strip(),
                value=value if value is not None else "",
                user=current_user(),
                rationale=rationale.strip() or None,
                span_id=span_id if on_span else None,
            )
        except (TrackingError, RequestRefused) as error:
            st.error(plain_label(f"{error.message} {error.hint}", limit=400))
            return
        st.rerun()
    st.caption("What you said before under the same name is kept as replaced.")


def _value_input(kind: str, key: str) -> _Value | None:
    if kind == "expectation":
        text = st.text_area("What it should have been", key=f"{key}.expected", height=100)
        return text.strip() or None
    sort = st.segmented_control(
        "Value",
        list(_KINDS),
        default="yes_no",
        required=True,
        format_func=lambda name: _KINDS[name],
        key=f"{key}.sort",
    )
    match sort:
        case "number":
            return st.number_input("Number", value=None, key=f"{key}.number")
        case "text":
            text = st.text_input("Text", key=f"{key}.text")
            return text.strip() or None
        case _:
            chosen = st.segmented_control("Answer", ["Yes", "No"], key=f"{key}.yes_no")
            return None if chosen is None else chosen == "Yes"


def _withdraw(trace_id: str, assessment_id: str) -> None:
    try:
        services().traces.withdraw(trace_id, assessment_id, user=current_user())
    except (TrackingError, RequestRefused) as error:
        st.toast(f"Not withdrawn. {error.message}", icon=":material/error:")
