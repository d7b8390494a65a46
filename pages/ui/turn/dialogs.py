"""Dialogs about one turn: the call as a script, and the way into MLflow's own pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import streamlit as st

from gwtrace_core.lanes.open_in_chat import OpenedConversation
from gwtrace_core.mlflow_store.pages.server import MlflowUi, UiFailed, UiOff, UiReady, UiStarting
from gwtrace_core.values.connection import Target
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.masking import Masker
from gwtrace_core.values.request import ChatRequest
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import plain_label
from pages.ui.feedback.thumbs import draw_turn_feedback
from pages.ui.lane.targets import find_target
from pages.ui.lane.turn_requests import find_call
from pages.ui.session.kept import recall
from pages.ui.session.known_secrets import list_known_secrets
from pages.ui.session.services import services
from pages.ui.session.turns import ChatTurn

_RECHECK_S = 1.0
DialogKind = Literal["code", "mlflow", "report"]


@dataclass(slots=True, kw_only=True)
class _Dialogs:
    """The dialog that the next run is to draw: its kind, and the id of what it is about."""

    asked: tuple[DialogKind, str] | None = None


class HeldTurns(Protocol):
    """The turns of a page."""

    def find_turn(self, turn_id: str) -> ChatTurn | None:
        """The turn by its id."""
        ...

    def turns_before(self, turn: ChatTurn) -> Sequence[ChatTurn]:
        """Those that it went on from."""
        ...


def open_dialog(kind: DialogKind, of: str) -> None:
    """Have a dialog drawn in this run: about a turn, or the report of a comparison."""
    recall(_Dialogs).asked = (kind, of)


def draw_asked_dialog(
    page: str, turns: HeldTurns, *, report: Callable[[], None] | None = None
) -> tuple[DialogKind, str] | None:
    """Draw the dialog that a click asked for, if one did, and say which.

    Closing it runs the page again, so a page that has drawn it knows that it is still open.
    `report` draws that of the page, where it has one.
    """
    dialogs = recall(_Dialogs)
    asked, dialogs.asked = dialogs.asked, None
    if asked is not None and asked[0] == "report" and report is not None:
        report()
        return asked
    turn = None if asked is None else turns.find_turn(asked[1])
    if asked is None or turn is None:
        # There can be one at a time; this one keeps by itself that it is open.
        draw_turn_feedback(page, turns.find_turn)
        return None
    if asked[0] == "code":
        draw_code_dialog(turn, turns.turns_before(turn))
    else:
        draw_mlflow_dialog(turn.trace_id)
    return asked


@st.dialog("Code of this call", width="large", icon=":material/code:", on_dismiss="rerun")
def draw_code_dialog(turn: ChatTurn, earlier: Sequence[ChatTurn]) -> None:
    """The call as a script that runs on its own; the key is only an environment variable."""
    try:
        request, target = find_call(turn, earlier)
    except RequestRefused as refused:
        show_error(refused)
        return
    _draw_code(request, target)


@st.dialog("Code of this call", width="large", icon=":material/code:")
def draw_recorded_code_dialog(opened: OpenedConversation) -> None:
    """The same of a call that was found in a trace."""
    try:
        target = find_target(opened.lane)
    except RequestRefused as refused:
        show_error(refused)
        return
    _draw_code(ChatRequest(lane=opened.lane, messages=opened.messages), target)
    for sentence in opened.left_out:
        st.caption(f"Left out: {plain_label(sentence, limit=300)}")


def _draw_code(request: ChatRequest, target: Target) -> None:
    python, curl = st.tabs(["Python", "curl"])
    with python:
        st.caption("Reproduces the call by the same SDK path, tools and autolog lines included.")
        _draw_text(
            lambda: _make_script(request, target), language="python", file_name="gwtrace_call.py"
        )
    with curl:
        st.caption("One request to the same API, with the same settings. It leaves no trace.")
        _draw_text(
            lambda: _make_curl(request, target), language="bash", file_name="gwtrace_call.sh"
        )


def _draw_text(make: Callable[[], str], *, language: str, file_name: str) -> None:
    try:
        text = Masker(list_known_secrets()).text(make())
    except RequestRefused as refused:
        show_error(refused)
        return
    st.code(text, language=language, height=420)
    st.download_button(
        "Download",
        lambda: text,
        file_name=file_name,
        mime="text/plain",
        icon=":material/download:",
        on_click="ignore",
        key=f"chat.code.download.{language}",
    )


def _make_script(request: ChatRequest, target: Target) -> str:
    # Not at the top: it is long, and few look at it.
    from gwtrace_core.code.script import CodeTracking, write_script

    settings = services().settings
    tracking = CodeTracking(
        tracking_uri=settings.tracking_uri, experiment_name=settings.experiment_name
    )
    return write_script(request, target, tracking=tracking)


def _make_curl(request: ChatRequest, target: Target) -> str:
    from gwtrace_core.code.curl import write_curl

    return write_curl(request, target)


@st.dialog("Open in MLflow", icon=":material/open_in_new:", on_dismiss="rerun")
def draw_mlflow_dialog(trace_id: str | None) -> None:
    """A link to the trace; the embedded store's light server is started for it."""
    if trace_id is None:
        st.caption("This turn has no trace.")
        return
    _draw_mlflow_link("This trace", lambda ui: ui.trace_url(trace_id))


@st.dialog("Open in MLflow", icon=":material/open_in_new:")
def draw_evaluation_in_mlflow_dialog(evaluation_id: str) -> None:
    """A link to the evaluation's run, in the same way."""
    _draw_mlflow_link("This evaluation", lambda ui: ui.evaluation_url(evaluation_id))


@st.fragment(run_every=_RECHECK_S)
def _draw_mlflow_link(what: str, url_of: Callable[[MlflowUi], str | None]) -> None:
    ui = services().mlflow_ui
    match ui.start():
        case UiReady():
            url = url_of(ui)
            if url is None:
                st.caption("MLflow is not there at the moment.")
            else:
                st.caption(f"{what} in MLflow's own pages:")
                st.link_button("Open", url, icon=":material/open_in_new:", type="primary")
                st.code(url, language=None)
        case UiStarting():
            st.markdown(":shimmer[MLflow's pages are starting on this machine]")
            st.caption("It takes about 20 seconds, once; they end with the app.")
        case UiFailed(reason=reason):
            st.error(plain_label(reason, limit=400), icon=":material/error:")
        case UiOff():
            st.caption("MLflow's pages are not running.")
