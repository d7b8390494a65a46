"""A tool call with half a character in it goes back to the provider as text that can be sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gwtrace_core.running.entrance import Entrance
from gwtrace_core.values.events import Finished
from tests.core.sdk_paths.support import Way
from tests.core.sdk_paths.test_odd_answers import (
    AGENT_CHAT,
    CHAT,
    MESSAGES,
    RESPONSES,
    Canned,
    serving,
    turn,
)

pytestmark = pytest.mark.anyio

ARGUMENTS = '{"expression": "2 + \ud83d"}'


def chat_answer(message: dict[str, Any], reason: str) -> Canned:
    choice = {"index": 0, "finish_reason": reason, "message": {"role": "assistant", **message}}
    whole = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m"}
    return Canned(body=json.dumps({**whole, "choices": [choice]}))


def response_of(*output: dict[str, Any]) -> Canned:
    whole = {"id": "r1", "object": "response", "created_at": 1, "model": "m", "tools": []}
    more = {"status": "completed", "parallel_tool_calls": True, "tool_choice": "auto"}
    return Canned(body=json.dumps({**whole, **more, "output": output}))


def message_of(reason: str, *content: dict[str, Any]) -> Canned:
    whole = {"id": "m1", "type": "message", "role": "assistant", "model": "m"}
    usage = {"input_tokens": 1, "output_tokens": 1}
    body = {**whole, "stop_reason": reason, "usage": usage, "content": content}
    return Canned(body=json.dumps(body))


CHAT_ROUND = (
    chat_answer(
        {
            "content": None,
            "tool_calls": [
                {
                    "id": "c\ud83d",
                    "type": "function",
                    "function": {"name": "calculator", "arguments": ARGUMENTS},
                }
            ],
        },
        "tool_calls",
    ),
    chat_answer({"content": "Done."}, "stop"),
)
RESPONSES_ROUND = (
    response_of(
        {
            "id": "f1",
            "type": "function_call",
            "call_id": "c\ud83d",
            "name": "calculator",
            "arguments": ARGUMENTS,
        }
    ),
    response_of(
        {
            "id": "m1",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Done.", "annotations": []}],
        }
    ),
)
MESSAGES_ROUND = (
    message_of(
        "tool_use",
        {
            "type": "tool_use",
            "id": "c\ud83d",
            "name": "calculator",
            "input": {"expression": "2 + \ud83d"},
        },
    ),
    message_of("end_turn", {"type": "text", "text": "Done."}),
)


@pytest.mark.parametrize(
    ("way", "answers"),
    [
        pytest.param(CHAT, CHAT_ROUND, id="chat"),
        pytest.param(AGENT_CHAT, CHAT_ROUND, id="agent"),
        pytest.param(RESPONSES, RESPONSES_ROUND, id="responses"),
        pytest.param(MESSAGES, MESSAGES_ROUND, id="messages"),
    ],
)
async def test_a_call_with_half_a_character_goes_back_clean_and_the_turn_goes_on(
    way: Way, answers: tuple[Canned, ...]
) -> None:
    with serving(*answers) as server:
        events = await turn(way, server, streamed=False, tools=("calculator",))
    entrance = Entrance(model="m")
    clean = [each for event in events for each in entrance.take(event)]
    assert isinstance(clean[-1], Finished), clean[-1]
    _, second = server.bodies
    sent = json.dumps(second, ensure_ascii=False)
    assert "2 + \ufffd" in sent
    assert "c\ufffd" in sent
    assert sent.encode()
