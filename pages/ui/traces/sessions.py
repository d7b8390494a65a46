"""Conversations of the experiment, each with its turns a click away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from gwtrace_core.evaluation.sources import SessionTraces
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.trace.listing import ListedSession, SessionPage
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.text import MISSING, one_line, plural
from pages.ui.draw.evaluate_button import draw_evaluate_button
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import plain_label
from pages.ui.draw.tables import make_moment_column, table_height
from pages.ui.session.handover import OpenSession, lead_to_chat
from pages.ui.session.kept import recall
from pages.ui.session.services import services
from pages.ui.session.waiting import wait_for
from pages.ui.traces.filters import set_filter
from pages.ui.traces.state import TracesState
from pages.ui.traces.table import count_more, path_label

if TYPE_CHECKING:
    import pandas as pd

_TITLE_CHARS = 40
_NAME_CHARS = 24


def draw_session_list(state: TracesState) -> None:
    """Draw the conversations with the newest turns; older ones come when asked for."""
    source = services().traces
    try:
        page = wait_for(
            lambda: source.list_session_page(
                state.experiment_id, page_token=state.session_tokens[-1]
            ),
            words="Reading the sessions",
            skeleton_px=360,
        )
    except (TrackingError, RequestRefused) as error:
        show_error(error)
        st.button("Try again", icon=":material/refresh:", key="traces.sessions.retry")
        return
    sessions = _put_lanes_together(page.sessions)
    state.session_ids = tuple(session.session_id for session in sessions)
    if not page.sessions:
        with st.container(border=True):
            st.markdown("**No sessions yet**")
            st.caption("A conversation on the chat page is a session, and so is each lane.")
        return
    st.caption("Click a title to see the session's turns; their traces open from there.")
    st.dataframe(
        _make_frame(sessions),
        hide_index=True,
        height=table_height(len(page.sessions)),
        placeholder=MISSING,
        column_config=_column_config(),
        key="traces.sessions",
        alt="Sessions",
    )
    _draw_pager(state, page)


def _put_lanes_together(sessions: Sequence[ListedSession]) -> list[ListedSession]:
    """A comparison's lanes stand together by their letters, where the newest of them stood."""
    first: dict[str, int] = {}
    for place, session in enumerate(sessions):
        first.setdefault(session.comparison_id or session.session_id, place)
    return sorted(
        sessions, key=lambda each: (first[each.comparison_id or each.session_id], each.lane)
    )


def _draw_pager(state: TracesState, page: SessionPage) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Newer",
            icon=":material/chevron_left:",
            key="traces.sessions.back",
            on_click=_go_back,
            disabled=len(state.session_tokens) == 1,
        )
        st.button(
            "Older",
            icon=":material/chevron_right:",
            key="traces.sessions.next",
            on_click=_go_on,
            args=(page.next_token,),
            disabled=page.next_token is None,
        )
        words = f"Page {len(state.session_tokens)}, {plural(len(page.sessions), 'session')}"
        if not page.is_whole:
            words += f", from {page.looked_at:,} traces: the counts are lower bounds"
        st.caption(words)


def _go_back() -> None:
    tokens = recall(TracesState).session_tokens
    if len(tokens) > 1:
        tokens.pop()


def _go_on(token: str) -> None:
    recall(TracesState).session_tokens.append(token)


def draw_session_strip(state: TracesState) -> None:
    """Over the list of one session's turns: what one can do with the session."""
    session_id = state.filter.session_id
    if session_id is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", border=True):
        st.markdown(f":material/forum: Turns of the session `{plain_label(session_id)}`")
        wants_chat = st.button("Open in chat", icon=":material/chat:", key="traces.session.chat")
        draw_evaluate_button(SessionTraces(session_id=session_id), key="traces.session.evaluate")
    if wants_chat:
        lead_to_chat(OpenSession(session_id=session_id))


def _make_frame(sessions: Sequence[ListedSession]) -> pd.DataFrame:
    # Not at the top: pandas takes a while to load, and other pages can do without.
    import pandas as pd

    usages = [session.usage for session in sessions]
    return pd.DataFrame(
        {
            "title": [_title(session) for session in sessions],
            "lane": [session.lane for session in sessions],
            "models": [_few_text(session.models) for session in sessions],
            "paths": [
                _few_text([path_label(path) for path in each.sdk_paths]) for each in sessions
            ],
            "turns": [session.turn_count for session in sessions],
            "failed": [session.failed_count for session in sessions],
            "last": make_moment_column(each.last_ms for each in sessions),
            "in": pd.array([None if u is None else u.input_tokens for u in usages], dtype="Int64"),
            "out": pd.array(
                [None if u is None else u.output_tokens for u in usages], dtype="Int64"
            ),
            "cost": pd.array([session.cost_usd for session in sessions], dtype="Float64"),
            "users": [list(session.users) for session in sessions],
            "session": [session.session_id for session in sessions],
        }
    )


def _title(session: ListedSession) -> str:
    return one_line(session.title, _TITLE_CHARS) or "(untitled)"


def _few_text(names: Sequence[str]) -> str:
    """The newest, and how many more there are: a cell shows no more."""
    return "" if not names else count_more(one_line(names[0], _NAME_CHARS), len(names) - 1)


def _column_config() -> dict[str, Any]:
    column = st.column_config
    return {
        "title": column.ButtonColumn(
            "Begins with",
            type="tertiary",
            alignment="left",
            width=284,
            key="traces.sessions.open",
            on_click=_take_click,
        ),
        "lane": column.TextColumn("Lane", width=54, help="Of the comparison that it is part of."),
        "models": column.TextColumn("Model", width=130),
        "paths": column.TextColumn("SDK path", width=158),
        "turns": column.NumberColumn("Turns", width=58),
        "failed": column.NumberColumn("Failed", width=60),
        "last": column.DatetimeColumn(
            "Last turn", format="D MMM HH:mm:ss", timezone=st.context.timezone, width=110
        ),
        "in": column.NumberColumn("Tokens in", format="localized", width=76),
        "out": column.NumberColumn("Tokens out", format="localized", width=80),
        "cost": column.NumberColumn("Cost", format="$%.6f", width=84),
        "users": column.ListColumn("Users", width="small"),
        "session": column.TextColumn("Session", width="small"),
    }


def _take_click() -> None:
    click: Any = st.session_state.get("traces.sessions.open")
    state = recall(TracesState)
    if click is not None and click["row"] < len(state.session_ids):
        show_turns(state.session_ids[click["row"]])


def show_turns(session_id: str) -> None:
    """List the session's turns in their order, and nothing else."""
    state = recall(TracesState)
    # What the address said is over, also where the list has not been drawn before.
    state.has_read_address = True
    state.view = "traces"
    state.since = "any"
    state.order = "oldest"
    set_filter(state, TraceFilter(session_id=session_id))
    for name in ("traces.f.order", "traces.f.since", "traces.view"):
        st.session_state.pop(name, None)
