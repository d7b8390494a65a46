"""Thumbs with a comment, kept on the turn's trace as an MLflow assessment."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from gwtrace_core.errors import TrackingError
from gwtrace_core.trace.model import Assessment
from gwtrace_core.tracing.store import VERDICT
from pages.ui.model_text import plain_label
from pages.ui.services import current_user, services
from pages.ui.state import ChatTurn, find_turn


def own_verdict(assessments: Iterable[Assessment]) -> Assessment | None:
    """This user's valid verdict among a trace's assessments."""
    own = [
        each
        for each in assessments
        if each.name == VERDICT and each.is_valid and each.source_id == current_user()
    ]
    return own[-1] if own else None


def verdict_buttons(turn: ChatTurn, *, key: str) -> None:
    """Draw the thumbs and, once given, the comment. A failure to store is said, not swallowed."""
    given = None if turn.verdict is None else int(bool(turn.verdict.value))
    st.feedback(
        "thumbs",
        key=f"{key}.thumbs",
        default=given,
        disabled=turn.trace_id is None,
        on_change=_store,
        args=(turn.turn_id, key),
    )
    if turn.verdict is None:
        return
    comment = turn.verdict.rationale or ""
    label = plain_label(comment, limit=24) if comment else "Comment"
    with st.popover(label, icon=":material/comment:", type="tertiary", key=f"{key}.popover"):
        st.text_area("Comment", comment, key=f"{key}.comment", height=90)
        with st.container(horizontal=True):
            st.button(
                "Save",
                key=f"{key}.save",
                type="primary",
                on_click=_store,
                args=(turn.turn_id, key),
            )
            st.button(
                "Withdraw", key=f"{key}.withdraw", on_click=_withdraw, args=(turn.turn_id, key)
            )
        st.caption("Stored on the trace as an MLflow assessment; an edit keeps the old one.")


def _store(turn_id: str, key: str) -> None:
    turn = find_turn(turn_id)
    if turn is None or turn.trace_id is None:
        return
    value = st.session_state.get(f"{key}.thumbs")
    try:
        if value is None:
            services().store.withdraw_verdict(turn.trace_id, user=current_user())
            turn.verdict = None
            return
        turn.verdict = services().store.set_verdict(
            turn.trace_id,
            value=bool(value),
            comment=st.session_state.get(f"{key}.comment") or None,
            user=current_user(),
        )
    except TrackingError as error:
        st.toast(f"The verdict was not stored. {error.message}", icon=":material/error:")


def _withdraw(turn_id: str, key: str) -> None:
    st.session_state[f"{key}.thumbs"] = None
    st.session_state[f"{key}.comment"] = ""
    _store(turn_id, key)
