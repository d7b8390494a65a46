"""The Responses API's events: every item is opened, filled and closed, all of them numbered."""

from __future__ import annotations

from gwtrace_core.demo_gateway.formats.frames import Frame, sse
from gwtrace_core.demo_gateway.model.conversation import Json
from gwtrace_core.demo_gateway.model.generation import Generation


class _Events:
    """Collects frames and numbers them."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self._number = 0

    def add(self, kind: str, *, tokens: int = 0, **fields: object) -> None:
        event = {"type": kind, "sequence_number": self._number, **fields}
        self._number += 1
        self.frames.append(sse(event, event=kind, tokens=tokens))


def response_frames(generation: Generation, items: list[Json], final: Json) -> list[Frame]:
    """All frames of one streamed response whose finished form is `final`."""
    events = _Events()
    begun: Json = {
        **final,
        "status": "in_progress",
        "incomplete_details": None,
        "output": [],
        "usage": None,
    }
    events.add("response.created", response=begun)
    events.add("response.in_progress", response=begun)
    for index, item in enumerate(items):
        match item["type"]:
            case "reasoning":
                _reasoning(events, generation, item, index)
            case "message":
                _message(events, generation, item, index)
            case _:
                _function_call(events, generation, item, index)
        events.add("response.output_item.done", output_index=index, item=item)
    events.add(f"response.{final['status']}", response=final)
    return events.frames


def _reasoning(events: _Events, generation: Generation, item: Json, index: int) -> None:
    opened: Json = {**item, "summary": []}
    events.add("response.output_item.added", output_index=index, item=opened)
    pieces = generation.chunks(generation.reasoning)
    if not item["summary"]:
        events.frames.extend(Frame(data=b"", tokens=piece.tokens) for piece in pieces)
        return
    at = {"item_id": item["id"], "output_index": index, "summary_index": 0}
    empty = {"type": "summary_text", "text": ""}
    events.add("response.reasoning_summary_part.added", **at, part=empty)
    for piece in pieces:
        kind = "response.reasoning_summary_text.delta"
        events.add(kind, tokens=piece.tokens, **at, delta=piece.text)
    events.add("response.reasoning_summary_text.done", **at, text=generation.reasoning)
    events.add("response.reasoning_summary_part.done", **at, part=item["summary"][0])


def _message(events: _Events, generation: Generation, item: Json, index: int) -> None:
    opened: Json = {**item, "status": "in_progress", "content": []}
    events.add("response.output_item.added", output_index=index, item=opened)
    at = {"item_id": item["id"], "output_index": index, "content_index": 0}
    part = item["content"][0]
    events.add("response.content_part.added", **at, part={**part, "text": ""})
    for piece in generation.chunks(generation.text):
        kind = "response.output_text.delta"
        events.add(kind, tokens=piece.tokens, **at, delta=piece.text, logprobs=[])
    events.add("response.output_text.done", **at, text=generation.text, logprobs=[])
    events.add("response.content_part.done", **at, part=part)


def _function_call(events: _Events, generation: Generation, item: Json, index: int) -> None:
    opened = {**item, "status": "in_progress", "arguments": ""}
    events.add("response.output_item.added", tokens=8, output_index=index, item=opened)
    at = {"item_id": item["id"], "output_index": index}
    for piece in generation.chunks(item["arguments"]):
        kind = "response.function_call_arguments.delta"
        events.add(kind, tokens=piece.tokens, **at, delta=piece.text)
    events.add(
        "response.function_call_arguments.done",
        **at,
        arguments=item["arguments"],
    )
