"""Messages of traces that other libraries really wrote, and of forms that are documented.

`foreign-traces` holds spans as MLflow stores them: by MLflow's autolog of LangChain, LangGraph and
LlamaIndex, and sent by OTLP by the Vercel AI SDK, OpenInference, OpenLLMetry (with today's
attributes and with the flat ones of 0.40) and Strands Agents, all of them asking the demo gateway.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, assert_never

import pytest

from gwtrace_core.mlflow_store.format.span_json import span_from_json
from gwtrace_core.trace.messages import Conversation, SpanMessage, conversation_of
from gwtrace_core.trace.messages.parts import (
    AudioPart,
    ImagePart,
    OtherPart,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from gwtrace_core.trace.model import Nanoseconds, SpanEvent
from tests.cases import case
from tests.core.trace.traces import span

ASKED = "user: What is 12 * 7? Use the calculator."
CALL = "assistant: calculator({'expression': '12 * 7'}) #1"
RESULT = "tool: calculator = 84 #1"


def lines(conversation: Conversation) -> list[str]:
    """A line for each message, answers after an arrow; ids of calls are numbered."""
    numbers: dict[str, int] = {}
    return [
        *_lines(conversation.inputs, "", numbers),
        *_lines(conversation.outputs, "-> ", numbers),
    ]


def _lines(messages: Iterable[SpanMessage], mark: str, numbers: dict[str, int]) -> list[str]:
    return [
        f"{mark}{message.role}: " + " + ".join(_words(part, numbers) for part in message.parts)
        for message in messages
    ]


def _words(part: Part, numbers: dict[str, int]) -> str:
    match part:
        case TextPart(text=text):
            return text.split("\n")[0]
        case ReasoningPart(text=text):
            return f"thinks {text}"
        case ToolCallPart():
            number = numbers.setdefault(part.call_id, len(numbers) + 1)
            return f"{part.name}({part.arguments}) #{number}"
        case ToolResultPart():
            number = numbers.setdefault(part.call_id, len(numbers) + 1)
            return f"{part.name} {'failed' if part.is_error else '='} {part.content} #{number}"
        case ImagePart():
            return f"image {part.media_type}{part.source} {part.data}"
        case AudioPart():
            return f"audio {part.media_type} {part.size_bytes}"
        case OtherPart(value=value):
            return f"other {value}"
        case _:
            assert_never(part)


def recorded(name: str) -> list[list[str]]:
    """Of each span, in the order of the file."""
    spans = map(span_from_json, json.loads(case("foreign-traces", f"{name}.json").read_text()))
    return [lines(conversation_of(each)) for each in spans]


AGENT = [ASKED, f"-> {CALL}", f"-> {RESULT}", "-> assistant: 84."]
SECOND_CALL = ["system: Use tools.", ASKED, CALL, RESULT, "-> assistant: 84."]
TOOL = [CALL, f"-> {RESULT}"]
PICTURE = [
    "user: Say hello + image https://example.com/cat.png None",
    "-> assistant: You attached one picture:",
]
EXPECTED: dict[str, list[list[str]]] = {
    # An agent, its two nodes and the tool's own span.
    "langgraph-by-autolog": [AGENT, [ASKED, f"-> {CALL}"], TOOL, [f"-> {RESULT}"]],
    "langchain-by-autolog": [
        [ASKED, f"-> {CALL.replace(': ', ': Let me use `calculator` for that. + ', 1)}"],
        ["-> assistant: You asked: “Say hello”. The demo has no real answer."],
    ],
    "llama-index-by-autolog": [
        [
            "system: Be brief.",
            "user: Hello llama",
            "-> assistant: Hello! This is `gpt-4o-mini`, as the demo gateway plays it. Ask for code"
            ", a table or a calculation, and watch the trace beside the answer.",
        ],
        ["user: Say hello", "-> assistant: You asked: “Say hello”. The demo has no real answer."],
        [ASKED, f"-> {CALL}"],
        [ASKED, "-> assistant: 84."],
        # Its output is an object of Python's, and no text.
        SECOND_CALL[:-1],
    ],
    "vercel-ai-sdk": [
        ["system: Be brief.", ASKED, "-> assistant: 84."],
        ["system: Be brief.", ASKED, CALL, RESULT, "-> assistant: 84."],
        [],
    ],
    "openinference-langchain": [
        AGENT,
        ["system: Use tools.", ASKED, f"-> {CALL}"],
        [f"-> {RESULT}"],
    ],
    "openinference-llama-index": [
        [
            "system: Be brief.",
            "user: Hello llama",
            "-> assistant: Hello! This is `gpt-4o-mini`, as the demo gateway plays it. Ask for code"
            ", a table or a calculation, and watch the trace beside the answer.",
        ],
        [ASKED, f"-> {CALL}"],
    ],
    "openllmetry": [["system: Be brief.", ASKED, CALL, RESULT, "-> assistant: 84."], PICTURE],
    "openllmetry-anthropic": [
        [
            "system: Be brief.",
            ASKED,
            f"-> {CALL.replace(': ', ': Let me use `calculator` for that. + ', 1)}",
        ]
    ],
    "openllmetry-langchain": [["system: Use tools."], AGENT, TOOL],
    "openllmetry-flat": [["system: Be brief.", ASKED, CALL, RESULT, "-> assistant: 84."], PICTURE],
    "strands-events": [
        ["system: Use tools.", ASKED, "-> assistant: 84."],
        TOOL,
        SECOND_CALL,
        [ASKED, f"-> {CALL}", f"-> {RESULT}"],
    ],
    "strands-events-latest": [
        ["system: Use tools.", ASKED, "-> assistant: 84."],
        SECOND_CALL,
        TOOL,
    ],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_messages_that_a_library_recorded_are_read(name: str) -> None:
    assert recorded(name) == EXPECTED[name]


def test_every_trace_of_another_library_has_its_expectation() -> None:
    assert {path.stem for path in case("foreign-traces").iterdir()} == {*EXPECTED}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "langgraph.json",
            [
                "user: Question of the human",
                "-> assistant: list_orders({'user': 1}) #1",
                "-> tool: list_orders = Order 7 #1",
                "-> assistant: You have order 7.",
            ],
        ),
        ("legacy-and-audio.json", ["assistant: f({}) #1", "-> assistant: Spoken answer"]),
        ("llama-index.json", ["user: Hello llama", "-> assistant: Hello from llama"]),
    ],
)
def test_forms_of_chats_of_other_libraries(name: str, expected: list[str]) -> None:
    found = json.loads(case("foreign-chat-forms", name).read_text())
    assert lines(conversation_of(span("s", **found))) == expected


def test_system_instructions_beside_messages_that_the_server_took_for_the_inputs() -> None:
    attributes = json.loads(case("genai-system-instructions", "attributes.json").read_text())
    found = {
        "mlflow.spanInputs": attributes["gen_ai.input.messages"],
        "mlflow.spanOutputs": attributes["gen_ai.output.messages"],
    }
    expected = ["system: Be kind.", "user: Hi", "-> assistant: Hello"]
    for stored in (attributes, attributes | found):
        assert of_attributes(**stored) == expected


def of_attributes(**attributes: Any) -> list[str]:
    """As MLflow's store has them."""
    stored = {"attributes": attributes, "span_id": "MTIzNDU2Nzg=", "parent_span_id": ""}
    times = {"start_time_unix_nano": 0, "end_time_unix_nano": 1}
    status = {"status": {"code": "STATUS_CODE_OK"}, "name": "s"}
    return lines(conversation_of(span_from_json({**stored, **times, **status})))


