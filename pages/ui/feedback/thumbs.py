"""Thumbs on a turn in one click, and more in a drawer: stars, a category, what was expected.

All of it is kept on the turn's trace as MLflow assessments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import streamlit as st

from gwtrace_core.trace.feedback import VERDICT
from gwtrace_core.trace.model import Assessment
from gwtrace_core.values.errors import RequestRefused, TrackingError
from pages.ui.draw.model_text import plain_label
from pages.ui.feedback.form import draw_feedback_drawer
from pages.ui.feedback.said import Subject
from pages.ui.feedback.state import close_form, find_open_form, open_form
from pages.ui.feedback.words import is_own
from pages.ui.session.services import current_user, services
from pages.ui.session.turns import ChatTurn


def find_own_verdict(assessments: Iterable[Assessment]) -> Assessment | None:
    """This user's valid thumb among a trace's assessments."""
    own = [
        each
        for each in assessments
        if each.kind == "feedback"
        and each.name == VERDICT
        and each.is_valid
        and not each.span_id
        and is_own(each)
    ]
    return own[-1] if own else None


def draw_verdict_buttons(turn: ChatTurn, *, place: str) -> None:
    """Draw the thumbs, and a button for the form of `draw_turn_feedback`.

    A failure to store is said, not swallowed.
    """
    key = f"{place}.{turn.turn_id}"
    thumbs_key = f"{key}.thumbs"
    st.feedback(
        "thumbs",
        key=thumbs_key,
        # Only to begin with: later the widget's own value is kept up to date.
        default=None if thumbs_key in st.session_state else _find_thumb(turn.assessments),
        disabled=turn.trace_id is None,
        on_change=_store,
        args=(turn, key),
    )
    st.button(
        "",
        icon=":material/rate_review:",
        type="tertiary",
        help="More feedback: stars, a category, a comment, the answer that was expected",
        key=f"{key}.more",
        disabled=turn.trace_id is None,
        on_click=_open,
        args=(turn, place),
    )


def draw_turn_feedback(page: str, find_turn: Callable[[str], ChatTurn | None]) -> None:
    """Draw the form for more feedback, if it is open for one of the page's turns."""
    place, turn_id = find_open_form() or ("", "")
    turn = find_turn(turn_id) if place == f"{page}.verdict" else None
    if turn is None or turn.trace_id is None:
        close_form()
        return
    key = f"{place}.{turn_id}"
    subject = Subject(
        trace_id=turn.trace_id,
        place=place,
        of=turn_id,
        sorts=("thumbs", "stars", "category", "expectation"),
        said=turn.assessments,
        told=lambda said: _tell(turn, key, said),
    )
    draw_feedback_drawer(subject, lists_said=True)


def _find_thumb(assessments: Iterable[Assessment]) -> int | None:
    given = find_own_verdict(assessments)
    return None if given is None else int(bool(given.value))


def _tell(turn: ChatTurn, key: str, said: tuple[Assessment, ...]) -> None:
    turn.assessments = said
    st.session_state[f"{key}.thumbs"] = _find_thumb(said)


def _open(turn: ChatTurn, place: str) -> None:
    """Others may have said something since."""
    if turn.trace_id is None:
        return
    open_form(place, turn.turn_id)
    try:
        _tell(turn, f"{place}.{turn.turn_id}", services().traces.read_assessments(turn.trace_id))
    except TrackingError as error:
        st.toast(plain_label(f"What others said is not known. {error.message}", limit=400))


def _store(turn: ChatTurn, key: str) -> None:
    if turn.trace_id is None:
        return
    value = st.session_state.get(f"{key}.thumbs")
    given = find_own_verdict(turn.assessments)
    traces = services().traces
    try:
        if value is not None:
            traces.annotate(
                turn.trace_id,
                kind="feedback",
                name=VERDICT,
                value=bool(value),
                user=current_user(),
                rationale=None if given is None else given.rationale,
            )
        elif given is not None:
            traces.withdraw(turn.trace_id, given.assessment_id, user=current_user())
        turn.assessments = traces.read_assessments(turn.trace_id)
    except (TrackingError, RequestRefused) as error:
        st.toast(plain_label(f"The verdict was not stored. {error.message}", limit=400))
