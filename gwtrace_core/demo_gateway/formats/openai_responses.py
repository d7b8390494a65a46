"""OpenAI's Responses API: typed items, and events that number themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gwtrace_core.demo_gateway.formats.frames import Frame, HttpError, new_id, sse
from gwtrace_core.demo_gateway.formats.openai_chat import read_arguments, read_tool_choice
from gwtrace_core.demo_gateway.formats.openai_errors import openai_error, openai_headers
from gwtrace_core.demo_gateway.formats.responses_stream import response_frames
from gwtrace_core.demo_gateway.model.conversation import (
    BadRequestError,
    Conversation,
    ImageInput,
    Json,
    ProviderError,
    ToolCall,
    ToolOffer,
    ToolOutput,
    Turn,
    as_count,
    as_list,
    as_mapping,
    as_text,
    data_url_image,
)
from gwtrace_core.demo_gateway.model.generation import Finish, Generation

_ECHOED = (
    "instructions",
    "max_output_tokens",
    "metadata",
    "parallel_tool_calls",
    "previous_response_id",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_p",
    "truncation",
    "user",
)


class OpenAIResponses:
    """The Responses API. A reasoning summary is written only if the request asks for one."""

    def parse(self, body: Json, *, path: str) -> Conversation:
        """Read a request body."""
        given = body.get("input")
        if given is None:
            raise BadRequestError("Missing required parameter: 'input'.", param="input")
        system, turns = _read_input(given)
        instructions = as_text(body.get("instructions"))
        wish = as_mapping(body.get("reasoning"))
        effort = wish.get("effort")
        echo = {name: body[name] for name in _ECHOED if name in body}
        echo["reasoning"] = {"effort": effort, "summary": wish.get("summary")}
        echo["encrypt"] = "reasoning.encrypted_content" in as_list(body.get("include"))
        return Conversation(
            model=as_text(body.get("model")),
            turns=tuple(turns),
            system="\n".join(text for text in (instructions, system) if text),
            stream=body.get("stream") is True,
            tools=_read_tools(body),
            tool_choice=read_tool_choice(body.get("tool_choice")),
            max_output_tokens=as_count(body.get("max_output_tokens"), param="max_output_tokens"),
            reasoning=True if effort is None and wish else None if not wish else effort != "none",
            show_reasoning=bool(wish.get("summary")),
            json_schema=_read_schema(as_mapping(as_mapping(body.get("text")).get("format"))),
            echo=echo,
        )

    def plain(self, generation: Generation, conversation: Conversation) -> Json:
        """A finished `response`."""
        return finished_response(generation, conversation, output_items(generation, conversation))

    def frames(self, generation: Generation, conversation: Conversation) -> Sequence[Frame]:
        """Events from `response.created` to `response.completed` or `response.incomplete`."""
        items = output_items(generation, conversation)
        final = finished_response(generation, conversation, items)
        return response_frames(generation, items, final)

    def error(self, error: ProviderError, *, request_id: str) -> HttpError:
        """OpenAI's usual error body."""
        return openai_error(error)

    def error_frame(self, error: ProviderError, *, request_id: str, position: int) -> Frame:
        """An `error` event."""
        words = openai_error(error).body["error"]
        event = {
            "type": "error",
            "code": words["code"] or words["type"],
            "message": words["message"],
            "param": words["param"],
            "sequence_number": position,
        }
        return sse(event, event="error")

    def headers(self, request_id: str) -> Mapping[str, str]:
        """What OpenAI sends with every answer."""
        return openai_headers(request_id)


