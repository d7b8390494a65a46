"""The question in a value that was recorded, or stored in a dataset, as what is put in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gwtrace_core.trace.messages.parts import TextPart, as_mapping
from gwtrace_core.trace.messages.recorded import read_input_messages
from gwtrace_core.trace.messages.values import SpanMessage

_QUESTIONS = ("question", "query", "prompt", "input", "user_prompt", "message", "text")


def question_in(inputs: Any) -> str:
    """The user's last text; of other values the text that they are or hold. Empty without one."""
    return last_text(read_input_messages(inputs), "user") or bare_question(inputs)


def bare_question(inputs: Any) -> str:
    """The text that the inputs are, or hold under a name of questions or alone."""
    return bare_text(inputs, _QUESTIONS)


def last_text(messages: Iterable[SpanMessage], role: str) -> str:
    """The text of the role's last message."""
    said = [message for message in messages if message.role == role]
    texts = [part.text for part in said[-1].parts if isinstance(part, TextPart)] if said else []
    return "\n\n".join(texts)


def bare_text(value: Any, names: tuple[str, ...]) -> str:
    """The text that `value` is, or holds under one of the names or alone."""
    if isinstance(value, str):
        return value
    found = as_mapping(value)
    candidates = [found.get(name) for name in names]
    if len(found) == 1:
        candidates += found.values()
    return next((each for each in candidates if isinstance(each, str) and each), "")
