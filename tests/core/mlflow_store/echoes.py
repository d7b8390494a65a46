"""An upstream that echoes the key that it was sent, by every API, in pieces of any size."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gwtrace_core.demo_gateway.serving import listen, make_server

_Json = dict[str, Any]


def forms(key: str) -> tuple[str, ...]:
    """Ways in which a server may write a key."""
    user = base64.b64encode(f"user:{key}".encode()).decode()
    alone = base64.urlsafe_b64encode(key.encode()).decode()
    return key, json.dumps(key)[1:-1], user, alone, key.encode().hex()


def told(key: str) -> str:
    """What the upstream answers with."""
    return "It is " + ", and ".join(forms(key)) + ". So much for that."


def pieces(text: str, size: int) -> list[str]:
    """`text` cut into pieces of that many letters."""
    return [text[at : at + size] for at in range(0, len(text), size)]


@contextmanager
def echoing_upstream(size: int = 1) -> Iterator[str]:
    """Its base URL. Text, reasoning, a tool call's arguments, names and headers hold the key."""

    async def answer(request: Request) -> Response:
        given = request.headers.get("authorization") or request.headers["x-api-key"]
        key = given.removeprefix("Bearer ")
        asked = await request.json()
        api = next(api for end, api in _APIS.items() if request.url.path.endswith(end))
        whole, events = api(key, size)
        headers = {"x-request-id": f"req-{key}", "request-id": f"req-{key}"}
        if not asked.get("stream"):
            return JSONResponse(whole, headers=headers)
        return Response(_sse(events), headers=headers, media_type="text/event-stream")

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])])
    server = make_server(app)
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/proxy"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def _sse(events: list[_Json]) -> str:
    lines = (
        (f"event: {event['type']}\n" if "type" in event else "") + f"data: {json.dumps(event)}\n\n"
        for event in events
    )
    return "".join(lines) + "data: [DONE]\n\n"


def _chat(key: str, size: int) -> tuple[_Json, list[_Json]]:
    head = {"id": f"c-{key}", "created": 1, "model": f"m-{key}", "system_fingerprint": key}
    usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
    message = {"role": "assistant", "content": told(key), "reasoning": told(key)}
    whole = {
        **head,
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": usage,
    }

    def chunk(delta: _Json, reason: str | None = None, **more: Any) -> _Json:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return {**head, "object": "chat.completion.chunk", "choices": [choice], **more}

    events = [chunk({"role": "assistant", "content": ""})]
    events += [chunk({"reasoning": piece}) for piece in pieces(told(key), size)]
    events += [chunk({"content": piece}) for piece in pieces(told(key), size)]
    return whole, [*events, chunk({}, "stop", usage=usage)]


def _responses(key: str, size: int) -> tuple[_Json, list[_Json]]:
    part = {"type": "output_text", "text": told(key), "annotations": []}
    message = {
        "type": "message",
        "id": f"msg-{key}",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }
    call = {
        "type": "function_call",
        "id": "fc-1",
        "call_id": f"call-{key}",
        "name": "calculator",
        "arguments": json.dumps({"expression": told(key)}),
        "status": "completed",
    }
    whole = {
        "id": f"resp-{key}",
        "object": "response",
        "created_at": 1,
        "model": f"m-{key}",
        "status": "completed",
        "output": [message, call],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 5,
            "output_tokens": 7,
            "total_tokens": 12,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }
    open_message = {**message, "status": "in_progress", "content": []}
    place = {"item_id": message["id"], "output_index": 0, "content_index": 0}
    events: list[_Json] = [
        {"type": "response.created", "response": {**whole, "output": [], "status": "in_progress"}},
        {"type": "response.output_item.added", "output_index": 0, "item": open_message},
        *(
            {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []}
            for piece in pieces(told(key), size)
        ),
        {"type": "response.output_item.done", "output_index": 0, "item": message},
        {
            "type": "response.output_item.added",
            "output_index": 1,
            "item": {**call, "arguments": "", "status": "in_progress"},
        },
        *(
            {
                "type": "response.function_call_arguments.delta",
                "item_id": "fc-1",
                "output_index": 1,
                "delta": piece,
            }
            for piece in pieces(call["arguments"], size)
        ),
        {"type": "response.output_item.done", "output_index": 1, "item": call},
        {"type": "response.completed", "response": whole},
    ]
    return whole, [{**event, "sequence_number": n} for n, event in enumerate(events)]


def _messages(key: str, size: int) -> tuple[_Json, list[_Json]]:
    thinking = {"type": "thinking", "thinking": told(key), "signature": f"sig-{key}"}
    call = {
        "type": "tool_use",
        "id": f"toolu-{key}",
        "name": "calculator",
        "input": {"expression": told(key)},
    }
    usage = {"input_tokens": 5, "output_tokens": 7}
    head = {"id": f"msg-{key}", "type": "message", "role": "assistant", "model": f"m-{key}"}
    whole = {
        **head,
        "content": [thinking, {"type": "text", "text": told(key)}, call],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": usage,
    }
    blocks: list[tuple[_Json, str, str, str]] = [
        ({**thinking, "thinking": "", "signature": ""}, "thinking_delta", "thinking", told(key)),
        # The first letters stand in the block's beginning already.
        ({"type": "text", "text": told(key)[:8]}, "text_delta", "text", told(key)[8:]),
        ({**call, "input": {}}, "input_json_delta", "partial_json", json.dumps(call["input"])),
    ]
    started = {**head, "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
    events: list[_Json] = [{"type": "message_start", "message": started}]
    for index, (block, kind, name, text) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events += [
            {"type": "content_block_delta", "index": index, "delta": {"type": kind, name: piece}}
            for piece in pieces(text, size)
        ]
        events.append({"type": "content_block_stop", "index": index})
    ended = {"stop_reason": "tool_use", "stop_sequence": None}
    events.append({"type": "message_delta", "delta": ended, "usage": {"output_tokens": 7}})
    return whole, [*events, {"type": "message_stop"}]


_APIS = {"/chat/completions": _chat, "/responses": _responses, "/messages": _messages}
