"""The Chat Completions API, as OpenAI, Groq and Anthropic's compatible endpoint speak it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from gwtrace_core.demo_gateway.formats.frames import Frame, HttpError, new_id, sse
from gwtrace_core.demo_gateway.formats.openai_errors import openai_error, openai_headers
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

Flavour = Literal["openai", "groq", "anthropic"]

_FINISH = {
    Finish.STOP: "stop",
    Finish.STOP_SEQUENCE: "stop",
    Finish.LENGTH: "length",
    Finish.TOOL_CALLS: "tool_calls",
    Finish.CONTENT_FILTER: "content_filter",
}


class OpenAIChat:
    """Chat Completions. Groq adds its reasoning text; the others only count it."""

    def __init__(self, flavour: Flavour = "openai") -> None:
        self._flavour = flavour

    def parse(self, body: Json, *, path: str) -> Conversation:
        """Read a request body."""
        messages = as_list(body.get("messages"))
        if not messages:
            raise BadRequestError("Missing required parameter: 'messages'.", param="messages")
        system, turns = _read_messages(messages)
        stop = body.get("stop")
        effort = as_text(body.get("reasoning_effort"))
        limit = body.get("max_completion_tokens", body.get("max_tokens"))
        return Conversation(
            model=as_text(body.get("model")),
            turns=tuple(turns),
            system=system,
            stream=body.get("stream") is True,
            tools=_read_tools(body),
            tool_choice=read_tool_choice(body.get("tool_choice")),
            max_output_tokens=as_count(limit, param="max_completion_tokens"),
            stop=(stop,) if isinstance(stop, str) else tuple(map(as_text, as_list(stop))),
            reasoning=None if not effort else effort != "none",
            show_reasoning=self._flavour == "groq"
            and body.get("include_reasoning") is not False
            and body.get("reasoning_format") != "hidden",
            json_schema=_read_schema(as_mapping(body.get("response_format"))),
        )

    def plain(self, generation: Generation, conversation: Conversation) -> Json:
        """A `chat.completion`."""
        message: Json = {"role": "assistant", "content": generation.text or None}
        if self._flavour == "openai":
            message |= {"refusal": None, "annotations": []}
        if generation.reasoning and conversation.show_reasoning:
            message["reasoning"] = generation.reasoning
        if generation.tool_calls:
            message["tool_calls"] = [_tool_call(call) for call in generation.tool_calls]
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": self._finish(generation.finish, streamed=False),
        }
        head = self._head(generation, "chat.completion")
        return {**head, "choices": [choice], "usage": _usage(generation)}

    def frames(self, generation: Generation, conversation: Conversation) -> Sequence[Frame]:
        """`chat.completion.chunk` events up to `[DONE]`; usage comes in a chunk without choices."""
        head = self._head(generation, "chat.completion.chunk")

        def chunk(delta: Json, finish: str | None = None, *, tokens: int = 0) -> Frame:
            choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
            return sse({**head, "choices": [choice]}, tokens=tokens)

        frames = [chunk({"role": "assistant", "content": ""})]
        for piece in generation.chunks(generation.reasoning):
            if conversation.show_reasoning:
                frames.append(chunk({"reasoning": piece.text}, tokens=piece.tokens))
            else:
                frames.append(Frame(data=b"", tokens=piece.tokens))
        frames.extend(
            chunk({"content": piece.text}, tokens=piece.tokens)
            for piece in generation.chunks(generation.text)
        )
        for index, call in enumerate(generation.tool_calls):
            whole = _tool_call(call)
            arguments = whole["function"].pop("arguments")
            first = {"index": index, **whole}
            first["function"] = {**whole["function"], "arguments": ""}
            frames.append(chunk({"tool_calls": [first]}, tokens=8))
            frames.extend(
                chunk(
                    {"tool_calls": [{"index": index, "function": {"arguments": piece.text}}]},
                    tokens=piece.tokens,
                )
                for piece in generation.chunks(arguments)
            )
        frames.append(chunk({}, self._finish(generation.finish, streamed=True)))
        usage = _usage(generation)
        last: Json = {**head, "choices": [], "usage": usage}
        if self._flavour == "groq":
            last["x_groq"] = {"id": new_id("req_"), "usage": usage}
        frames += [sse(last), Frame(data=b"data: [DONE]\n\n")]
        return frames

    def error(self, error: ProviderError, *, request_id: str) -> HttpError:
        """The error in OpenAI's form; Groq and Anthropic's endpoint use the same."""
        return openai_error(error, groq=self._flavour == "groq")

    def error_frame(self, error: ProviderError, *, request_id: str, position: int) -> Frame:
        """An error object in place of a chunk."""
        return sse(self.error(error, request_id=request_id).body)

    def headers(self, request_id: str) -> Mapping[str, str]:
        """The request id, under the name that the provider uses."""
        if self._flavour == "anthropic":
            return {"request-id": request_id}
        if self._flavour == "groq":
            return {"x-request-id": request_id, "x-groq-region": "demo"}
        return openai_headers(request_id)

    def _head(self, generation: Generation, kind: str) -> Json:
        head: Json = {
            "id": new_id("chatcmpl-", size=28),
            "object": kind,
            "created": generation.created_s,
            "model": generation.response_model,
            "system_fingerprint": "fp_demo",
        }
        if self._flavour == "openai":
            head["service_tier"] = "default"
        elif self._flavour == "groq" and kind == "chat.completion":
            head |= {"service_tier": "on_demand", "x_groq": {"id": new_id("req_")}}
        return head

    def _finish(self, finish: Finish, *, streamed: bool) -> str:
        # Groq's types know a content filter only in streams.
        if finish is Finish.CONTENT_FILTER and self._flavour == "groq" and not streamed:
            return "stop"
        return _FINISH[finish]


def read_tool_choice(choice: Any) -> str:
    """`auto`, `none`, `required` or a tool's name, from OpenAI's `tool_choice`."""
    if isinstance(choice, str):
        return choice
    mapping = as_mapping(choice)
    if mapping.get("type") == "allowed_tools":
        allowed = as_mapping(mapping.get("allowed_tools")) or mapping
        return as_text(allowed.get("mode")) or "auto"
    named = as_mapping(mapping.get("function")) or mapping
    return as_text(named.get("name")) or "auto"


def read_arguments(text: Any) -> Mapping[str, Any]:
    """A tool call's arguments; text that is no JSON is kept under `arguments`."""
    try:
        return as_mapping(json.loads(as_text(text) or "{}"))
    except ValueError:
        return {"arguments": as_text(text)}


