"""One turn of the conversation: question, reply, figures, and what one can do with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gwtrace_core.figures.costs import find_table_cost, find_trace_cost
from gwtrace_core.figures.reply_figures import Figure, describe_cache, make_figures
from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.prompts.use import use_words
from gwtrace_core.running.recorder import TraceMissing, TraceRecorded
from gwtrace_core.running.run import RunSnapshot
from gwtrace_core.values.endings import answer_notes, ending_sentence
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import Lane
from pages.ui.components.copy_button import copy_button
from pages.ui.components.figures import figures_strip
from pages.ui.draw.messages import show_failure
from pages.ui.draw.model_text import model_markdown, plain_label
from pages.ui.draw.pictures import draw_pictures
from pages.ui.feedback.thumbs import verdict_buttons
from pages.ui.feedback.words import said_line
from pages.ui.session.turns import ChatTurn
from pages.ui.turn.reply import ReplyPainter


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnActions:
    """What the page does when something under a turn is clicked; each gets the turn's id."""

    regenerate: Callable[[str], None]
    begin_edit: Callable[[str], None]
    resend: Callable[[str], None]
    cancel_edit: Callable[[], None]
    select: Callable[[str], None]
    show_code: Callable[[str], None]
    open_mlflow: Callable[[str], None]


def edit_key(turn: ChatTurn) -> str:
    """The key of the box in which the turn's question is edited."""
    return f"chat.edit.{turn.turn_id}"


def question_key(turn: ChatTurn) -> str:
    """Of the container that `draw_question` draws in."""
    return f"chat-question-{turn.turn_id}"


def draw_question(turn: ChatTurn, actions: TurnActions, *, is_editing: bool) -> None:
    """The user's message, or the box to edit it in."""
    box = st.chat_message("user", avatar=":material/person:")
    with box, st.container(key=question_key(turn)):
        if is_editing:
            st.text_area("Edit the question", turn.message.text, key=edit_key(turn), height=120)
            with st.container(horizontal=True):
                st.button(
                    "Send again",
                    key=f"chat.resend.{turn.turn_id}",
                    type="primary",
                    on_click=actions.resend,
                    args=(turn.turn_id,),
                    help="This turn and those after it leave the conversation; "
                    "their traces stay in MLflow.",
                )
                st.button("Cancel", key=f"chat.cancel.{turn.turn_id}", on_click=actions.cancel_edit)
            return
        with st.container(horizontal=True, vertical_alignment="top", gap="small"):
            with st.container():
                st.markdown(model_markdown(turn.message.text))
                if turn.message.images:
                    draw_pictures(turn.message.images, width=160)
            st.button(
                "",
                icon=":material/edit:",
                key=f"chat.begin_edit.{turn.turn_id}",
                type="tertiary",
                help="Edit and send again",
                on_click=actions.begin_edit,
                args=(turn.turn_id,),
            )


def begin_reply(turn: ChatTurn) -> tuple[DeltaGenerator, ReplyPainter]:
    """The reply's container with the lane's name on it, and its painter."""
    container = st.chat_message("assistant", avatar=":material/auto_awesome:")
    container.caption(lane_caption(turn.lane))
    return container, ReplyPainter(container.container())


def reply_outcome(reply: Reply) -> None:
    """How an ended reply ended and where it came from, where that needs words."""
    if words := describe_cache(reply):
        st.caption(f":material/cached: {words}")
    if reply.failure is not None:
        show_failure(reply.failure)
    if reply.status == "stopped":
        st.caption(f":material/stop_circle: {plain_label(reply.stop_reason or '', limit=300)}")
    for note in answer_notes(reply):
        is_cut = note == ending_sentence(reply.finish_reason)
        icon = ":material/content_cut:" if is_cut else ":material/info:"
        st.caption(f"{icon} {plain_label(note, limit=300)}")


def turn_figures(turn: ChatTurn, snapshot: RunSnapshot) -> list[Figure]:
    """The figures of an ended reply."""
    trace = snapshot.trace.trace if isinstance(snapshot.trace, TraceRecorded) else None
    return make_figures(
        snapshot.reply,
        table_cost=find_table_cost(turn.lane.provider, turn.lane.model, snapshot.reply.usage),
        trace_cost=find_trace_cost(trace),
    )


def end_reply(
    turn: ChatTurn, snapshot: RunSnapshot, actions: TurnActions, *, is_selected: bool
) -> None:
    """What stands under an ended reply: how it ended, the figures and the buttons."""
    reply_outcome(snapshot.reply)
    figures_strip(turn_figures(turn, snapshot), key=f"chat.figures.{turn.turn_id}")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        turn_buttons(
            turn,
            snapshot.reply.text,
            page="chat",
            regenerate=actions.regenerate,
            show_code=actions.show_code,
            open_mlflow=actions.open_mlflow,
        )
        st.button(
            _select_label(snapshot, is_selected=is_selected),
            icon=":material/account_tree:",
            key=f"chat.select.{turn.turn_id}",
            type="tertiary",
            on_click=actions.select,
            args=(turn.turn_id,),
            disabled=is_selected,
        )
    said_line(turn.assessments)


def _select_label(snapshot: RunSnapshot, *, is_selected: bool) -> str:
    if is_selected:
        # Whether MLflow will have the trace is not known yet where this is drawn at a reply's end.
        return "Selected"
    return "Why no trace" if isinstance(snapshot.trace, TraceMissing) else "Show trace"


def turn_buttons(
    turn: ChatTurn,
    text: str,
    *,
    page: str,
    regenerate: Callable[[str], None],
    show_code: Callable[[str], None],
    open_mlflow: Callable[[str], None],
    regenerate_help: str = "Ask again",
) -> None:
    """Thumbs, copy, ask again, code, MLflow: in a row that the caller has opened."""
    verdict_buttons(turn, place=f"{page}.verdict")
    copy_button(text, label="Copy the answer", key=f"{page}.copy.{turn.turn_id}")
    for what, icon, words, action in (
        ("regenerate", ":material/refresh:", regenerate_help, regenerate),
        ("code", ":material/code:", "Code of this call", show_code),
        ("mlflow", ":material/open_in_new:", "Open in MLflow", open_mlflow),
    ):
        st.button(
            "",
            icon=icon,
            key=f"{page}.{what}.{turn.turn_id}",
            type="tertiary",
            help=words,
            on_click=action,
            args=(turn.turn_id,),
            disabled=what == "mlflow" and turn.trace_id is None,
        )


def lane_caption(lane: Lane) -> str:
    """The lane in one line: model, SDK path, provider, and what is unusual about it."""
    return f"{plain_label(lane.model)} · {path_caption(lane)}"


def path_caption(lane: Lane) -> str:
    """The same without the model."""
    streamed = "" if lane.streamed else " · not streamed"
    route = "" if lane.route in ("", lane.provider.value) else f" · route {plain_label(lane.route)}"
    # First: lanes may differ in nothing else, and a narrow lane cuts the end off.
    prompt = "" if lane.prompt is None else f"{plain_label(use_words(lane.prompt))} · "
    return f"{prompt}{lane.sdk_path.label} · {PROVIDER_LABELS[lane.provider]}{route}{streamed}"
