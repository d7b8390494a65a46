"""Reads chat completions, whole or in chunks, also of servers that only resemble OpenAI's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gwtrace_core.sdk_paths.cost import usage_cost
from gwtrace_core.sdk_paths.members import (
    count_of,
    is_list,
    is_object,
    items,
    member,
    object_text,
    openai_usage,
    text_of,
    words_of,
)
from gwtrace_core.sdk_paths.tool_call_parts import ToolCallParts
from gwtrace_core.sdk_paths.tool_loop import Answer, Piece
from gwtrace_core.sdk_paths.unseen import Unseen
from gwtrace_core.values.errors import Failure
from gwtrace_core.values.events import ReasoningDelta, TextDelta

_Json = dict[str, Any]

_ERROR = "error"
"""A finish reason of relays: the provider failed while it was answering."""


@dataclass(slots=True, kw_only=True)
class ChatAnswer:
    """One answer, as far as it has come."""

    failure_of: Callable[[object], Failure]
    """The failure that an error object in the answer means."""
    text: str = ""
    reasoning: str = ""
    _tools: ToolCallParts = field(default_factory=ToolCallParts)
    _unseen: Unseen = field(default_factory=Unseen)
    _finish_reason: str | None = None
    _usage: object = None
    _model: str | None = None
    _response_id: str | None = None
    _error: object = None
    _choice_index: object = None
    _has_choice: bool = False

    def take(self, chunk: object) -> list[Piece]:
        """The pieces of a chunk, or of a whole completion."""
        self._model = words_of(member(chunk, "model")) or self._model
        self._response_id = words_of(member(chunk, "id")) or self._response_id
        # The last chunk carries the usage and no choice.
        usage = member(chunk, "usage")
        self._usage = usage if is_object(usage) else self._usage
        self._error = self._error or member(chunk, "error")
        pieces: list[Piece] = []
        for choice in items(member(chunk, "choices")):
            if self._is_ours(choice):
                pieces += self._take_choice(choice)
        return pieces

    def message(self) -> _Json:
        """The answer as the next request sends it back."""
        message: _Json = {"role": "assistant", "content": self.text}
        if self._tools.calls:
            message["tool_calls"] = [
                {
                    "id": call.call_id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments_text},
                }
                for call in self._tools.calls
            ]
        return message

    def answer(self, *, outputs: _Json | None = None, is_streamed: bool) -> Answer:
        """What it came to. `outputs`: a whole completion as it came."""
        if outputs is None:
            message = self.message()
            if self.reasoning:
                message["reasoning"] = self.reasoning
            outputs = {"choices": [{"finish_reason": self._finish_reason, "message": message}]}
        has_failed = self._error is not None or self._finish_reason == _ERROR
        usage = openai_usage(self._usage, input_name="prompt", output_name="completion")
        return Answer(
            finish_reason=self._finish_reason,
            usage=usage,
            response_model=self._model,
            response_id=self._response_id,
            outputs=outputs,
            tool_calls=self._tools.calls,
            reported_cost=usage_cost(self._usage),
            unseen=self._unseen.words,
            is_cut=is_streamed
            and not has_failed
            and self._finish_reason is None
            and self._usage is None,
            failure=self.failure_of(self._error or "no reason given") if has_failed else None,
        )

    def _is_ours(self, choice: object) -> bool:
        """Whether it is the first choice, whatever its number: more than one is never asked for."""
        index = member(choice, "index")
        if not self._has_choice:
            self._has_choice, self._choice_index = is_object(choice), index
        return index is None or index == self._choice_index

    def _take_choice(self, choice: object) -> list[Piece]:
        self._finish_reason = words_of(member(choice, "finish_reason")) or self._finish_reason
        self._error = self._error or member(choice, "error")
        message = member(choice, "delta")
        if message is None:
            message = member(choice, "message")
        if not is_object(message):
            return self._take_content(message)
        pieces = self._take_reasoning(message)
        pieces += self._take_content(member(message, "content"))
        pieces += self._text(text_of(member(message, "refusal")))
        for picture in items(member(message, "images")):
            self._unseen.add_part(member(picture, "type") or "image")
        if (audio := member(message, "audio")) is not None:
            self._unseen.add_part("audio")
            pieces += self._text(text_of(member(audio, "transcript")))
        for place, call in enumerate(items(member(message, "tool_calls"))):
            pieces += self._take_call(call, place, is_whole=member(choice, "delta") is None)
        if (old_call := member(message, "function_call")) is not None:
            pieces.append(self._call(-1, None, old_call))
        return pieces

    def _take_reasoning(self, message: object) -> list[Piece]:
        # Not part of OpenAI's API: Groq and OpenRouter say `reasoning`, vLLM and DeepSeek the
        # other; OpenRouter's details say the same once more.
        for name in ("reasoning", "reasoning_content", "reasoning_details"):
            if text := _inner_text(member(message, name)):
                return self._thought(text)
        return []

    def _take_content(self, content: object) -> list[Piece]:
        if not is_list(content) and not is_object(content):
            return self._text(text_of(content))
        pieces: list[Piece] = []
        for part in items(content):
            kind = words_of(member(part, "type"))
            if kind in ("thinking", "reasoning"):
                pieces += self._thought(_inner_text(part))
            elif kind in (None, "text", "output_text", "refusal"):
                pieces += self._text(_inner_text(part))
            else:
                self._unseen.add_part(kind)
        return pieces

    def _take_call(self, call: object, place: int, *, is_whole: bool) -> list[Piece]:
        kind, function = words_of(member(call, "type")), member(call, "function")
        if function is None and kind not in (None, "function"):
            self._unseen.add_tool(kind)
            return []
        index = count_of(member(call, "index"))
        return [self._call(place if is_whole else index, words_of(member(call, "id")), function)]

    def _call(self, index: int | None, call_id: str | None, function: object) -> Piece:
        return self._tools.add(
            index,
            call_id=call_id,
            name=words_of(member(function, "name")),
            arguments_text=object_text(member(function, "arguments")),
        )

    def _text(self, text: str) -> list[Piece]:
        self.text += text
        return [TextDelta(text=text)] if text else []

    def _thought(self, text: str) -> list[Piece]:
        self.reasoning += text
        return [ReasoningDelta(text=text)] if text else []


def is_completion(answer: object) -> bool:
    """Whether a whole answer is one at all: the SDK lets anything pass."""
    first = member(answer, "choices")
    message = member(items(first)[0], "message") if items(first) else None
    return is_object(message) or isinstance(message, str)


def _inner_text(value: object) -> str:
    """The text of a part, however deep it stands: Mistral nests lists of parts in parts."""
    if is_list(value):
        return "".join(_inner_text(part) for part in items(value))
    if not is_object(value):
        return text_of(value)
    for name in ("text", "thinking", "reasoning", "refusal", "summary", "content"):
        if (found := member(value, name)) is not None:
            return _inner_text(found)
    return ""