def _read_messages(messages: list[Any]) -> tuple[str, list[Turn]]:
    system: list[str] = []
    turns: list[Turn] = []
    for entry in map(as_mapping, messages):
        text, images = _read_content(entry.get("content"))
        match entry.get("role"):
            case "system" | "developer":
                system.append(text)
            case "user":
                turns.append(Turn(role="user", text=text, images=images))
            case "assistant":
                calls = tuple(map(_read_call, as_list(entry.get("tool_calls"))))
                turns.append(Turn(role="assistant", text=text, tool_calls=calls))
            case "tool":
                output = ToolOutput(call_id=as_text(entry.get("tool_call_id")), text=text)
                turns.append(Turn(role="user", tool_outputs=(output,)))
            case role:
                raise BadRequestError(f"Invalid value: {role!r}.", param="messages[0].role")
    return "\n".join(system), turns


def _read_content(content: Any) -> tuple[str, tuple[ImageInput, ...]]:
    if isinstance(content, str):
        return as_text(content), ()
    parts = [as_mapping(part) for part in as_list(content)]
    text = "".join(as_text(part.get("text")) for part in parts if part.get("type") == "text")
    images = tuple(
        data_url_image(as_mapping(part.get("image_url")).get("url"))
        for part in parts
        if part.get("type") == "image_url"
    )
    return text, images


def _read_call(value: Any) -> ToolCall:
    call = as_mapping(value)
    function = as_mapping(call.get("function"))
    return ToolCall(
        id=as_text(call.get("id")),
        name=as_text(function.get("name")),
        arguments=read_arguments(function.get("arguments")),
    )


def _read_tools(body: Json) -> tuple[ToolOffer, ...]:
    functions = [as_mapping(as_mapping(t).get("function")) for t in as_list(body.get("tools"))]
    return tuple(
        ToolOffer(name=as_text(f.get("name")), parameters=as_mapping(f.get("parameters")))
        for f in functions
        if f.get("name")
    )


def _read_schema(response_format: Json) -> Mapping[str, Any] | None:
    match response_format.get("type"):
        case "json_schema":
            return as_mapping(as_mapping(response_format.get("json_schema")).get("schema"))
        case "json_object":
            return {"type": "object", "properties": {"answer": {"type": "string"}}}
        case _:
            return None


def _tool_call(call: ToolCall) -> Json:
    function = {"name": call.name, "arguments": json.dumps(dict(call.arguments))}
    return {"id": new_id("call_"), "type": "function", "function": function}


def _usage(generation: Generation) -> Json:
    usage = generation.usage
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
