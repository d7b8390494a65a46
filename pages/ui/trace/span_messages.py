"""The conversation in a span, drawn message by message. Its text is a stranger's: never HTML."""

from __future__ import annotations

import json
from typing import Any, assert_never

import streamlit as st

from gwtrace_core.lanes.pictures import is_picture
from gwtrace_core.trace.messages import Conversation, SpanMessage
from gwtrace_core.trace.messages.parts import (
    AudioPart,
    ImagePart,
    OtherPart,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from gwtrace_core.trace.model import Span
from gwtrace_core.values.endings import ending_sentence
from gwtrace_core.values.text import bytes_text, plural
from pages.ui.components.recorded_value import (
    SHOWN_CHARS,
    clean_text,
    download_rest,
    draw_long_text,
    draw_value,
)
from pages.ui.draw.model_text import model_markdown, plain_label

_SHOWN_INPUTS = 12
_ROLES = {
    "system": (":material/tune:", "System"),
    "user": (":material/person:", "User"),
    "assistant": (":material/auto_awesome:", "Assistant"),
    "tool": (":material/build:", "Tool"),
}
_DRAWABLE = {"image/png", "image/jpeg", "image/gif", "image/webp"}
_ATTACHMENT = "mlflow-attachment://"
"""What MLflow puts in the place of a picture that it stores as a file of its own."""


def draw_conversation(conversation: Conversation, span: Span, *, key: str) -> None:
    """What went in and what came out; of a long history the last messages first.

    A side of `span` that is in no known form is shown as it was recorded.
    """
    if not conversation.inputs:
        _draw_recorded(span.inputs, name="input", key=key)
    inputs = conversation.inputs
    hidden = len(inputs) - _SHOWN_INPUTS
    if hidden > 0 and not st.toggle(f"Show {plural(hidden, 'earlier message')}", key=f"{key}.all"):
        inputs = inputs[-_SHOWN_INPUTS:]
    offset = len(conversation.inputs) - len(inputs)
    with st.container(gap="xsmall"):
        for number, message in enumerate(inputs, start=offset):
            _draw_message(message, is_answer=False, key=f"{key}.in{number}")
        for number, message in enumerate(conversation.outputs):
            _draw_message(message, is_answer=True, key=f"{key}.out{number}")
    if not conversation.outputs and not _draw_recorded(span.outputs, name="output", key=key):
        st.caption("No answer was recorded.")


def _draw_recorded(value: Any, *, name: str, key: str) -> bool:
    """Whether there is anything."""
    if value in (None, "", [], {}):
        return False
    with st.container(border=True, gap="xsmall"):
        st.caption(f"**{name.capitalize()}**, in no form of messages that is known, as recorded:")
        draw_value(value, name=name, key=f"{key}.{name}")
    return True


def _draw_message(message: SpanMessage, *, is_answer: bool, key: str) -> None:
    icon, label = _ROLES.get(message.role, (":material/chat:", plain_label(message.role)))
    with st.container(border=True, gap="xsmall"):
        ended = f" · finish reason {plain_label(message.finish_reason or '')}"
        # A state holds more than answers: what tools said, and questions.
        is_said = is_answer and message.role not in ("user", "system", "tool")
        answer = f" · answer{ended if message.finish_reason else ''}" if is_said else ""
        st.caption(f"{icon} **{label}**{answer}")
        for number, part in enumerate(message.parts):
            _draw_part(part, key=f"{key}.{number}")
        if not message.parts:
            st.caption("*Empty*")
        if is_answer and (told := ending_sentence(message.finish_reason)):
            st.caption(f":material/content_cut: {plain_label(told, limit=300)}")


def _draw_part(part: Part, *, key: str) -> None:
    match part:
        case TextPart(text=text):
            _draw_text(text, key=key)
        case ReasoningPart(text=text):
            if text:
                with st.expander("Reasoning", icon=":material/psychology:", type="compact"):
                    _draw_text(text, key=key)
            else:
                st.caption(":material/psychology: Reasoning, not readable: the provider hides it.")
        case ToolCallPart():
            st.caption(f":material/build: Calls **{plain_label(part.name or 'a tool')}**")
            _draw_arguments(part.arguments, name=part.name, key=key)
        case ToolResultPart():
            verb = "refused or failed" if part.is_error else "answers"
            st.caption(f":material/reply: **{plain_label(part.name or 'The tool')}** {verb}")
            draw_value(part.content, name=part.name or "tool", key=key)
        case ImagePart():
            _draw_image(part)
        case AudioPart(media_type=media_type, size_bytes=size_bytes):
            kind = plain_label(media_type or "unknown kind")
            size = "" if size_bytes is None else f", {bytes_text(size_bytes)}"
            st.caption(f":material/graphic_eq: Audio, {kind}{size}, not played.")
        case OtherPart(value=value):
            st.caption("In a form that is not known, as recorded:")
            draw_value(value, name="part", key=key)
        case _:
            assert_never(part)


def _draw_text(text: str, *, key: str) -> None:
    text = clean_text(text)
    st.markdown(model_markdown(text[:SHOWN_CHARS]))
    if len(text) > SHOWN_CHARS:
        download_rest(text, name="message", key=key)


def _draw_arguments(arguments: Any, *, name: str, key: str) -> None:
    if isinstance(arguments, str):
        draw_long_text(arguments, name=name or "arguments", key=key)
        return
    text = json.dumps(arguments, indent=2, ensure_ascii=False, default=str)
    draw_long_text(text, name=name or "arguments", key=key, extension="json")


def _draw_image(image: ImagePart) -> None:
    if image.data and image.media_type in _DRAWABLE and is_picture(image.data):
        st.image(image.data, width=280)
        return
    kind = plain_label(image.media_type or "unknown kind")
    if image.data:
        st.caption(f":material/image: Picture, {kind}, {bytes_text(len(image.data))}, not drawn.")
    elif image.left_out_bytes is not None:
        size = bytes_text(image.left_out_bytes)
        st.caption(
            f":material/image: Picture, {kind}, {size}. gwtrace records its size, not the picture."
        )
    elif image.source and image.source.startswith(_ATTACHMENT):
        st.caption(f":material/image: Picture, {kind}, kept beside the trace: see it in MLflow.")
    elif image.source:
        source = plain_label(image.source)
        st.caption(f":material/image: Picture at {source}. It is not in the trace, so not loaded.")
    else:
        st.caption(f":material/image: Picture, {kind}, that cannot be read.")
