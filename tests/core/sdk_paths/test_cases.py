"""Answers of real servers that differ from the SDKs' types: `tests/cases`, by every path."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gwtrace_core.values.events import Failed, ModelRequestFinished, StreamEvent, Usage
from tests.core.sdk_paths.canned import (
    AGENT_ANTHROPIC,
    AGENT_CHAT,
    CHAT,
    MESSAGES,
    RESPONSES,
    Canned,
    canned_case,
    chat_answer,
    chat_chunk,
    serving,
    sse,
    tool_call,
    turn,
)
from tests.core.sdk_paths.support import Way, answers, shape

pytestmark = pytest.mark.anyio

BOTH_CHATS = pytest.mark.parametrize("way", [CHAT, AGENT_CHAT], ids=lambda way: way.name)
BOTH_MESSAGES = pytest.mark.parametrize(
    "way", [MESSAGES, AGENT_ANTHROPIC], ids=lambda way: way.name
)
USAGE = Usage(input_tokens=5, output_tokens=7)


def rows_of(events: list[StreamEvent]) -> list[tuple[Any, ...]]:
    """The shape of a turn without its first row, which only says the model."""
    return shape(events)[1:]


def answer_of(events: list[StreamEvent]) -> ModelRequestFinished:
    [answer] = answers(events)
    return answer


def failure_of(events: list[StreamEvent]) -> Any:
    last = events[-1]
    assert isinstance(last, Failed)
    return last.failure


@BOTH_CHATS
@pytest.mark.parametrize("file", ["stream.sse", "no-delta.sse"])
async def test_a_choice_without_delta_is_passed_over(way: Way, file: str) -> None:
    with serving(canned_case("null-delta", file)) as server:
        events = await turn(way, server)
    assert rows_of(events) == [
        ("text", "Hello."),
        ("answer", 0, "stop", True),
        ("finished", "stop"),
    ]
    assert answer_of(events).usage == USAGE


@BOTH_CHATS
async def test_an_answer_without_a_message_is_the_providers_fault(way: Way) -> None:
    canned = canned_case("null-delta", "message-null.json")
    with serving(canned) as server:
        events = await turn(way, server, streamed=False)
    assert rows_of(events) == [("failed", "provider", "answer not understood", None)]
    assert failure_of(events).body == canned.body


@pytest.mark.parametrize(
    ("file", "text"), [("stream.sse", "Hello. More."), ("plain.json", "Hello.")]
)
async def test_content_in_parts_is_read_part_by_part(file: str, text: str) -> None:
    with serving(canned_case("content-as-parts", file)) as server:
        events = await turn(CHAT, server, streamed=file == "stream.sse")
    assert rows_of(events) == [
        ("reasoning", "Let me see."),
        ("text", text),
        ("answer", 0, "stop", True),
        ("finished", "stop"),
    ]


@pytest.mark.parametrize("file", ["stream.sse", "plain.json", "plain-no-type.json"])
async def test_arguments_as_an_object_and_calls_without_type_run_the_tool(file: str) -> None:
    call = canned_case("tool-arguments-as-object", file)
    end = sse(chat_chunk({"content": "42."}), chat_chunk({}, "stop"))
    is_streamed = file.endswith(".sse")
    with serving(call, end if is_streamed else chat_answer({"content": "42."})) as server:
        events = await turn(CHAT, server, tools=("calculator",), streamed=is_streamed)
    ran = [row for row in rows_of(events) if row[0] in ("tool", "result", "finished")]
    assert ran == [
        ("tool", 1, "calculator", {"expression": "6*7"}),
        ("result", 1, "42", False),
        ("finished", "stop"),
    ]
    [asked] = server.bodies[1]["messages"][-2]["tool_calls"]
    assert asked["function"]["arguments"].replace(" ", "") == '{"expression":"6*7"}'


async def test_two_calls_with_one_index_and_two_ids_are_two() -> None:
    called = canned_case("parallel-tools-same-index", "stream.sse")
    then = canned_case("parallel-tools-same-index", "then.sse")
    with serving(called, then) as server:
        events = await turn(CHAT, server, tools=("calculator", "look_up_fact"))
    ran = [row for row in rows_of(events) if row[0] in ("tool", "result")]
    assert ran[:2] == [
        ("tool", 1, "calculator", {"expression": "6*7"}),
        ("result", 1, "42", False),
    ]
    assert ran[2] == ("tool", 2, "look_up_fact", {"topic": "Mars"})
    assert ran[3][2].startswith("Mars is")
    sent = server.bodies[1]["messages"][-3:]
    assert [call["id"] for call in sent[0]["tool_calls"]] == ["call_a", "call_b"]
    assert [message["tool_call_id"] for message in sent[1:]] == ["call_a", "call_b"]


async def test_two_calls_with_one_index_in_one_chunk_are_two() -> None:
    called = canned_case("parallel-tools-same-index", "one-chunk.sse")
    then = canned_case("parallel-tools-same-index", "then.sse")
    with serving(called, then) as server:
        events = await turn(CHAT, server, tools=("calculator",))
    ran = [row[2] for row in rows_of(events) if row[0] == "result"]
    assert ran == ["42", "2"]


async def test_calls_without_ids_and_with_one_index_are_told_apart_by_their_names() -> None:
    def whole(expression: str) -> dict[str, Any]:
        arguments = f'{{"expression": "{expression}"}}'
        call = {"index": 0, "function": {"name": "calculator", "arguments": arguments}}
        return chat_chunk({"tool_calls": [call]})

    called = sse(whole("6*7"), whole("1+1"), chat_chunk({}, "tool_calls"))
    with serving(called, canned_case("parallel-tools-same-index", "then.sse")) as server:
        events = await turn(CHAT, server, tools=("calculator",))
    assert [row[2] for row in rows_of(events) if row[0] == "result"] == ["42", "2"]
    sent = server.bodies[1]["messages"][-3:]
    assert [call["id"] for call in sent[0]["tool_calls"]] == ["call_0", "call_0_2"]


@pytest.mark.parametrize("file", ["stream.sse", "plain.json"])
@BOTH_MESSAGES
async def test_a_tool_that_the_provider_runs_is_not_run_here(way: Way, file: str) -> None:
    with serving(canned_case("anthropic-server-tool-streamed", file)) as server:
        events = await turn(way, server, streamed=file == "stream.sse", tools=("calculator",))
    assert rows_of(events) == [
        ("text", "I search.Found."),
        ("answer", 0, "end_turn", True),
        ("finished", "end_turn"),
    ]
    assert answer_of(events).unseen == ("a web search by the provider",)
    assert len(server.bodies) == 1


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "plain"])
@BOTH_CHATS
async def test_a_tool_that_the_model_made_up_is_answered_and_shown(
    way: Way, streamed: bool
) -> None:
    call = {**tool_call('{"city": "Paris"}', name="weather"), "index": 0}
    if streamed:
        first = sse(chat_chunk({"tool_calls": [call]}), chat_chunk({}, "tool_calls"))
        then = sse(chat_chunk({"content": "Sorry."}), chat_chunk({}, "stop"))
    else:
        first = chat_answer({"content": None, "tool_calls": [call]}, "tool_calls")
        then = chat_answer({"content": "Sorry."})
    with serving(first, then) as server:
        events = await turn(way, server, tools=("calculator",), streamed=streamed)
    rows = rows_of(events)
    [result] = [row for row in rows if row[0] == "result"]
    assert ("tool", 1, "weather", {"city": "Paris"}) in rows
    assert "weather" in result[2]
    assert result[3] is True
    assert rows[-1] == ("finished", "stop")


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "plain"])
async def test_an_agent_whose_provider_pauses_for_ever_is_ended(streamed: bool) -> None:
    if streamed:
        events = (
            {"type": "message_start", "message": _message("", [])},
            {
                "type": "message_delta",
                "delta": {"stop_reason": "pause_turn"},
                "usage": {"output_tokens": 7},
            },
            {"type": "message_stop"},
        )
        pause = sse(*events, done=False)
    else:
        pause = Canned(body=json.dumps(_message("pause_turn", [{"type": "text", "text": "…"}])))
    with serving(pause) as server:
        seen = await turn(AGENT_ANTHROPIC, server, streamed=streamed)
    rows = rows_of(seen)
    assert rows[-1] == ("failed", "provider", "too many tool rounds", None)
    assert len(server.bodies) == len(answers(seen)) == 6


def _message(stop_reason: str, content: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": content,
        "stop_reason": stop_reason or None,
        "stop_sequence": None,
        "usage": {"input_tokens": 5, "output_tokens": 1},
    }


@BOTH_CHATS
async def test_an_error_as_finish_reason_is_a_failure_with_its_text(way: Way) -> None:
    with serving(canned_case("finish-reasons-unsaid", "error.sse")) as server:
        events = await turn(way, server)
    assert rows_of(events) == [
        ("text", "Hel"),
        ("answer", 0, "error", True),
        ("failed", "provider", "error inside the stream", None),
    ]
    if way is CHAT:
        assert "Provider disconnected" in failure_of(events).message


@BOTH_MESSAGES
async def test_a_refusal_keeps_its_text(way: Way) -> None:
    with serving(canned_case("finish-reasons-unsaid", "anthropic-refusal.sse")) as server:
        events = await turn(way, server)
    assert rows_of(events) == [
        ("text", "I ca"),
        ("answer", 0, "refusal", True),
        ("finished", "refusal"),
    ]


@BOTH_CHATS
@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "plain"])
async def test_the_words_of_a_refusal_are_the_answer(way: Way, streamed: bool) -> None:
    if streamed:
        canned = sse(
            chat_chunk({"refusal": "I can"}),
            chat_chunk({"refusal": "not."}),
            chat_chunk({}, "stop"),
        )
    else:
        canned = chat_answer({"content": None, "refusal": "I cannot."})
    with serving(canned) as server:
        events = await turn(way, server, streamed=streamed)
    rows = rows_of(events)
    assert rows[0] == ("text", "I cannot.")
    assert rows[-1][0] == "finished"


@BOTH_CHATS
async def test_a_picture_alone_is_an_answer_that_names_it(way: Way) -> None:
    with serving(canned_case("empty-answer", "image-only.sse")) as server:
        events = await turn(way, server)
    assert rows_of(events) == [("answer", 0, "stop", True), ("finished", "stop")]
    assert answer_of(events).usage == USAGE
    if way is CHAT:
        # Pydantic AI drops it without a word.
        assert answer_of(events).unseen == ("a picture",)


@BOTH_MESSAGES
async def test_an_answer_without_text_is_an_answer(way: Way) -> None:
    with serving(canned_case("empty-answer", "anthropic-empty.sse")) as server:
        events = await turn(way, server)
    assert rows_of(events) == [("answer", 0, "end_turn", True), ("finished", "end_turn")]
    assert answer_of(events).usage == USAGE
    assert len(server.bodies) == 1


@BOTH_CHATS
async def test_an_error_object_in_an_answer_is_told_in_the_providers_words(way: Way) -> None:
    canned = canned_case("error-in-200", "plain.json")
    with serving(canned) as server:
        events = await turn(way, server, streamed=False)
    assert rows_of(events) == [("failed", "provider", "rate limited", None)]
    failure = failure_of(events)
    assert "Provider returned error: quota" in failure.message
    assert failure.body == canned.body


@pytest.mark.parametrize(
    "usage",
    [None, {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}],
    ids=["null", "zeros"],
)
@BOTH_CHATS
async def test_usage_that_says_nothing_is_no_usage(way: Way, usage: object) -> None:
    answer = chat_answer({"content": "Hi"})
    body = {**json.loads(answer.body), "usage": usage}
    with serving(Canned(body=json.dumps(body))) as server:
        events = await turn(way, server, streamed=False)
    assert rows_of(events) == [
        ("text", "Hi"),
        ("answer", 0, "stop", False),
        ("finished", "stop"),
    ]


FAILED_RESPONSE: dict[str, Any] = {
    "id": "r1",
    "object": "response",
    "created_at": 1,
    "model": "m",
    "status": "failed",
    "error": {"code": "server_error", "message": "The model ran into a wall."},
    "output": [],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "usage": {
        "input_tokens": 5,
        "output_tokens": 7,
        "total_tokens": 12,
        "logfire_ai_gateway": {"cost": "0.0038"},
    },
}


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "plain"])
async def test_a_failed_response_tells_what_it_used_and_cost(streamed: bool) -> None:
    event = {"type": "response.failed", "sequence_number": 0, "response": FAILED_RESPONSE}
    canned = sse(event, done=False) if streamed else Canned(body=json.dumps(FAILED_RESPONSE))
    with serving(canned) as server:
        events = await turn(RESPONSES, server, streamed=streamed)
    assert rows_of(events) == [
        ("answer", 0, "failed", True),
        ("failed", "provider", "error inside the stream", None),
    ]
    assert answer_of(events).usage == USAGE
    assert answer_of(events).gateway_cost_usd == 0.0038
    assert "The model ran into a wall." in failure_of(events).message


@pytest.mark.parametrize(
    "closing",
    [
        {"type": "response.completed", "output": "in the closing event"},
        {"type": "response.completed", "output": None},
    ],
    ids=["closing event", "item"],
)
async def test_text_that_comes_with_no_delta_is_shown_all_the_same(closing: dict[str, Any]) -> None:
    item = {
        "type": "message",
        "id": "i1",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "Hello.", "annotations": []}],
    }
    response = {**FAILED_RESPONSE, "status": "completed", "error": None}
    response["output"] = [item] if closing["output"] else []
    done = {"type": "response.output_item.done", "output_index": 1, "item": item}
    end = {"type": closing["type"], "sequence_number": 1, "response": response}
    canned = sse(*([] if closing["output"] else [done]), end, done=False)
    with serving(canned) as server:
        events = await turn(RESPONSES, server)
    assert rows_of(events) == [
        ("text", "Hello."),
        ("answer", 0, "completed", True),
        ("finished", "completed"),
    ]
