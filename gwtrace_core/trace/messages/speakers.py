"""Who says a message, and the boxes in which libraries keep one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from gwtrace_core.trace.messages.parts import Json, as_list, as_mapping

BareTexts = Literal["never", "where known", "always"]
"""Whether texts in which nobody is named as speaking count as said: never in a tool's span, always
in a model's, elsewhere under names that say so."""

_ROLES: Mapping[str, str] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "humanmessage": "user",
    "humanmessagechunk": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "aimessage": "assistant",
    "aimessagechunk": "assistant",
    "model": "assistant",
    "chatbot": "assistant",
    "systemmessage": "system",
    "systemmessagechunk": "system",
    "tool": "tool",
    "function": "tool",
    "toolmessage": "tool",
    "toolmessagechunk": "tool",
    "functionmessage": "tool",
}
"""What others call those who speak, in lower case; LangChain has kinds of messages for roles."""
CONTENTS = ("content", "contents", "blocks", "text", "message")
"""Names under which a message has what is said in it."""
REASONS = ("finish_reason", "stop_reason", "finishReason", "stopReason")


def is_message(value: Any) -> bool:
    """Whether it is a message by itself, and no holder of one."""
    message = unwrap_message(value)
    role = message.get("role")
    if isinstance(role, str):
        is_known = _find_role_word(role) in _ROLES
        return is_known or any(name in message for name in (*CONTENTS, "tool_calls", "parts"))
    return role_by_type(message) is not None or isinstance(message.get("parts"), list)


def unwrap_message(value: Any) -> Json:
    """The message itself, out of the pairs and boxes in which libraries keep it."""
    if is_pair(value):
        return {"role": value[0], "content": value[1]}
    message = as_mapping(value)
    if isinstance(message.get("kwargs"), Mapping) and message.get("lc") is not None:
        names = [str(name) for name in as_list(message.get("id"))]
        return {"type": "".join(names[-1:]), **message["kwargs"]}
    if isinstance(message.get("data"), Mapping) and str(message.get("type")).lower() in _ROLES:
        return {"type": message["type"], **message["data"]}
    if isinstance(message.get("message"), Mapping) and "role" not in message:
        # OpenInference; LangChain's and OpenAI's have the reason beside the message.
        about = as_mapping(message.get("generation_info"))
        reason = reason_of(message) or reason_of(about)
        return {
            **({"finish_reason": reason} if reason else {}),
            **unwrap_message(message["message"]),
        }
    if "message.role" in message:
        return {name.removeprefix("message."): each for name, each in message.items()}
    return message


def is_pair(value: Any) -> bool:
    """`["user", "Hi"]`, as LangChain takes messages."""
    pair = as_list(value)
    return len(pair) == 2 and isinstance(pair[0], str) and pair[0].lower() in _ROLES


def reason_of(holder: Json) -> str | None:
    """Why it ended, in the provider's words."""
    return next((str(holder[name]) for name in REASONS if holder.get(name)), None)


def role_of(message: Json, role: str) -> str:
    """Who is speaking; `role` where the message does not say."""
    said = message.get("role")
    if isinstance(said, str) and said:
        return _ROLES.get(_find_role_word(said), said)
    if message.get("kind") in ("request", "response"):
        return "user" if message["kind"] == "request" else "assistant"
    return role_by_type(message) or role


def _find_role_word(role: str) -> str:
    # Enums are recorded as `MessageRole.USER`.
    return role.rpartition(".")[2].lower()


def role_by_type(message: Json) -> str | None:
    """LangChain's type says who is speaking. Of other forms it says what a part is."""
    if "content" not in message or isinstance(message.get("function"), Mapping):
        return None
    return _ROLES.get(str(message.get("type")).lower())
