"""What a turn reports, on every way to make it, streamed and not."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from gwtrace_core.demo_gateway.common.faults import CACHING_KEY
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.events import ModelRequestStarted, StreamEvent
from gwtrace_core.values.request import Message, Parameters
from tests.conftest import Demo
from tests.core.sdk_paths.support import (
    PIXEL,
    WAYS,
    ToolRuns,
    Way,
    answers,
    ask,
    gateway,
    lane_of,
    shape,
    text_of,
)

pytestmark = pytest.mark.anyio

every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
streamed_or_not = pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "plain"])

SAID: dict[str, tuple[str, str]] = {
    # the API's words for: came to its end, wants a tool
    "chat": ("stop", "tool_calls"),
    "chat-groq": ("stop", "tool_calls"),
    "responses": ("completed", "completed"),
    "messages": ("end_turn", "tool_use"),
    "agent-chat": ("stop", "tool_calls"),
    "agent-responses": ("completed", "completed"),
    "agent-anthropic": ("end_turn", "tool_use"),
    "agent-groq": ("stop", "tool_calls"),
    "agent-google": ("STOP", "STOP"),
}


@every_way
async def test_a_streamed_answer_is_reported_like_a_plain_one(demo: Demo, way: Way) -> None:
    connection = gateway(demo.base_url)
    streamed = await ask(connection, lane_of(way), "Hello")
    plain = await ask(connection, lane_of(way, streamed=False), "Hello")

    text = text_of(plain)
    assert text.startswith("Hello! This is ")
    end, _ = SAID[way.name]
    assert shape(plain) == [
        ("request", 0, way.model),
        ("text", text),
        ("answer", 0, end, True),
        ("finished", end),
    ]
    assert shape(streamed) == shape(plain)
    assert len(streamed) > len(plain), "a stream comes in pieces"

    [from_stream], [at_once] = answers(streamed), answers(plain)
    assert from_stream.usage == at_once.usage
    assert at_once.usage is not None
    assert at_once.usage.input_tokens == 8 or way.name == "agent-google"
    assert from_stream.response_model == at_once.response_model
    assert (at_once.response_model or "").startswith(way.model)
    assert from_stream.response_id
    assert from_stream.response_id != at_once.response_id
    assert from_stream.gateway_cost_usd == at_once.gateway_cost_usd
    assert (at_once.gateway_cost_usd or 0) > 0
    # Google names no request id.
    assert bool(at_once.request_id) == bool(from_stream.request_id) == (way.name != "agent-google")


@every_way
@streamed_or_not
async def test_an_answer_from_the_gateways_cache_says_so(
    demo: Demo, way: Way, streamed: bool
) -> None:
    connection = gateway(demo.base_url, CACHING_KEY)
    lane = lane_of(way, streamed=streamed)
    asked, kept = [
        answers(await ask(connection, lane, f"Is {way.name} kept?"))[0] for _ in range(2)
    ]
    assert (asked.is_from_cache, kept.is_from_cache) == (False, True)
    assert (asked.gateway_cost_usd or 0) > 0
    assert replace(kept, gateway_cost_usd=asked.gateway_cost_usd, is_from_cache=False) == replace(
        asked, outputs=kept.outputs
    )
    assert kept.gateway_cost_usd == 0


@every_way
@streamed_or_not
async def test_tools_are_run_once_each_and_the_model_is_asked_again(
    demo: Demo, way: Way, streamed: bool
) -> None:
    run = ToolRuns()
    lane = lane_of(way, streamed=streamed, tools=("calculator", "date_and_time"))
    question = "What is 17.5 * 4? And what time is it in Tokyo?"
    mark = demo.exchanges.mark
    events = await ask(gateway(demo.base_url), lane, question, run=run)

    end, wants_tool = SAID[way.name]
    rows = [_with_parsed_arguments(row) for row in shape(events)]
    written, ran = rows[: rows.index(("answer", 0, wants_tool, True))], rows[len(rows) - 7 :]
    assert [row for row in written if row[0] not in ("text", "reasoning")] == [
        ("request", 0, way.model),
        ("call", 1, "calculator", {"expression": "17.5 * 4"}),
        ("call", 2, "date_and_time", {"timezone": "Asia/Tokyo"}),
    ]
    time = "Monday, 23 November 2026, 21:00:00 in Asia/Tokyo (UTC+09:00)"
    tools, rest = ran[:-4] if len(ran) > 7 else rows[-8:-4], rows[-4:]
    assert sorted(tools) == [
        ("result", 1, "70", False),
        ("result", 2, time, False),
        ("tool", 1, "calculator", {"expression": "17.5 * 4"}),
        ("tool", 2, "date_and_time", {"timezone": "Asia/Tokyo"}),
    ]
    assert rest == [
        ("request", 1, way.model),
        ("text", text_of(events[events.index(_second_request(events)) :])),
        ("answer", 1, end, True),
        ("finished", end),
    ]
    assert "70" in rest[1][1]
    assert time in rest[1][1]
    assert sorted(run.calls) == [
        ("calculator", {"expression": "17.5 * 4"}),
        ("date_and_time", {"timezone": "Asia/Tokyo"}),
    ]
    assert len(demo.exchanges.since(mark)) == 2


@every_way
@streamed_or_not
async def test_reasoning_is_asked_for_and_told_apart(demo: Demo, way: Way, streamed: bool) -> None:
    lane = lane_of(
        way,
        model=way.reasoning_model,
        streamed=streamed,
        parameters=Parameters(reasoning_effort="low"),
    )
    mark = demo.exchanges.mark
    events = await ask(gateway(demo.base_url), lane, "Why is the sky blue?")

    kinds = [row[0] for row in shape(events)]
    # OpenAI keeps its reasoning to itself in chat completions and counts it only.
    is_hidden = way.name in ("chat", "agent-chat")
    shown = ["text"] if is_hidden else ["reasoning", "text"]
    if way.name == "agent-google":
        # The demo does not read the spelling in which Google's SDK asks for thoughts.
        [exchange] = demo.exchanges.since(mark)
        assert exchange.json["generationConfig"]["thinkingConfig"] == {
            "include_thoughts": True,
            "thinking_level": "LOW",
        }
        kinds, shown = [kind for kind in kinds if kind != "reasoning"], ["text"]
    assert kinds == ["request", *shown, "answer", "finished"]
    [answer] = answers(events)
    assert answer.usage is not None
    if "anthropic" not in way.name and way.name != "messages":
        assert (answer.usage.reasoning_tokens or 0) > 20


@every_way
@streamed_or_not
async def test_pictures_arrive_whole_and_are_reported_by_size(
    demo: Demo, way: Way, streamed: bool
) -> None:
    lane = lane_of(way, streamed=streamed)
    question = Message(role="user", text="What is in the picture?", images=(PIXEL,))
    mark = demo.exchanges.mark
    if way.provider == "groq":
        with pytest.raises(RequestRefused, match="does not take images"):
            await ask(gateway(demo.base_url), lane, question)
        assert demo.exchanges.since(mark) == ()
        return
    events = await ask(gateway(demo.base_url), lane, question)

    assert ", 70 bytes" in text_of(events)
    [exchange] = demo.exchanges.since(mark)
    # Google's SDK writes the other alphabet of base64.
    sent = json.dumps(exchange.json).replace("-M9Q", "+M9Q")
    assert base64.b64encode(PIXEL.data).decode() in sent
    assert "image/png" in sent
    started = events[0]
    assert isinstance(started, ModelRequestStarted)
    inputs = json.dumps(started.inputs)
    assert "70 bytes" in inputs
    assert "iVBORw0KGgo" not in inputs


@every_way
async def test_earlier_turns_are_sent_along(demo: Demo, way: Way) -> None:
    mark = demo.exchanges.mark
    await ask(
        gateway(demo.base_url),
        lane_of(way, system_prompt="Answer like a pirate."),
        "First question",
        "First answer",
        "Second question",
    )
    [exchange] = demo.exchanges.since(mark)
    texts = _strings(exchange.json)
    wanted = ["Answer like a pirate.", "First question", "First answer", "Second question"]
    found = [text for text in texts if text in wanted]
    assert sorted(found) == sorted(wanted)
    assert [text for text in found if text != wanted[0]] == wanted[1:]


@every_way
@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ((), "no message to send"),
        (("   \n",), "message is empty"),
        (("Hello", "Hi!"), "no message to send"),
    ],
)
async def test_nothing_is_sent_without_a_question(
    demo: Demo, way: Way, messages: tuple[str, ...], words: str
) -> None:
    mark = demo.exchanges.mark
    with pytest.raises(RequestRefused, match=words):
        await ask(gateway(demo.base_url), lane_of(way), *messages)
    assert demo.exchanges.since(mark) == ()


@every_way
async def test_text_that_cannot_be_written_as_utf8_is_mended(demo: Demo, way: Way) -> None:
    mark = demo.exchanges.mark
    events = await ask(
        gateway(demo.base_url), lane_of(way, system_prompt="\udfff!"), "Hello \ud800 there \x07"
    )
    assert shape(events)[-1][0] == "finished"
    [exchange] = demo.exchanges.since(mark)
    assert "Hello \ufffd there \x07" in _strings(exchange.json)


@every_way
async def test_an_answer_that_failed_before_leaves_no_empty_message(demo: Demo, way: Way) -> None:
    mark = demo.exchanges.mark
    await ask(gateway(demo.base_url), lane_of(way), "First", "", "Second")
    [exchange] = demo.exchanges.since(mark)
    assert "" not in _strings(exchange.json)


def _second_request(events: list[StreamEvent]) -> StreamEvent:
    return next(
        event for event in events if isinstance(event, ModelRequestStarted) and event.index == 1
    )


def _with_parsed_arguments(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*row[:3], json.loads(row[3])) if row[0] == "call" else row


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return []
