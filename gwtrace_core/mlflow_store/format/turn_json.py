"""Requests and replies as the JSON that MLflow's page draws a chat from. No mlflow in here."""

from __future__ import annotations

import json
from typing import Any, cast

from gwtrace_core.values import as_json, trace_names
from gwtrace_core.values.endings import answer_notes
from gwtrace_core.values.events import Usage
from gwtrace_core.values.reply import Reply, TextBlock
from gwtrace_core.values.request import ChatRequest, Image, Message

Json = dict[str, Any]


def build_chat_inputs(request: ChatRequest) -> Json:
    """The conversation as OpenAI chat messages; a picture is replaced by its size."""
    messages: list[Json] = []
    if request.system_prompt:
        messages.append({"role": "system", "content": request.system_prompt})
    messages += [_build_message(message) for message in request.messages]
    return {"messages": messages}


def _build_message(message: Message) -> Json:
    if not message.images:
        return {"role": message.role, "content": message.text}
    parts: list[Json] = [{"type": "text", "text": message.text}]
    parts += [{"type": "text", "text": _build_image(image)} for image in message.images]
    return {"role": message.role, "content": parts}


def _build_image(image: Image) -> str:
    return f"[image: {image.media_type}, {len(image.data)} bytes]"


def find_last_user_text(inputs: Any) -> str | None:
    """The text of the user's message in chat inputs; None when `inputs` is something else."""
    messages = as_list(as_dict(inputs).get("messages"))
    content = as_dict(messages[-1]).get("content") if messages else None
    if parts := as_list(content):
        # The first part is the text, the others stand for pictures.
        content = as_dict(parts[0]).get("text")
    return content if isinstance(content, str) else None


def list_answers_before(inputs: Any) -> tuple[str, ...]:
    """The answers in `build_chat_inputs` that the conversation went on from, in order."""
    messages = [as_dict(each) for each in as_list(as_dict(inputs).get("messages"))]
    return tuple(str(each.get("content")) for each in messages if each.get("role") == "assistant")


def build_chat_outputs(reply: Reply) -> Json:
    """The reply as an OpenAI chat completion with one choice."""
    # Pieces between which a tool ran are paragraphs of their own.
    texts = [block.text for block in reply.blocks if isinstance(block, TextBlock)]
    message: Json = {"role": "assistant", "content": "\n\n".join(texts)}
    if reply.tool_calls:
        message["tool_calls"] = [
            {
                "id": call.call_id,
                "type": "function",
                "function": {
                    "name": call.name,
                    "arguments": call.arguments_text or json.dumps(dict(call.arguments or {})),
                },
            }
            for call in reply.tool_calls
        ]
    choice: Json = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
    return {"choices": [choice]}


def build_reply_attributes(reply: Reply) -> Json:
    """What only we know of the turn; what was not reported is left out."""
    failure = reply.failure
    found: Json = {
        trace_names.FIRST_TOKEN_MS: reply.first_token_ms,
        trace_names.LAST_TOKEN_MS: reply.last_token_ms,
        trace_names.DURATION_MS: reply.duration_ms,
        trace_names.CHUNK_COUNT: reply.chunk_count,
        trace_names.LONGEST_GAP_MS: reply.longest_gap_ms,
        trace_names.GATEWAY_COST_USD: reply.gateway_cost_usd,
        trace_names.ROUNDED_COST_USD: reply.rounded_cost_usd,
        trace_names.OUTPUT_TOKENS_PER_S: reply.output_tokens_per_s,
        trace_names.FROM_CACHE: True if reply.is_from_cache else None,
        trace_names.FINISH_REASON: reply.finish_reason,
        trace_names.ENDING: " ".join(answer_notes(reply)) or None,
        trace_names.RESPONSE_MODEL: reply.response_model,
        trace_names.RESPONSE_ID: reply.response_id,
        trace_names.REQUEST_ID: reply.request_id,
        trace_names.STOPPED: True if reply.status == "stopped" else None,
        trace_names.STOP_REASON: reply.stop_reason,
        trace_names.REPLY: as_json.reply_to_json(reply),
    }
    if failure is not None:
        found[trace_names.FAILURE] = {
            "source": failure.source.value,
            "cause": failure.cause.value,
            "message": failure.message,
            "hint": failure.hint,
            "status": failure.status,
            "body": failure.body,
        }
    return {key: value for key, value in found.items() if value is not None}


def usage_to_json(usage: Usage) -> dict[str, int]:
    """`mlflow.chat.tokenUsage`."""
    found = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "cache_creation_input_tokens": usage.cache_write_tokens,
    }
    return {key: value for key, value in found.items() if value is not None}


def usage_from_json(found: Any) -> Usage | None:
    """The opposite; None when `found` is no usage."""
    counts = as_dict(found)
    if not counts:
        return None
    return Usage(
        input_tokens=_as_count(counts.get("input_tokens")),
        output_tokens=_as_count(counts.get("output_tokens")),
        cache_read_tokens=_as_count(counts.get("cache_read_input_tokens")),
        cache_write_tokens=_as_count(counts.get("cache_creation_input_tokens")),
    )


def as_dict(value: Any) -> Json:
    """`value` if it is a JSON object, else an empty one: what others recorded may be anything."""
    return cast(Json, value) if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """`value` if it is a JSON array, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def _as_count(value: Any) -> int | None:
    # Numbers that went through a server come back as floats.
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