def test_bedrocks_converse() -> None:
    use = {"toolUse": {"toolUseId": "c", "name": "add", "input": {"a": 1}}}
    result = {"toolUseId": "c", "status": "error", "content": [{"json": {"sum": 3}}]}
    inputs = {
        "modelId": "m",
        "system": [{"text": "Be kind."}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"text": "Look"},
                    {"image": {"format": "png", "source": {"bytes": "iVBO"}}},
                ],
            },
            {"role": "assistant", "content": [use]},
            {"role": "user", "content": [{"toolResult": result}]},
        ],
    }
    thought = {"reasoningContent": {"reasoningText": {"text": "Hm"}}}
    said = {"role": "assistant", "content": [thought, {"text": "3"}]}
    found = conversation_of(
        span("s", inputs=inputs, outputs={"output": {"message": said}, "stopReason": "end_turn"})
    )
    assert lines(found) == [
        "system: Be kind.",
        "user: Look + image image/png b'\\x89PN'",
        "assistant: add({'a': 1}) #1",
        "tool: add failed [{'sum': 3}] #1",
        "-> assistant: thinks Hm + 3",
    ]
    assert found.outputs[0].finish_reason == "end_turn"


def test_functions_and_sound_of_openais_older_chats() -> None:
    sound = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
    inputs = {
        "messages": [
            {"role": "user", "content": [sound]},
            {"role": "assistant", "function_call": {"name": "add", "arguments": '{"a": 1}'}},
            {"role": "function", "name": "add", "content": "3"},
        ]
    }
    answer = {"message": {"role": "assistant", "audio": {"id": "a", "data": "AAAA"}}}
    assert lines(conversation_of(span("s", inputs=inputs, outputs={"choices": [answer]}))) == [
        "user: audio wav 3",
        "assistant: add({'a': 1}) #1",
        "tool: add = 3 #1",
        "-> assistant: audio  3",
    ]


