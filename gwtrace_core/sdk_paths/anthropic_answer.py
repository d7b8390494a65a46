"""Reads Anthropic's messages, whole or as events, also of servers that only resemble Anthropic's.

Not through the SDK's `messages.stream()`: its helper stops at the first block that is not where it
expects it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gwtrace_core.sdk_paths.cost import usage_cost
from gwtrace_core.sdk_paths.members import (
    count_of,
    is_object,
    items,
    member,
    members_of,
    object_text,
    plain,
    text_of,
    words_of,
)
from gwtrace_core.sdk_paths.tool_call_parts import ToolCallParts, parsed_arguments
from gwtrace_core.sdk_paths.tool_loop import Answer, Piece
from gwtrace_core.sdk_paths.unseen import Unseen
from gwtrace_core.values.events import ReasoningDelta, TextDelta, Usage

_Json = dict[str, Any]

_DELTA_MEMBERS = {"text_delta": "text", "thinking_delta": "thinking"}


@dataclass(slots=True, kw_only=True)
class MessageAnswer:
    """One answer, as far as it has come."""

    _head: _Json = field(default_factory=dict[str, Any])
    """The message without its content."""
    _blocks: dict[int, _Json] = field(default_factory=dict[int, Any])
    """The content so far, by the index that the provider gives."""
    _arguments: dict[int, str] = field(default_factory=dict[int, str])
    """What has come in pieces of the input of a tool, ours or the provider's."""
    _tools: ToolCallParts = field(default_factory=ToolCallParts)
    _unseen: Unseen = field(default_factory=Unseen)
    _has_stopped: bool = False

    def take(self, event: object) -> list[Piece]:
        """What an event adds to what is shown."""
        index = count_of(member(event, "index"))
        match words_of(member(event, "type")):
            case "message_start":
                self._start(member(event, "message"))
            case "content_block_start":
                return self._begin(index, member(event, "content_block"))
            case "content_block_delta":
                return self._go_on(index, member(event, "delta"))
            case "message_delta":
                self._note_end(member(event, "delta"), member(event, "usage"))
                return self._refusal()
            case "message_stop":
                self._has_stopped = True
            case _:
                pass
        return []

    def take_whole(self, message: object) -> list[Piece]:
        """What a whole message shows."""
        self._start(message)
        self._has_stopped = True
        pieces: list[Piece] = []
        for index, block in enumerate(items(member(message, "content"))):
            pieces += self._begin(index, block)
        return [*pieces, *self._refusal()]

    def content_to_send_back(self) -> list[_Json]:
        """The content as the next request carries it."""
        calls = iter(self._tools.calls)
        sent: list[_Json] = []
        for index, block in self._blocks.items():
            found = dict(block)
            if found.get("type") == "tool_use" and (call := next(calls, None)):
                found |= {"id": call.call_id, "name": call.name}
                found["input"] = parsed_arguments(call.arguments_text) or {}
            elif index in self._arguments:
                found["input"] = parsed_arguments(self._arguments[index]) or {}
            sent.append(found)
        return sent

    def answer(self) -> Answer:
        """What it came to."""
        finish_reason = words_of(self._head.get("stop_reason"))
        is_cut = not self._has_stopped and finish_reason is None
        usage = self._head.get("usage")
        content = self.content_to_send_back()
        return Answer(
            finish_reason=finish_reason,
            # A stream says the input at its start, and of the output what it was then.
            usage=None if is_cut else _usage(usage),
            response_model=words_of(self._head.get("model")),
            response_id=words_of(self._head.get("id")),
            outputs={**self._head, "content": content} if self._head or content else {},
            tool_calls=self._tools.calls,
            reported_cost=usage_cost(usage),
            unseen=self._unseen.words,
            is_cut=is_cut,
        )

    def _start(self, message: object) -> None:
        self._head = members_of(message)
        self._head.pop("content", None)

    def _note_end(self, delta: object, usage: object) -> None:
        if is_object(usage):
            self._head["usage"] = members_of(self._head.get("usage")) | members_of(usage)
        self._head |= members_of(delta)

    def _refusal(self) -> list[Piece]:
        """The provider's words for a refusal, where the model has none of its own."""
        has_text = any(block.get("text") for block in self._blocks.values())
        details = self._head.get("stop_details")
        return [] if has_text else _said(text_of(member(details, "explanation")))

    def _begin(self, index: int | None, block: object) -> list[Piece]:
        index = len(self._blocks) if index is None else index
        if not is_object(block):
            text = text_of(block)
            self._blocks[index] = {"type": "text", "text": text}
            return _said(text)
        self._blocks[index] = found = plain(block)
        kind = words_of(found.get("type"))
        match kind:
            case "text" | None:
                return _said(text_of(found.get("text")))
            case "thinking":
                return _thought(text_of(found.get("thinking")))
            case "tool_use":
                given = found.get("input")
                text = object_text(given) if given else ""
                name = words_of(found.get("name"))
                call_id = words_of(found.get("id"))
                return [self._tools.add(index, call_id=call_id, name=name, arguments_text=text)]
            case "server_tool_use" | "mcp_tool_use":
                self._unseen.add_tool(found.get("name"))
            case _ if not kind.endswith("_tool_result"):
                self._unseen.add_part(kind)
            case _:
                pass
        return []

    def _go_on(self, index: int | None, delta: object) -> list[Piece]:
        if index is None:
            index = next(reversed(self._blocks), 0)
        kind = words_of(member(delta, "type"))
        if kind == "input_json_delta":
            return self._take_arguments(index, object_text(member(delta, "partial_json")))
        block = self._blocks.setdefault(index, {})
        if kind == "signature_delta":
            block["signature"] = member(delta, "signature")
        elif kind == "citations_delta":
            known = items(block.get("citations"))
            block["citations"] = [*known, plain(member(delta, "citation"))]
        for delta_kind, name in _DELTA_MEMBERS.items():
            text = text_of(member(delta, name))
            if text and kind in (delta_kind, None):
                block.setdefault("type", name)
                block[name] = text_of(block.get(name)) + text
                return _said(text) if name == "text" else _thought(text)
        return []

    def _take_arguments(self, index: int, text: str) -> list[Piece]:
        if not text:
            return []
        if not self._tools.knows(index):
            # The provider's own tool: it has run there already.
            self._arguments[index] = self._arguments.get(index, "") + text
            return []
        return [self._tools.add(index, call_id=None, name=None, arguments_text=text)]


def is_message(answer: object) -> bool:
    """Whether a whole answer is one at all: the SDK lets anything pass."""
    if not is_object(answer) or member(answer, "type") == "error":
        return False
    return any(member(answer, name) is not None for name in ("content", "stop_reason"))


def _said(text: str) -> list[Piece]:
    return [TextDelta(text=text)] if text else []


def _thought(text: str) -> list[Piece]:
    return [ReasoningDelta(text=text)] if text else []


def _usage(usage: object) -> Usage | None:
    if not is_object(usage):
        return None
    # Anthropic counts what went through the cache beside the other input, not as part of it.
    cache_read, cache_write = (
        count_of(member(usage, f"cache_{name}_input_tokens")) for name in ("read", "creation")
    )
    input_tokens = count_of(member(usage, "input_tokens"))
    if input_tokens is not None:
        input_tokens += (cache_read or 0) + (cache_write or 0)
    return Usage(
        input_tokens=input_tokens,
        output_tokens=count_of(member(usage, "output_tokens")),
        cache_read_tokens=cache_read,
        cache_write_tokens=cache_write,
        reasoning_tokens=count_of(member(usage, "output_tokens_details", "thinking_tokens")),
    ).reported()
