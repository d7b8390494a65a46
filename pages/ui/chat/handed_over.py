"""What other screens lead to the chat with: a session, a recorded call, a prompt."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

import streamlit as st

from gwtrace_core.lanes.lanes import choose_default_lane
from gwtrace_core.prompts.use import ReadyPrompt, filled_words
from gwtrace_core.trace.model import Span
from gwtrace_core.values.reply import Reply, TextBlock
from gwtrace_core.values.request import Message
from pages.ui.chat.sessions import open_session
from pages.ui.chat.state import start_chat
from pages.ui.lane.picker import forget_picker
from pages.ui.session.filled_message import FilledMessage
from pages.ui.session.handover import BeginWithPrompt, ForChat, OpenRecordedCall, OpenSession
from pages.ui.session.notice import Notice
from pages.ui.session.services import connections, offered_routes
from pages.ui.session.turns import ChatTurn


def take_over(value: ForChat) -> None:
    """Replace the conversation by what is asked for; nothing is sent."""
    match value:
        case OpenSession(session_id=session_id):
            with st.spinner("Returning to the session"):
                open_session(session_id)
        case OpenRecordedCall():
            _begin_with_recorded_call(value)
        case BeginWithPrompt(prompt=prompt):
            _begin_with_prompt(prompt)
        case _:
            assert_never(value)


def _begin_with_recorded_call(value: OpenRecordedCall) -> None:
    """The recorded turns; the last has the trace they were found in."""
    opened = value.conversation
    answers = [message.text for message in opened.messages[1::2]]
    replies = [*map(_make_reply, answers), _make_recorded_reply(opened.answer, value.span)]
    state = start_chat()
    state.lane = opened.lane
    state.turns = [
        ChatTurn(message=question, lane=opened.lane, stored_reply=reply)
        for question, reply in zip(opened.messages[::2], replies, strict=True)
    ]
    state.turns[-1].stored_trace_id = value.trace_id
    forget_picker("chat.lane")
    words = "Ask again, or edit the question, to run it on the lane that is picked above."
    state.notice = Notice(
        kind="info",
        message="Opened from a trace; nothing has been sent.",
        hint=" ".join([words, *(f"Left out: {each}" for each in opened.left_out)]),
    )


def _make_reply(text: str) -> Reply:
    return Reply(status="finished", blocks=(TextBlock(text=text),) if text else ())


def _make_recorded_reply(text: str, span: Span) -> Reply:
    """The answer with what the span says of it."""
    duration_ns, first_ns = span.duration_ns, span.first_token_ns
    return replace(
        _make_reply(text),
        usage=span.usage,
        response_model=span.model,
        duration_ms=None if duration_ns is None else duration_ns / 1e6,
        first_token_ms=None if first_ns is None else (first_ns - span.start_ns) / 1e6,
    )


def _begin_with_prompt(prompt: ReadyPrompt) -> None:
    """Its system prompt in the lane, its turns as earlier ones, its message in the box."""
    state = start_chat()
    lane = state.lane or choose_default_lane(connections()[0], offered_routes)
    if prompt.system_prompt:
        lane = replace(lane, system_prompt=prompt.system_prompt, prompt=prompt.use)
    state.lane = lane
    forget_picker("chat.lane")
    state.turns = [
        ChatTurn(
            message=Message(role="user", text=question),
            lane=lane,
            stored_reply=Reply(status="finished", blocks=(TextBlock(text=answer),)),
        )
        for question, answer in prompt.earlier
    ]
    places = ["the system prompt"] if prompt.system_prompt else []
    if prompt.message:
        state.filled = FilledMessage(text=prompt.message, prompt=prompt.use)
        places.append("the message box")
    state.notice = Notice(
        kind="info",
        message=f"Filled {' and '.join(places)} from {filled_words(prompt)}.",
        hint="Nothing has been sent." if prompt.message else "",
    )
