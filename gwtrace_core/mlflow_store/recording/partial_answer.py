"""What had come of an answer that broke off, in the form in which a whole one is recorded.

Every library's autolog writes an answer down when it is complete, and nothing before.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal, assert_never

from mlflow.entities.span import LiveSpan

from gwtrace_core.mlflow_store.format.turn_json import as_dict, as_list
from gwtrace_core.values import trace_names
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.events import ReasoningDelta, TextDelta, ToolCallDelta

_Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class _Block:
    kind: Literal["text", "reasoning", "tool"]
    texts: list[str] = field(default_factory=list[str])
    call_id: str = ""
    name: str = ""

    @property
    def text(self) -> str:
        return "".join(self.texts)


class PartialAnswer:
    """The pieces of one model request's answer so far."""

    def __init__(self) -> None:
        self._blocks: list[_Block] = []

    def take(self, piece: TextDelta | ReasoningDelta | ToolCallDelta) -> None:
        """Add the next piece."""
        match piece:
            case TextDelta(text=text):
                self._open("text").texts.append(text)
            case ReasoningDelta(text=text):
                self._open("reasoning").texts.append(text)
            case ToolCallDelta():
                block = self._call(piece.call_id)
                block.name = block.name or piece.name or ""
                block.texts.append(piece.arguments_text)
            case _:
                assert_never(piece)

    def list_chat_tool_calls(self) -> list[_Json]:
        """The tool calls in the form of a chat completion's message."""
        return [
            {
                "id": block.call_id,
                "type": "function",
                "function": {"name": block.name, "arguments": block.text},
            }
            for block in self._blocks
            if block.kind == "tool"
        ]

    def fill(self, span: LiveSpan, path: SdkPath) -> None:
        """Give a span that ends without an answer what had come of it."""
        recorded = as_dict(span.outputs)
        # Of a response that was cut, autolog keeps the items that were complete: often none.
        if not self._blocks or not (span.outputs is None or recorded.get("output") == []):
            return
        span.set_outputs({**recorded, **self._build_outputs(path)})
        if span.get_attribute(trace_names.RECORDED_BY) is None:
            corrected = as_list(span.get_attribute(trace_names.CORRECTED))
            span.set_attribute(trace_names.CORRECTED, [*corrected, "outputs"])

    def _open(self, kind: Literal["text", "reasoning"]) -> _Block:
        if not self._blocks or self._blocks[-1].kind != kind:
            self._blocks.append(_Block(kind=kind))
        return self._blocks[-1]

    def _call(self, call_id: str) -> _Block:
        for block in self._blocks:
            if block.kind == "tool" and block.call_id == call_id:
                return block
        self._blocks.append(_Block(kind="tool", call_id=call_id))
        return self._blocks[-1]

    def _build_outputs(self, path: SdkPath) -> _Json:
        match path:
            case SdkPath.OPENAI_CHAT:
                return self._build_chat_completion()
            case SdkPath.OPENAI_RESPONSES:
                return {"object": "response", "output": [*map(_build_response_item, self._blocks)]}
            case SdkPath.ANTHROPIC_MESSAGES:
                content = [*map(_build_anthropic_block, self._blocks)]
                return {"type": "message", "role": "assistant", "content": content}
            case SdkPath.PYDANTIC_AI:
                return {"kind": "response", "parts": [*map(_build_agent_part, self._blocks)]}
            case _:
                assert_never(path)

    def _build_chat_completion(self) -> _Json:
        text, reasoning = (
            "".join(block.text for block in self._blocks if block.kind == kind)
            for kind in ("text", "reasoning")
        )
        message: _Json = {"role": "assistant", "content": text}
        if reasoning:
            message["reasoning"] = reasoning
        if calls := self.list_chat_tool_calls():
            message["tool_calls"] = calls
        choice: _Json = {"index": 0, "message": message, "finish_reason": None}
        return {"object": "chat.completion", "choices": [choice]}


def _build_response_item(block: _Block) -> _Json:
    match block.kind:
        case "text":
            content = [{"type": "output_text", "text": block.text}]
            return {"type": "message", "role": "assistant", "content": content}
        case "reasoning":
            return {"type": "reasoning", "summary": [{"type": "summary_text", "text": block.text}]}
        case "tool":
            return {
                "type": "function_call",
                "call_id": block.call_id,
                "name": block.name,
                "arguments": block.text,
            }
        case _:
            assert_never(block.kind)


def _build_anthropic_block(block: _Block) -> _Json:
    match block.kind:
        case "text":
            return {"type": "text", "text": block.text}
        case "reasoning":
            return {"type": "thinking", "thinking": block.text}
        case "tool":
            made = _read_arguments(block.text)
            return {"type": "tool_use", "id": block.call_id, "name": block.name, "input": made}
        case _:
            assert_never(block.kind)


def _build_agent_part(block: _Block) -> _Json:
    match block.kind:
        case "text":
            return {"part_kind": "text", "content": block.text}
        case "reasoning":
            return {"part_kind": "thinking", "content": block.text}
        case "tool":
            return {
                "part_kind": "tool-call",
                "tool_call_id": block.call_id,
                "tool_name": block.name,
                "args": block.text,
            }
        case _:
            assert_never(block.kind)


def _read_arguments(text: str) -> Any:
    """As values; what is not whole yet stays text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