def output_items(generation: Generation, conversation: Conversation) -> list[Json]:
    """The finished output items: reasoning, message, function calls."""
    cut = generation.finish in (Finish.LENGTH, Finish.CONTENT_FILTER)
    items: list[Json] = []
    if generation.reasoning:
        summary = [{"type": "summary_text", "text": generation.reasoning}]
        item: Json = {
            "id": new_id("rs_", size=48),
            "type": "reasoning",
            "summary": summary if conversation.show_reasoning else [],
        }
        if conversation.echo.get("encrypt"):
            item["encrypted_content"] = new_id("gAAAAAdemo", size=64)
        items.append(item)
    if generation.text or not generation.tool_calls:
        part: Json = {
            "type": "output_text",
            "text": generation.text,
            "annotations": [],
            "logprobs": [],
        }
        items.append(
            {
                "id": new_id("msg_", size=48),
                "type": "message",
                "role": "assistant",
                "status": "incomplete" if cut else "completed",
                "content": [part],
            }
        )
    items.extend(
        {
            "id": new_id("fc_", size=48),
            "type": "function_call",
            "call_id": new_id("call_"),
            "name": call.name,
            "arguments": json.dumps(dict(call.arguments)),
            "status": "completed",
        }
        for call in generation.tool_calls
    )
    return items


def finished_response(
    generation: Generation, conversation: Conversation, items: list[Json]
) -> Json:
    """The whole `response` object, with the request's settings repeated as OpenAI does."""
    reason = {Finish.LENGTH: "max_output_tokens", Finish.CONTENT_FILTER: "content_filter"}.get(
        generation.finish
    )
    settings: Json = {
        "instructions": None,
        "max_output_tokens": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "user": None,
    }
    settings |= {name: value for name, value in conversation.echo.items() if name != "encrypt"}
    return {
        "id": new_id("resp_", size=48),
        "object": "response",
        "created_at": generation.created_s,
        "status": "completed" if reason is None else "incomplete",
        "background": False,
        "error": None,
        "incomplete_details": None if reason is None else {"reason": reason},
        "model": generation.response_model,
        "output": items,
        "service_tier": "default",
        "store": False,
        **settings,
        "usage": _usage(generation),
    }


def _usage(generation: Generation) -> Json:
    usage = generation.usage
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read_tokens,
            "cache_write_tokens": 0,
        },
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }


def _read_input(given: Any) -> tuple[str, list[Turn]]:
    if isinstance(given, str):
        return "", [Turn(role="user", text=as_text(given))]
    system: list[str] = []
    turns: list[Turn] = []
    for item in map(as_mapping, as_list(given)):
        kind = item.get("type", "message")
        if kind == "function_call":
            turns.append(Turn(role="assistant", tool_calls=(_read_call(item),)))
        elif kind == "function_call_output":
            output = item.get("output")
            text = as_text(output) or _read_content(output)[0]
            made = ToolOutput(call_id=as_text(item.get("call_id")), text=text)
            turns.append(Turn(role="user", tool_outputs=(made,)))
        elif kind == "message":
            text, images = _read_content(item.get("content"))
            if item.get("role") in ("system", "developer"):
                system.append(text)
            elif item.get("role") == "assistant":
                turns.append(Turn(role="assistant", text=text))
            else:
                turns.append(Turn(role="user", text=text, images=images))
    return "\n".join(system), turns


def _read_content(content: Any) -> tuple[str, tuple[ImageInput, ...]]:
    if isinstance(content, str):
        return as_text(content), ()
    parts = [as_mapping(part) for part in as_list(content)]
    images = tuple(
        data_url_image(part.get("image_url")) for part in parts if part.get("type") == "input_image"
    )
    return "".join(as_text(part.get("text")) for part in parts), images


def _read_call(item: Json) -> ToolCall:
    return ToolCall(
        id=as_text(item.get("call_id")),
        name=as_text(item.get("name")),
        arguments=read_arguments(item.get("arguments")),
    )


def _read_tools(body: Json) -> tuple[ToolOffer, ...]:
    tools = [as_mapping(tool) for tool in as_list(body.get("tools"))]
    return tuple(
        ToolOffer(name=as_text(tool.get("name")), parameters=as_mapping(tool.get("parameters")))
        for tool in tools
        if tool.get("type") == "function"
    )


def _read_schema(text_format: Json) -> Mapping[str, Any] | None:
    match text_format.get("type"):
        case "json_schema":
            return as_mapping(text_format.get("schema"))
        case "json_object":
            return {"type": "object", "properties": {"answer": {"type": "string"}}}
        case _:
            return None
