"""The real async SDKs and the real agent get along with the demo gateway."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import groq
import httpx
import openai
import pytest
from google import genai
from google.genai import types as google_types
from pydantic import BaseModel, Field
from pydantic_ai import Agent, ModelHTTPError
from pydantic_ai.messages import ThinkingPart
from pydantic_ai.models import infer_model
from pydantic_ai.providers.gateway import gateway_provider

from gwtrace_core.demo_gateway.common.faults import DEMO_KEY, Fault
from tests.conftest import Demo

pytestmark = pytest.mark.anyio

QUESTION = "What is 6 * 7 and what time is it in Tokyo?"
RESULTS = {"calculator": "42", "date_and_time": "noon"}
CALCULATOR = {
    "type": "object",
    "properties": {"expression": {"type": "string"}},
    "required": ["expression"],
}
CLOCK = {"type": "object", "properties": {"timezone": {"type": "string"}}, "required": ["timezone"]}
SCHEMAS = {"calculator": CALCULATOR, "date_and_time": CLOCK}


@pytest.fixture
async def openai_client(demo: Demo) -> AsyncIterator[openai.AsyncOpenAI]:
    url = f"{demo.base_url}/openai"
    async with openai.AsyncOpenAI(base_url=url, api_key=DEMO_KEY, max_retries=0) as client:
        yield client


@pytest.fixture
async def anthropic_client(demo: Demo) -> AsyncIterator[anthropic.AsyncAnthropic]:
    url = f"{demo.base_url}/anthropic"
    async with anthropic.AsyncAnthropic(base_url=url, api_key=DEMO_KEY, max_retries=0) as client:
        yield client


async def test_openai_chat_makes_a_streamed_tool_round_trip(
    openai_client: openai.AsyncOpenAI,
) -> None:
    tools: Any = [
        {"type": "function", "function": {"name": name, "parameters": schema}}
        for name, schema in SCHEMAS.items()
    ]
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    async with openai_client.chat.completions.stream(
        model="gpt-5.2", messages=messages, tools=tools
    ) as stream:
        asked = (await stream.get_final_completion()).choices[0]
    assert asked.finish_reason == "tool_calls"
    calls = asked.message.tool_calls
    assert calls is not None
    assert [json.loads(call.function.arguments) for call in calls] == [
        {"expression": "6 * 7"},
        {"timezone": "Asia/Tokyo"},
    ]
    messages.append(asked.message.model_dump(exclude_none=True))
    for call in calls:
        output = RESULTS[call.function.name]
        messages.append({"role": "tool", "tool_call_id": call.id, "content": output})
    answer = await openai_client.chat.completions.create(
        model="gpt-5.2", messages=messages, tools=tools
    )
    assert answer.choices[0].finish_reason == "stop"
    text = answer.choices[0].message.content or ""
    assert "| `calculator` | expression = 6 * 7 | 42 |" in text
    assert "| `date_and_time` | timezone = Asia/Tokyo | noon |" in text


async def test_openai_responses_makes_a_streamed_tool_round_trip(
    openai_client: openai.AsyncOpenAI,
) -> None:
    tools: Any = [
        {"type": "function", "name": name, "parameters": schema, "strict": False}
        for name, schema in SCHEMAS.items()
    ]
    given: list[Any] = [{"role": "user", "content": QUESTION}]
    reasoning: Any = {"effort": "low", "summary": "auto"}
    async with openai_client.responses.stream(
        model="gpt-5.2", input=given, tools=tools, reasoning=reasoning
    ) as stream:
        asked = await stream.get_final_response()
    assert [item.type for item in asked.output] == [
        "reasoning",
        "message",
        "function_call",
        "function_call",
    ]
    given += [item.model_dump(exclude_none=True) for item in asked.output]
    given += [
        {"type": "function_call_output", "call_id": item.call_id, "output": RESULTS[item.name]}
        for item in asked.output
        if item.type == "function_call"
    ]
    answer = await openai_client.responses.create(model="gpt-5.2", input=given, tools=tools)
    assert "| `calculator` | expression = 6 * 7 | 42 |" in answer.output_text
    assert answer.usage is not None
    assert answer.usage.model_extra is not None
    assert float(answer.usage.model_extra["logfire_ai_gateway"]["cost"]) > 0


async def test_anthropic_makes_a_streamed_tool_round_trip_with_thinking(
    anthropic_client: anthropic.AsyncAnthropic,
) -> None:
    tools: Any = [{"name": name, "input_schema": schema} for name, schema in SCHEMAS.items()]
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    settings: Any = {
        "model": "claude-sonnet-4-6",
        "max_tokens": 4000,
        "tools": tools,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    async with anthropic_client.messages.stream(messages=messages, **settings) as stream:
        asked = await stream.get_final_message()
    assert asked.stop_reason == "tool_use"
    assert [block.type for block in asked.content] == ["thinking", "text", "tool_use", "tool_use"]
    thought = asked.content[0]
    assert thought.type == "thinking"
    assert thought.signature
    assert thought.thinking.startswith("The question is:")
    messages.append({"role": "assistant", "content": asked.content})
    results = [
        {"type": "tool_result", "tool_use_id": block.id, "content": RESULTS[block.name]}
        for block in asked.content
        if block.type == "tool_use"
    ]
    messages.append({"role": "user", "content": results})
    answer = await anthropic_client.messages.create(messages=messages, **settings)
    assert answer.stop_reason == "end_turn"
    text = "".join(block.text for block in answer.content if block.type == "text")
    assert "| `calculator` | expression = 6 * 7 | 42 |" in text
    assert "| `date_and_time` | timezone = Asia/Tokyo | noon |" in text


async def test_groq_streams_its_reasoning(demo: Demo) -> None:
    url = f"{demo.base_url}/groq"
    async with groq.AsyncGroq(base_url=url, api_key=DEMO_KEY, max_retries=0) as client:
        stream = await client.chat.completions.create(
            model="openai/gpt-oss-120b",
            messages=[{"role": "user", "content": "Why?"}],
            stream=True,
        )
        deltas = [chunk.choices[0].delta async for chunk in stream if chunk.choices]
    assert "".join(delta.reasoning or "" for delta in deltas).startswith("The question is: Why?")
    assert "Simulated" in "".join(delta.content or "" for delta in deltas)


async def test_google_streams_thoughts_and_counts(demo: Demo) -> None:
    config = google_types.GenerateContentConfig(
        thinking_config=google_types.ThinkingConfig(include_thoughts=True)
    )
    async with httpx.AsyncClient() as http_client:
        options = google_types.HttpOptions(
            base_url=f"{demo.base_url}/google-vertex",
            headers={"Authorization": f"Bearer {DEMO_KEY}"},
            httpx_async_client=http_client,
        )
        client = genai.Client(vertexai=True, api_key="unset", http_options=options)
        stream = await client.aio.models.generate_content_stream(
            model="gemini-3-flash-preview", contents="Why?", config=config
        )
        responses = [response async for response in stream]
        client.close()
    parts = [
        part
        for response in responses
        for candidate in response.candidates or ()
        for part in (candidate.content.parts if candidate.content else None) or ()
    ]
    thoughts = "".join(part.text or "" for part in parts if part.thought)
    assert thoughts.startswith("The question is: Why?")
    usage = responses[-1].usage_metadata
    assert usage is not None
    assert usage.thoughts_token_count
    candidates = responses[-1].candidates
    assert candidates is not None
    assert candidates[0].finish_reason is google_types.FinishReason.STOP


class Verdict(BaseModel):
    passed: bool
    score: int = Field(ge=0, le=10)
    reason: str


AGENT_MODELS = (
    ("openai-responses", "gpt-5.2"),
    ("openai-chat", "gpt-4o-mini"),
    ("anthropic", "claude-haiku-4-5"),
    ("google-cloud", "gemini-3-flash-preview"),
    ("groq", "openai/gpt-oss-120b"),
)


def _agent(demo: Demo, kind: str, model: str, **settings: Any) -> Agent[None, Any]:
    # The same factory that `gateway/<kind>:<model>` uses, with the address as an argument.
    def provider(name: str) -> Any:
        route: Any = name.removeprefix("gateway/")
        return gateway_provider(route, api_key=DEMO_KEY, base_url=demo.base_url)

    return Agent(infer_model(f"gateway/{kind}:{model}", provider_factory=provider), **settings)


@pytest.mark.parametrize(("kind", "model"), AGENT_MODELS)
async def test_the_agent_makes_a_tool_round_trip(demo: Demo, kind: str, model: str) -> None:
    agent = _agent(demo, kind, model)
    asked: list[str] = []

    @agent.tool_plain
    async def calculator(expression: str) -> str:
        asked.append(expression)
        return "42"

    @agent.tool_plain
    async def date_and_time(timezone: str) -> str:
        asked.append(timezone)
        return "noon"

    async with agent:
        plain = await agent.run(QUESTION)
        asked_plain, text = sorted(asked), ""
        async with agent.run_stream(QUESTION.replace("6", "8")) as stream:
            async for delta in stream.stream_text(delta=True):
                text += delta
    assert text
    assert asked_plain == ["6 * 7", "Asia/Tokyo"]
    assert "42" in plain.output
    assert plain.usage.requests == 2
    assert plain.usage.output_tokens > 0


@pytest.mark.parametrize(("kind", "model"), AGENT_MODELS)
async def test_the_agent_gets_structured_output(demo: Demo, kind: str, model: str) -> None:
    async with _agent(demo, kind, model, output_type=Verdict) as agent:
        result = await agent.run("Judge this.")
    assert result.output == Verdict(passed=True, score=5, reason="Simulated reason")


@pytest.mark.parametrize(("kind", "model"), AGENT_MODELS)
async def test_the_agent_understands_the_gateways_refusal(
    demo: Demo, kind: str, model: str
) -> None:
    async with _agent(demo, kind, Fault.UNPRICED) as agent:
        with pytest.raises(ModelHTTPError) as caught:
            await agent.run("Hello")
    assert caught.value.status_code == 404
    assert "PAIG does not support the model" in str(caught.value.body)


async def test_the_agent_keeps_the_models_thoughts(demo: Demo) -> None:
    async with _agent(demo, "groq", "openai/gpt-oss-120b") as agent:
        result = await agent.run("Why?")
    parts = [part for message in result.all_messages() for part in message.parts]
    assert [part.content[:16] for part in parts if isinstance(part, ThinkingPart)] == [
        "The question is:"
    ]


async def test_an_error_in_the_stream_reaches_the_caller(
    openai_client: openai.AsyncOpenAI, anthropic_client: anthropic.AsyncAnthropic
) -> None:
    stream = await openai_client.chat.completions.create(
        model=Fault.STREAM_ERROR, messages=[{"role": "user", "content": "Hello"}], stream=True
    )
    with pytest.raises(openai.APIError, match="overloaded"):
        async for _ in stream:
            pass
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        async with anthropic_client.messages.stream(
            model=Fault.STREAM_ERROR,
            max_tokens=100,
            messages=[{"role": "user", "content": "Hello"}],
        ) as events:
            async for _ in events:
                pass


async def test_the_sdks_show_the_gateways_words(
    openai_client: openai.AsyncOpenAI, demo: Demo
) -> None:
    expired = openai_client.with_options(api_key="demo-expired")
    with pytest.raises(openai.PermissionDeniedError) as caught:
        await expired.responses.create(model="gpt-5.2", input="Hello")
    assert caught.value.body == "Unauthorized - Key expired"
    url = f"{demo.base_url}/anthropic"
    async with anthropic.AsyncAnthropic(base_url=url, api_key="demo-limit-x") as client:
        with pytest.raises(anthropic.AuthenticationError, match="Key not found"):
            await client.messages.create(
                model="claude-haiku-4-5",
                max_tokens=10,
                messages=[{"role": "user", "content": "Hello"}],
            )
