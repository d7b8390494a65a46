"""Reads responses, whole or as events, also of servers that only resemble OpenAI's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    openai_usage,
    plain,
    text_of,
    words_of,
)
from gwtrace_core.sdk_paths.tool_call_parts import ToolCall, ToolCallParts
from gwtrace_core.sdk_paths.tool_loop import Answer, Piece
from gwtrace_core.sdk_paths.unseen import Unseen
from gwtrace_core.values.errors import Failure
from gwtrace_core.values.events import ReasoningDelta, TextDelta, ToolCallDelta

_CLOSING = frozenset({"response.completed", "response.incomplete", "response.failed"})
_TEXT_DELTAS = frozenset({"response.output_text.delta", "response.refusal.delta"})
_REASONING_DELTAS = frozenset(
    {"response.reasoning_summary_text.delta", "response.reasoning_text.delta"}
)

_READ_ITEMS = frozenset({"message", "reasoning", "function_call"})
_READ_PARTS = frozenset({None, "output_text", "text", "refusal", "reasoning_text"})


@dataclass(slots=True, kw_only=True)
class ResponseAnswer:
    """One answer, as far as it has come."""

    failure_of: Callable[[object], Failure]
    """The failure that an error object in the answer means."""
    is_closed: bool = False
    """Whether the closing event has come."""
    error_event: Failure | None = None
    """What went wrong, where the provider broke off with an event of its own for that."""
    _response: object = None
    _items: list[object] = field(default_factory=list[object])
    _text: str = ""
    _reasoning: str = ""
    _tools: ToolCallParts = field(default_factory=ToolCallParts)

    def take(self, event: object) -> list[Piece]:
        """What an event adds to what is shown."""
        kind = words_of(member(event, "type"))
        if is_object(response := member(event, "response")):
            self._response = response
        if kind in _CLOSING:
            self.is_closed = True
            return self._rest()
        if kind == "error":
            self.error_event = self.failure_of(plain(event))
            return []
        if kind in _TEXT_DELTAS:
            return self._say(text_of(member(event, "delta")))
        if kind in _REASONING_DELTAS:
            return self._think(text_of(member(event, "delta")))
        if kind == "response.reasoning_summary_part.added":
            is_further = self._reasoning and count_of(member(event, "summary_index"))
            return self._think("\n\n") if is_further else []
        if kind == "response.output_item.done":
            self._items.append(member(event, "item"))
            return []
        return self._take_call(kind, event)

    def take_whole(self, response: object) -> list[Piece]:
        """What a whole response shows."""
        self._response, self.is_closed = response, True
        pieces: list[Piece] = []
        for item in self._output():
            match words_of(member(item, "type")):
                case "reasoning":
                    pieces += self._think(_reasoning_of(item))
                case "function_call":
                    call = _call_of(item, len(pieces))
                    pieces.append(
                        ToolCallDelta(
                            call_id=call.call_id,
                            name=call.name,
                            arguments_text=call.arguments_text,
                        )
                    )
                case _:
                    pieces += self._say(_text_of(item))
        return pieces

    def items_to_send_back(self) -> list[dict[str, Any]]:
        """The output as the next request carries it, with the calls as they were understood."""
        calls = iter(self._calls())
        sent: list[dict[str, Any]] = []
        for item in self._output():
            if not is_object(item):
                continue
            found = members_of(item)
            if found.get("type") == "function_call" and (call := next(calls, None)):
                found |= {
                    "call_id": call.call_id,
                    "name": call.name,
                    "arguments": call.arguments_text,
                }
            sent.append(found)
        return [*sent, *(_call_item(call) for call in calls)]

    def answer(self) -> Answer:
        """What it came to."""
        response = self._response
        status = words_of(member(response, "status"))
        error = member(response, "error") if self.is_closed else None
        has_failed = error is not None or status == "failed"
        usage = member(response, "usage")
        return Answer(
            finish_reason=words_of(member(response, "incomplete_details", "reason"))
            or (status if self.is_closed else None),
            usage=openai_usage(usage, input_name="input", output_name="output")
            if self.is_closed
            else None,
            response_model=words_of(member(response, "model")),
            response_id=words_of(member(response, "id")),
            outputs=self._outputs(),
            tool_calls=self._calls(),
            reported_cost=usage_cost(usage),
            unseen=self._unseen(),
            is_cut=not self.is_closed,
            failure=self.failure_of(plain(error) or "no reason given") if has_failed else None,
        )

    def _rest(self) -> list[Piece]:
        """What stands in the closing events alone: some servers send no deltas."""
        output = self._output()
        reasoning = "\n\n".join(filter(None, map(_reasoning_of, output)))
        text = "".join(map(_text_of, output))
        pieces: list[Piece] = []
        if not self._reasoning:
            pieces += self._think(reasoning)
        if text.startswith(self._text):
            pieces += self._say(text[len(self._text) :])
        return pieces

    def _take_call(self, kind: str | None, event: object) -> list[Piece]:
        index = count_of(member(event, "output_index"))
        item = member(event, "item")
        if kind == "response.output_item.added" and member(item, "type") == "function_call":
            call_id = words_of(member(item, "call_id")) or words_of(member(item, "id"))
            name = words_of(member(item, "name"))
            return [self._tools.add(index, call_id=call_id, name=name, arguments_text="")]
        is_piece = kind == "response.function_call_arguments.delta" and self._tools.knows(index)
        if not is_piece:
            return []
        text = object_text(member(event, "delta"))
        return [self._tools.add(index, call_id=None, name=None, arguments_text=text)]

    def _output(self) -> list[object]:
        # Some servers leave the output out of the closing event.
        return items(member(self._response, "output")) or self._items

    def _calls(self) -> tuple[ToolCall, ...]:
        found = [item for item in self._output() if member(item, "type") == "function_call"]
        calls = tuple(_call_of(item, place) for place, item in enumerate(found))
        return calls or self._tools.calls

    def _unseen(self) -> tuple[str, ...]:
        unseen = Unseen()
        for item in self._output():
            kind = words_of(member(item, "type"))
            if kind is None or kind in _READ_ITEMS:
                kinds = (words_of(member(part, "type")) for part in items(member(item, "content")))
                for part_kind in kinds:
                    if part_kind not in _READ_PARTS:
                        unseen.add_part(part_kind)
            elif kind.endswith("_call"):
                unseen.add_tool(kind)
            else:
                unseen.add_part(kind)
        return unseen.words

    def _outputs(self) -> Mapping[str, Any]:
        found = members_of(self._response) if self.is_closed else {}
        return {**found, "output": [plain(item) for item in self._output()]}

    def _say(self, text: str) -> list[Piece]:
        self._text += text
        return [TextDelta(text=text)] if text else []

    def _think(self, text: str) -> list[Piece]:
        self._reasoning += text
        return [ReasoningDelta(text=text)] if text else []


def is_response(answer: object) -> bool:
    """Whether a whole answer is one at all: the SDK lets anything pass."""
    has_failed = member(answer, "status") == "failed"
    return has_failed or (is_object(answer) and member(answer, "output") is not None)


def _text_of(item: object) -> str:
    if words_of(member(item, "type")) not in (None, "message"):
        return ""
    content = member(item, "content")
    return "".join(map(_part_text, items(content)))


def _part_text(part: object) -> str:
    if not is_object(part):
        return text_of(part)
    return text_of(member(part, "text")) or text_of(member(part, "refusal"))


def _reasoning_of(item: object) -> str:
    if words_of(member(item, "type")) != "reasoning":
        return ""
    parts = items(member(item, "summary")) or items(member(item, "content"))
    return "\n\n".join(filter(None, map(_part_text, parts)))


def _call_of(item: object, place: int) -> ToolCall:
    call_id = words_of(member(item, "call_id")) or words_of(member(item, "id"))
    return ToolCall(
        call_id=call_id or f"call_{place}",
        name=words_of(member(item, "name")) or "",
        arguments_text=object_text(member(item, "arguments")),
    )


def _call_item(call: ToolCall) -> dict[str, Any]:
    return {
        "type": "function_call",
        "call_id": call.call_id,
        "name": call.name,
        "arguments": call.arguments_text,
    }