@pytest.mark.parametrize(
    ("inputs", "outputs", "expected"),
    [
        (
            {"messages": [["system", "Be kind."], ["human", "Hi"]]},
            {"messages": [{"type": "AIMessageChunk", "content": "Hello"}]},
            ["system: Be kind.", "user: Hi", "-> assistant: Hello"],
        ),
        (
            {"messages": [{"role": "MessageRole.USER", "content": "Hi"}]},
            {"message": {"role": "assistant", "content": "", "thinking": "Hm", "images": ["x"]}},
            ["user: Hi", "-> assistant: thinks Hm + other {'images': ['x']}"],
        ),
        (
            {"chat_history": [{"role": "USER", "message": "Hi"}], "messages": "More?"},
            {"generations": [[{"text": "Yes", "generation_info": {"finish_reason": "stop"}}]]},
            ["user: Hi", "user: More?", "-> assistant: Yes"],
        ),
        (
            {"contents": ["Look", {"parts": [{"text": "here"}]}]},
            {"choices": [{"text": "I see", "finish_reason": "length"}]},
            ["user: Look", "user: here", "-> assistant: I see"],
        ),
        (
            {"input": "Hi"},
            {"output": "Hello", "intermediate_steps": []},
            ["user: Hi", "-> assistant: Hello"],
        ),
        (
            {"args": [{"messages": [{"role": "user", "content": "Hi"}]}], "kwargs": {}},
            {"result": {"response": {"role": "assistant", "content": "Hello"}}},
            ["user: Hi", "-> assistant: Hello"],
        ),
    ],
)
def test_other_forms_that_are_found_in_the_field(
    inputs: Any, outputs: Any, expected: list[str]
) -> None:
    assert lines(conversation_of(span("s", inputs=inputs, outputs=outputs))) == expected


def event(name: str, **attributes: Any) -> SpanEvent:
    return SpanEvent(name=name, time_ns=Nanoseconds(0), attributes=attributes)


def test_events_with_whole_messages_and_with_one_json_text() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    events = (
        event("gen_ai.system.message", content="Be kind."),
        event("gen_ai.user.message", **{"gen_ai.event.content": '{"content": "1 + 2?"}'}),
        event("gen_ai.assistant.message", tool_calls=json.dumps([call])),
        event("gen_ai.tool.message", id="c", content='{"sum": 3}'),
        event("gen_ai.choice", index=0, finish_reason="stop", message='{"content": "3"}'),
    )
    found = conversation_of(span("s", kind="CHAT_MODEL", events=events))
    assert lines(found) == [
        "system: Be kind.",
        "user: 1 + 2?",
        "assistant: add({'a': 1}) #1",
        "tool: add = {'sum': 3} #1",
        "-> assistant: 3",
    ]
    assert found.outputs[0].finish_reason == "stop"


def test_events_with_a_prompt_and_a_completion() -> None:
    events = (
        event("gen_ai.content.prompt", **{"gen_ai.prompt": '[{"role": "user", "content": "Hi"}]'}),
        event("gen_ai.content.completion", **{"gen_ai.completion": '[{"content": "Hello"}]'}),
        event("exception", **{"exception.message": "no message"}),
    )
    assert lines(conversation_of(span("s", events=events))) == ["user: Hi", "-> assistant: Hello"]


@pytest.mark.parametrize("kind", ["TOOL", "RETRIEVER", "EMBEDDING"])
def test_what_a_tool_takes_and_gives_is_nobodys_message(kind: str) -> None:
    inputs = {"input": "12 * 7", "role": "admin"}
    outputs = [{"page_content": "text", "type": "Document"}, {"content": "found"}]
    assert conversation_of(span("s", kind=kind, inputs=inputs, outputs=outputs)) == Conversation()
    assert conversation_of(span("s", kind=kind, outputs={"output": "84"})) == Conversation()


def test_a_message_in_no_known_form_shows_what_it_holds() -> None:
    held = {"role": "user", "hologram": {"depth": 3}, "id": "1"}
    assert lines(conversation_of(span("s", inputs={"messages": [held]}))) == [
        "user: other {'hologram': {'depth': 3}}"
    ]


def test_a_text_that_happens_to_be_json_stays_a_text() -> None:
    said = '[{"a": 1}]'
    found = conversation_of(span("s", inputs=[{"role": "user", "content": said}]))
    assert lines(found) == [f"user: {said}"]
