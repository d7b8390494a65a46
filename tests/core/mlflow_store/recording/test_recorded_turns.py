"""Whole traces of turns on every SDK path, in the embedded store and through a real server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mlflow import MlflowClient

from gwtrace_core.trace.messages import conversation_of
from gwtrace_core.trace.messages.parts import ImagePart, TextPart
from gwtrace_core.trace.model import Trace
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.events import Usage
from gwtrace_core.values.request import Image, Message
from tests.conftest import Demo
from tests.core.mlflow_store.support import Turns, in_order, named, shape

CHAT, RESPONSES = SdkPath.OPENAI_CHAT, SdkPath.OPENAI_RESPONSES
ANTHROPIC, AGENT = SdkPath.ANTHROPIC_MESSAGES, SdkPath.PYDANTIC_AI
ALL = tuple(SdkPath)

TOOL_QUESTION = "What is 17 * 23? Use the calculator."

PLAIN = {
    CHAT: ["chat CHAIN ok [gwtrace]", "  AsyncCompletions CHAT_MODEL ok"],
    RESPONSES: ["chat CHAIN ok [gwtrace]", "  AsyncResponses CHAT_MODEL ok"],
    ANTHROPIC: ["chat CHAIN ok [gwtrace]", "  AsyncMessages.create CHAT_MODEL ok"],
    AGENT: [
        "chat CHAIN ok [gwtrace]",
        "  Agent.run AGENT ok",
        "    OpenAIResponsesModel.request LLM ok",
    ],
}
STREAMED = {
    CHAT: ["chat CHAIN ok [gwtrace]", "  AsyncCompletions CHAT_MODEL ok [first token]"],
    RESPONSES: ["chat CHAIN ok [gwtrace]", "  AsyncResponses CHAT_MODEL ok [first token]"],
    ANTHROPIC: [
        "chat CHAIN ok [gwtrace]",
        "  AsyncMessages.stream CHAT_MODEL ok [gwtrace; first token]",
    ],
    AGENT: [
        "chat CHAIN ok [gwtrace]",
        "  Agent.run AGENT ok",
        "    OpenAIResponsesModel.request LLM ok [first token]",
    ],
}
TOOLS = {
    CHAT: [
        "chat CHAIN ok [gwtrace]",
        "  AsyncCompletions CHAT_MODEL ok [first token; corrected finish_reason, tool_calls]",
        "  calculator TOOL ok [gwtrace]",
        "  AsyncCompletions CHAT_MODEL ok [first token]",
    ],
    ANTHROPIC: [
        "chat CHAIN ok [gwtrace]",
        "  AsyncMessages.stream CHAT_MODEL ok [gwtrace; first token]",
        "  calculator TOOL ok [gwtrace]",
        "  AsyncMessages.stream CHAT_MODEL ok [gwtrace; first token]",
    ],
    AGENT: [
        "chat CHAIN ok [gwtrace]",
        "  Agent.run AGENT ok",
        "    OpenAIResponsesModel.request LLM ok [first token]",
        "    calculator TOOL ok",
        "    OpenAIResponsesModel.request LLM ok [first token]",
    ],
}
STOPPED = {
    CHAT: ["  AsyncCompletions CHAT_MODEL error [stopped; first token; corrected outputs]"],
    RESPONSES: ["  AsyncResponses CHAT_MODEL error [stopped; first token; corrected outputs]"],
    ANTHROPIC: ["  AsyncMessages.stream CHAT_MODEL error [gwtrace; stopped; first token]"],
    AGENT: [
        "  Agent.run AGENT error [stopped]",
        "    OpenAIResponsesModel.request LLM error [stopped; first token; corrected outputs]",
    ],
}
STOPPED_PLAIN = {
    CHAT: ["  AsyncCompletions CHAT_MODEL error [stopped]"],
    RESPONSES: ["  AsyncResponses CHAT_MODEL error [stopped]"],
    ANTHROPIC: ["  AsyncMessages.create CHAT_MODEL error [stopped]"],
    AGENT: [
        "  Agent.run AGENT error [stopped]",
        "    OpenAIResponsesModel.request LLM error [stopped]",
    ],
}
CUT = {
    CHAT: ["  AsyncCompletions CHAT_MODEL error [first token; corrected status]"],
    RESPONSES: ["  AsyncResponses CHAT_MODEL error [first token; corrected status, outputs]"],
    ANTHROPIC: ["  AsyncMessages.stream CHAT_MODEL error [gwtrace; first token]"],
    AGENT: [
        "  Agent.run AGENT error",
        "    OpenAIResponsesModel.request LLM error [first token; corrected outputs]",
    ],
}
FAILED = {
    CHAT: ["  AsyncCompletions CHAT_MODEL error"],
    RESPONSES: ["  AsyncResponses CHAT_MODEL error"],
    ANTHROPIC: ["  AsyncMessages.stream CHAT_MODEL error [gwtrace]"],
    AGENT: ["  Agent.run AGENT error", "    OpenAIResponsesModel.request LLM error"],
}


def root_of(trace: Trace) -> Any:
    return named(trace, "chat")


@pytest.mark.parametrize("path", ALL)
def test_a_plain_call_is_one_trace_with_usage_and_cost(turns: Turns, path: SdkPath) -> None:
    turn = turns.ask(path, streamed=False)
    assert turn.reply.status == "finished"
    assert shape(turn.trace) == PLAIN[path]
    assert_usage_and_cost_are_counted_once(turn.trace, turn.reply.usage)


@pytest.mark.parametrize("path", STREAMED)
def test_a_streamed_call_is_one_trace_with_usage_and_cost(turns: Turns, path: SdkPath) -> None:
    turn = turns.ask(path)
    assert turn.reply.status == "finished"
    assert shape(turn.trace) == STREAMED[path]
    assert_usage_and_cost_are_counted_once(turn.trace, turn.reply.usage)


def assert_usage_and_cost_are_counted_once(trace: Trace, usage: Usage | None) -> None:
    assert usage is not None
    summary = trace.summary
    assert summary.usage is not None
    seen = (summary.usage.input_tokens, summary.usage.output_tokens)
    assert seen == (usage.input_tokens, usage.output_tokens)
    models = [span for span in trace.spans if span.kind in ("CHAT_MODEL", "LLM")]
    costs = [span.cost_usd for span in models]
    assert all(cost is not None and cost > 0 for cost in costs), costs
    assert summary.cost_usd == pytest.approx(sum(cost or 0.0 for cost in costs))


@pytest.mark.parametrize("path", TOOLS)
def test_a_tool_round_shows_the_tool_between_two_requests(turns: Turns, path: SdkPath) -> None:
    turn = turns.ask(path, text=TOOL_QUESTION, tools=("calculator",))
    assert shape(turn.trace) == TOOLS[path]
    tool = named(turn.trace, "calculator")
    assert tool.inputs == {"expression": "17 * 23"}
    assert "391" in json.dumps(tool.outputs)
    assert_usage_and_cost_are_counted_once(turn.trace, turn.reply.usage)


def test_a_streamed_chat_completion_keeps_its_tool_calls(turns: Turns) -> None:
    turn = turns.ask(CHAT, text=TOOL_QUESTION, tools=("calculator",))
    first = in_order(turn.trace)[1]
    (choice,) = first.outputs["choices"]
    (call,) = choice["message"]["tool_calls"]
    (made,) = turn.reply.tool_calls
    assert choice["finish_reason"] == "tool_calls"
    assert call == {
        "id": made.call_id,
        "type": "function",
        "function": {"name": "calculator", "arguments": made.arguments_text},
    }


def test_a_wrong_tool_call_is_an_error_of_the_tool_alone(turns: Turns) -> None:
    turn = turns.ask(CHAT, text="Calculate 1 / 0", tools=("calculator",))
    tool = named(turn.trace, "calculator")
    assert (tool.status, tool.status_message) == ("error", turn.reply.tool_calls[0].content)
    assert root_of(turn.trace).status == "ok"


@pytest.mark.parametrize("path", ALL)
def test_stop_leaves_a_complete_trace_that_says_so(turns: Turns, path: SdkPath) -> None:
    turn = turns.stop_after_first_piece(path, model="fault-stall-midway")
    assert turn.reply.status == "stopped"
    assert shape(turn.trace) == ["chat CHAIN error [gwtrace; stopped]", *STOPPED[path]]
    root = root_of(turn.trace)
    assert root.status_message == "Stopped by the user."
    assert root.attributes["gwtrace.stop_reason"] == "Stopped by the user."
    assert turn.trace.summary.tags["gwtrace.outcome"] == "stopped"
    assert turn.trace.summary.response_preview == turn.reply.text != ""
    assert all(span.end_ns is not None for span in turn.trace.spans)


def forms_of(path: SdkPath, text: str) -> Any:
    """The answer in the form in which the library records a finished one."""
    block = {"type": "text", "text": text}
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": None}
    item = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": text}],
    }
    return {
        CHAT: {"object": "chat.completion", "choices": [choice]},
        RESPONSES: {"object": "response", "output": [item]},
        ANTHROPIC: {"type": "message", "role": "assistant", "content": [block]},
        AGENT: {"kind": "response", "parts": [{"part_kind": "text", "content": text}]},
    }[path]


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize("model", ["fault-stall-midway", "fault-stream-error", "fault-cut-stream"])
def test_what_had_come_of_an_answer_stands_on_the_models_span(
    turns: Turns, path: SdkPath, model: str
) -> None:
    is_stopped = model == "fault-stall-midway"
    turn = (turns.stop_after_first_piece if is_stopped else turns.ask)(path, model=model)
    assert turn.reply.status == ("stopped" if is_stopped else "failed")
    (span,) = (span for span in turn.trace.spans if span.kind in ("CHAT_MODEL", "LLM"))
    if model != "fault-cut-stream":  # of which each library keeps something of its own
        assert span.outputs == forms_of(path, turn.reply.text)
    (message,) = conversation_of(span).outputs
    assert message.parts == (TextPart(text=turn.reply.text),)
    assert turn.reply.text


@pytest.mark.parametrize("path", ALL)
def test_stop_ends_a_call_that_is_not_streamed(turns: Turns, demo: Demo, path: SdkPath) -> None:
    mark = demo.exchanges.mark
    run = turns.start(path, model="fault-stall", streamed=False)
    demo.exchanges.wait_for(lambda _: True, since=mark)
    run.stop()
    turn = turns.settled(run)
    assert turn.reply.status == "stopped"
    assert turn.reply.stop_reason == "Stopped by the user."
    assert shape(turn.trace) == ["chat CHAIN error [gwtrace; stopped]", *STOPPED_PLAIN[path]]
    assert demo.exchanges.wait_ended(since=mark).ending == "client disconnected"


@pytest.mark.parametrize("path", ALL)
def test_a_cut_stream_is_an_error_on_the_span_too(turns: Turns, path: SdkPath) -> None:
    turn = turns.ask(path, model="fault-cut-stream")
    assert turn.reply.failure is not None
    assert shape(turn.trace) == ["chat CHAIN error [gwtrace]", *CUT[path]]
    root = root_of(turn.trace)
    assert root.status_message == turn.reply.failure.message
    assert root.attributes["gwtrace.failure"]["cause"] == "stream cut"
    assert turn.trace.summary.usage is None


@pytest.mark.parametrize("path", ALL)
def test_a_failed_call_names_its_cause_and_keeps_the_body(turns: Turns, path: SdkPath) -> None:
    turn = turns.ask(path, model="fault-upstream-500")
    failure = turn.reply.failure
    assert failure is not None
    assert failure.body
    assert shape(turn.trace) == ["chat CHAIN error [gwtrace]", *FAILED[path]]
    assert root_of(turn.trace).attributes["gwtrace.failure"] == {
        "source": failure.source.value,
        "cause": failure.cause.value,
        "message": failure.message,
        "hint": failure.hint,
        "status": failure.status,
        "body": failure.body,
    }
    assert all(span.status_message for span in turn.trace.spans)
    assert turn.trace.summary.status == "error"


@pytest.mark.parametrize("path", (CHAT, RESPONSES))
def test_an_answer_cut_at_its_token_limit_keeps_its_reason(turns: Turns, path: SdkPath) -> None:
    turn = turns.ask(path, model="fault-length")
    model = in_order(turn.trace)[1]
    assert (model.status, turn.reply.status) == ("ok", "finished")
    assert model.usage is not None
    if path is CHAT:
        assert model.outputs["choices"][0]["finish_reason"] == "length"
    else:
        assert model.outputs["incomplete_details"] == {"reason": "max_output_tokens"}


def test_an_anthropic_stream_is_recorded_as_autolog_records_a_plain_call(turns: Turns) -> None:
    plain = named(turns.ask(ANTHROPIC, streamed=False).trace, "AsyncMessages.create")
    streamed = named(turns.ask(ANTHROPIC).trace, "AsyncMessages.stream")
    assert streamed.inputs["messages"] == plain.inputs["messages"]
    assert streamed.outputs["content"][0]["text"] == plain.outputs["content"][0]["text"]
    assert (streamed.model, streamed.provider) == (plain.model, plain.provider)
    assert streamed.usage == plain.usage
    assert streamed.cost_usd == plain.cost_usd


@pytest.mark.parametrize("path", ALL)
def test_traceparent_names_a_span_of_this_very_trace(
    turns: Turns, demo: Demo, path: SdkPath
) -> None:
    mark = demo.exchanges.mark
    turn = turns.ask(path)
    (exchange,) = demo.exchanges.since(mark)
    _, otel_trace_id, span_id, _ = exchange.headers["traceparent"].split("-")
    assert f"tr-{otel_trace_id}" == turn.trace.trace_id
    sender = next(span for span in turn.trace.spans if span.span_id == span_id)
    assert sender.kind in ("CHAT_MODEL", "LLM")


def test_the_trace_can_be_found_by_what_the_turn_was(turns: Turns) -> None:
    turn = turns.ask(
        CHAT,
        text="Find me",
        session_id="session-x",
        user="grace",
        turn_index=3,
        system_prompt="Be brief.",
        tags={"gwtrace.comparison": "cmp-1"},
    )
    summary = turn.trace.summary
    assert (summary.session_id, summary.user) == ("session-x", "grace")
    assert (summary.request_preview, summary.response_preview) == ("Find me", turn.reply.text)
    own_tags = {key: value for key, value in summary.tags.items() if key.startswith("gwtrace.")}
    assert own_tags == {
        "gwtrace.comparison": "cmp-1",
        "gwtrace.connection": "demo",
        "gwtrace.model": "gpt-4o-mini",
        "gwtrace.outcome": "finished",
        "gwtrace.provider": "openai",
        "gwtrace.route": "openai",
        "gwtrace.sdk_path": "openai-chat",
    }
    assert root_of(turn.trace).inputs == {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Find me"},
        ]
    }
    client = MlflowClient(tracking_uri=turns.tracking.config.uri)
    found: Any = client.search_traces(
        locations=[str(summary.experiment_id)],
        filter_string="tag.`gwtrace.comparison` = 'cmp-1' AND metadata.`gwtrace.turn_index` = '3'",
    )
    assert [trace.info.trace_id for trace in found] == [turn.trace.trace_id]


def test_a_picture_is_named_by_its_size_on_the_root(turns: Turns) -> None:
    picture = Image(media_type="image/png", data=b"\x89PNG\r\n\x1a\n" + b"\0" * 92)
    said = (Message(role="user", text="What is this?", images=(picture,)),)
    turn = turns.ask(CHAT, messages=said)
    assert root_of(turn.trace).inputs["messages"][0]["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "text", "text": "[image: image/png, 100 bytes]"},
    ]


def test_a_picture_is_named_by_its_size_on_a_span_that_gwtrace_fills_in(turns: Turns) -> None:
    picture = Image(media_type="image/png", data=b"\x89PNG\r\n\x1a\n" + b"\0" * 92)
    said = (Message(role="user", text="What is this?", images=(picture,)),)
    turn = turns.ask(ANTHROPIC, messages=said)
    (question,) = conversation_of(named(turn.trace, "AsyncMessages.stream")).inputs
    assert ImagePart(media_type="image/png", data=None, left_out_bytes=100) in question.parts


def test_characters_that_no_store_can_hold_do_not_lose_the_trace(turns: Turns) -> None:
    turn = turns.ask(CHAT, text="half a \ud83d smile, and \x00 nothing")
    assert root_of(turn.trace).inputs["messages"][0]["content"].startswith("half a \ufffd smile")


def test_twenty_turns_at_once_do_not_mix(turns: Turns) -> None:
    runs = [
        turns.start(
            ALL[number % 4],
            text=TOOL_QUESTION.replace("17", str(100 + number)),
            tools=("calculator",),
            session_id=f"many-{number}",
        )
        for number in range(20)
    ]
    traces = [turns.settled(run).trace for run in runs]
    assert len({trace.trace_id for trace in traces}) == 20
    for number, trace in enumerate(traces):
        assert trace.summary.session_id == f"many-{number}"
        tool = named(trace, "calculator")
        assert tool.inputs == {"expression": f"{100 + number} * 23"}
        assert len(trace.spans) == (5 if ALL[number % 4] is AGENT else 4)
