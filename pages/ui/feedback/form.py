"""A form to say something of a trace or a span, in a drawer beside what it is said of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import streamlit as st

from gwtrace_core.trace.feedback import STARS, VERDICT
from gwtrace_core.trace.feedback_summary.summary import FeedbackName
from gwtrace_core.trace.model import Assessment
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.trace_names import EXPECTED_RESPONSE
from pages.ui.draw.model_text import plain_label
from pages.ui.feedback.said import Sort, Subject, draw_said_list, find_sort
from pages.ui.feedback.state import close_form, recall_names
from pages.ui.feedback.words import is_own
from pages.ui.session.services import current_user, services

_LABELS: Mapping[Sort, str] = {
    "thumbs": "Thumbs",
    "yes_no": "Yes or no",
    "stars": "Stars",
    "number": "Number",
    "category": "Category",
    "expectation": "Expected",
}
_NAMES: Mapping[Sort, str] = {
    "thumbs": VERDICT,
    "yes_no": "quality",
    "stars": "quality",
    "number": "quality",
    "category": "category",
    "expectation": EXPECTED_RESPONSE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """What is being written; `place` is a part of the widgets' keys."""

    subject: Subject
    sort: Sort
    name: str
    span_id: str | None
    own: Assessment | None
    """What the user says under that name by now."""

    @property
    def place(self) -> str:
        # Once it is stored the widgets are others, and begin with what was stored.
        own_id = "new" if self.own is None else self.own.assessment_id
        return f"{self.subject.key}.{self.sort}.{own_id}"

    @property
    def own_value(self) -> Any:
        """To begin with; None where something of another sort was said."""
        if self.own is None or find_sort(self.own, (self.sort,)) != self.sort:
            return None
        return self.own.value


@st.dialog("Feedback", position="right", icon=":material/rate_review:", on_dismiss=close_form)
def draw_feedback_drawer(subject: Subject, *, lists_said: bool) -> None:
    """Draw the form, and above it what was said if that is not in sight on the page.

    What the user said before under the same name is filled in.
    """
    if lists_said:
        draw_said_list(subject)
    _draw_form(subject)


def _draw_form(subject: Subject) -> None:
    key = subject.key
    # Not as a default: *Edit* sets it as well, and Streamlit takes one or the other.
    st.session_state.setdefault(f"{key}.sort", subject.sorts[0])
    picked = st.segmented_control(
        "Say",
        list(subject.sorts),
        required=True,
        format_func=lambda sort: _LABELS[sort],
        key=f"{key}.sort",
        label_visibility="collapsed",
    )
    sort = cast(Sort, picked)
    used = _list_used_names(subject)
    name = _draw_name_input(sort, used, key)
    on_span = subject.span_id is not None and st.checkbox(
        f"On the span {plain_label(subject.span_name)} only", key=f"{key}.on_span"
    )
    span_id = subject.span_id if on_span else None
    own = _find_own(subject, sort, name, span_id)
    draft = _Draft(subject=subject, sort=sort, name=name, span_id=span_id, own=own)
    _draw_value_input(draft, used)
    st.text_area(
        "Comment",
        "" if own is None else own.rationale or "",
        key=f"{draft.place}.comment",
        height=80,
    )
    if own is not None:
        st.caption("What you said before is kept as replaced.")
    if st.button("Save", type="primary", key=f"{key}.save") and _save(draft):
        close_form()
        # A click in a drawer draws only the drawer.
        st.rerun()


def _list_used_names(subject: Subject) -> tuple[FeedbackName, ...]:
    """What names there are: asked for once, and again when something else was said."""
    return recall_names((subject.key, subject.said), _ask_names)


def _ask_names() -> tuple[FeedbackName, ...]:
    try:
        return services().traces.list_feedback_names()
    except TrackingError:
        # Only to pick from: what is typed goes as well.
        return ()


def _draw_name_input(sort: Sort, used: tuple[FeedbackName, ...], key: str) -> str:
    usual = _NAMES[sort]
    if sort == "thumbs":
        return usual
    if sort == "expectation":
        st.session_state.setdefault(f"{key}.name.{sort}", usual)
        return st.text_input("Name", key=f"{key}.name.{sort}").strip() or usual
    names = [usual, *(each.name for each in used if each.name != usual)]
    kept = st.session_state.get(f"{key}.name.{sort}")
    if isinstance(kept, str) and kept not in names:
        names.append(kept)
    picked = st.selectbox(
        "Name",
        names,
        accept_new_options=True,
        key=f"{key}.name.{sort}",
        help="What it judges: pick one that was used before, or type another.",
    )
    return (picked or usual).strip()


def _find_own(subject: Subject, sort: Sort, name: str, span_id: str | None) -> Assessment | None:
    kind = "expectation" if sort == "expectation" else "feedback"
    found = [
        each
        for each in subject.said
        if each.is_valid
        and is_own(each)
        and (each.kind, each.name, each.span_id or None) == (kind, name, span_id)
    ]
    return found[-1] if found else None


def _draw_value_input(draft: _Draft, used: tuple[FeedbackName, ...]) -> None:
    key, value = f"{draft.place}.value", draft.own_value
    match draft.sort:
        case "thumbs":
            st.feedback("thumbs", key=key, default=None if value is None else int(value))
        case "stars":
            st.feedback("stars", key=key, default=None if value is None else int(value) - 1)
        case "yes_no":
            given = None if value is None else ("Yes" if value else "No")
            st.segmented_control("Answer", ["Yes", "No"], default=given, key=key)
        case "number":
            st.number_input("Number", value=None if value is None else float(value), key=key)
        case "category":
            known = next((each.categories for each in used if each.name == draft.name), ())
            options = list(dict.fromkeys([*known, *([] if value is None else [value])]))
            st.selectbox(
                "Category",
                options,
                index=None if value is None else options.index(value),
                accept_new_options=True,
                placeholder="Pick one or type another",
                key=key,
            )
        case "expectation":
            text = "" if value is None else str(value)
            st.text_area("What it should have been", text, key=key, height=100)


def _read_value(draft: _Draft) -> bool | float | str | None:
    """The value as it is stored; None while there is none."""
    value: Any = st.session_state.get(f"{draft.place}.value")
    if value is None:
        return None
    match draft.sort:
        case "thumbs":
            return bool(value)
        case "stars":
            return int(value) + 1
        case "yes_no":
            return bool(value == "Yes")
        case "number":
            return float(value)
        case "category" | "expectation":
            return str(value).strip() or None


def _save(draft: _Draft) -> bool:
    """Whether it was stored."""
    subject = draft.subject
    value = _read_value(draft)
    if value is None:
        st.toast("Nothing was stored: there is no value yet.", icon=":material/info:")
        return False
    comment = str(st.session_state.get(f"{draft.place}.comment") or "").strip()
    try:
        services().traces.annotate(
            subject.trace_id,
            kind="expectation" if draft.sort == "expectation" else "feedback",
            name=draft.name,
            value=value,
            user=current_user(),
            rationale=comment or None,
            span_id=draft.span_id,
            metadata=STARS if draft.sort == "stars" else None,
        )
        subject.told(services().traces.read_assessments(subject.trace_id))
    except (TrackingError, RequestRefused) as error:
        st.toast(plain_label(f"Not stored. {error.message} {error.hint}", limit=400))
        return False
    return True
