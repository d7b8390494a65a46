"""What goes over the wire: where to, with which headers, and what is left out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gwtrace_core.gateway.catalog import demo_routes
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.lanes.lanes import make_lane
from gwtrace_core.sdk_paths import open_path
from gwtrace_core.tools.tools import TOOLS
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath, Target
from gwtrace_core.values.request import ChatRequest, Message, Parameters
from gwtrace_core.values.secret import Secret
from tests.conftest import Demo
from tests.core.sdk_paths.support import (
    TRACEPARENT,
    WAYS,
    Way,
    ask,
    context_of,
    gateway,
    lane_of,
    shape,
)

pytestmark = pytest.mark.anyio

every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)

ALL_SET = Parameters(
    temperature=0.25,
    max_output_tokens=900,
    top_p=0.75,
    stop=("END",),
    reasoning_effort="low",
)
CANARIES = {
    "ANTHROPIC_API_KEY": "canary-anthropic-key",
    "ANTHROPIC_AUTH_TOKEN": "canary-anthropic-token",
    "ANTHROPIC_BASE_URL": "http://127.0.0.1:9/canary",
    "ANTHROPIC_CUSTOM_HEADERS": "x-canary: canary\nauthorization: Bearer canary",
    "AWS_BEARER_TOKEN_BEDROCK": "canary-aws",
    "GEMINI_API_KEY": "canary-gemini",
    "GOOGLE_API_KEY": "canary-google",
    "GOOGLE_CLOUD_PROJECT": "canary-project",
    "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9/canary",
    "GOOGLE_VERTEX_BASE_URL": "http://127.0.0.1:9/canary",
    "GROQ_API_KEY": "canary-groq",
    "GROQ_BASE_URL": "http://127.0.0.1:9/canary",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
    "OPENAI_ADMIN_KEY": "canary-admin",
    "OPENAI_API_KEY": "canary-openai",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/canary",
    "OPENAI_CUSTOM_HEADERS": "x-canary: canary\nauthorization: Bearer canary",
    "OPENAI_ORG_ID": "canary-org",
    "OPENAI_PROJECT_ID": "canary-project",
    "PAIG_API_KEY": "canary-paig",
    "PYDANTIC_AI_GATEWAY_API_KEY": "canary-gateway",
    "PYDANTIC_AI_GATEWAY_BASE_URL": "http://127.0.0.1:9/canary",
}


@every_way
@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "plain"])
async def test_the_gateway_key_goes_out_once_as_a_bearer_token(
    demo: Demo, way: Way, streamed: bool
) -> None:
    mark = demo.exchanges.mark
    await ask(gateway(demo.base_url), lane_of(way, streamed=streamed), "Hello")
    [exchange] = demo.exchanges.since(mark)

    method = "streamGenerateContent" if streamed else "generateContent"
    behind = f"{way.model}:{method}" if way.provider is Provider.GOOGLE else ""
    assert (exchange.method, exchange.path) == ("POST", way.wire_path + behind)
    headers = {
        name: value for name, value in exchange.headers.items() if not name.startswith("x-stainl")
    }
    for name in ("user-agent", "x-goog-api-client", "content-length", "transfer-encoding"):
        headers.pop(name, None)
    anthropic = {}
    if way.provider is Provider.ANTHROPIC:
        anthropic = {"anthropic-version": headers["anthropic-version"]}
    assert headers == anthropic | {
        "host": demo.base_url.split("/")[2],
        "accept": headers["accept"],
        "accept-encoding": headers["accept-encoding"],
        "authorization": "Bearer demo",
        "connection": "keep-alive",
        "content-type": "application/json",
        "traceparent": TRACEPARENT,
    }
    is_streamed = exchange.json.get("stream", way.provider is Provider.GOOGLE and streamed)
    assert is_streamed is streamed


@pytest.mark.parametrize(
    ("provider", "route", "path", "wire_path"),
    [
        (Provider.OPENAI, "builtin-openai", SdkPath.OPENAI_CHAT, "chat/completions"),
        (Provider.OPENAI, "builtin-openai", SdkPath.OPENAI_RESPONSES, "responses"),
        (Provider.OPENAI, "builtin-openai", SdkPath.PYDANTIC_AI, "responses"),
        (Provider.ANTHROPIC, "prod-anthropic", SdkPath.OPENAI_CHAT, "v1/chat/completions"),
        (Provider.ANTHROPIC, "prod-anthropic", SdkPath.ANTHROPIC_MESSAGES, "v1/messages"),
        (Provider.ANTHROPIC, "prod-anthropic", SdkPath.PYDANTIC_AI, "v1/messages"),
    ],
)
async def test_a_route_with_a_name_of_its_own_is_asked_by_every_path(
    demo: Demo, provider: Provider, route: str, path: SdkPath, wire_path: str
) -> None:
    mark, made = demo.exchanges.mark, gateway(demo.base_url, "demo-endpoints")
    lane = replace(
        make_lane(made, provider, lambda _: demo_routes("demo-endpoints")), sdk_path=path
    )
    assert lane.route == route
    events = await ask(made, replace(lane, tools=()), "Hello")
    assert shape(events)[-1][0] == "finished"
    [exchange] = demo.exchanges.since(mark)
    assert exchange.path == f"/proxy/{route}/{wire_path}"


@every_way
async def test_nothing_of_the_environment_goes_out(
    demo: Demo, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in CANARIES.items():
        monkeypatch.setenv(name, value)
    mark = demo.exchanges.mark
    events = await ask(gateway(demo.base_url), lane_of(way), "Hello")

    assert shape(events)[-1][0] == "finished"
    [exchange] = demo.exchanges.since(mark)
    sent = json.dumps([exchange.path, exchange.query, dict(exchange.headers), exchange.json])
    assert "canary" not in sent
    assert exchange.headers["authorization"] == "Bearer demo"
    assert "x-api-key" not in exchange.headers
    assert "openai-organization" not in exchange.headers


@every_way
async def test_each_request_of_a_turn_asks_for_its_trace_headers(demo: Demo, way: Way) -> None:
    asked: list[str] = []

    def trace_headers() -> dict[str, str]:
        asked.append(f"00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333{len(asked)}-01")
        return {"traceparent": asked[-1]}

    connection, lane = gateway(demo.base_url), lane_of(way, tools=("calculator",))
    client = open_path(lane.sdk_path)
    context = context_of(resolve(connection, lane), trace_headers=trace_headers)
    request = ChatRequest(lane=lane, messages=(Message(role="user", text="What is 17.5 * 4?"),))
    mark = demo.exchanges.mark
    assert [event async for event in client.stream(request, context)]
    await client.aclose()

    sent = [exchange.headers["traceparent"] for exchange in demo.exchanges.since(mark)]
    assert sent == asked
    assert len(sent) == 2


CALCULATOR = TOOLS[0]
BODIES: dict[str, dict[str, Any]] = {
    "chat": {
        "model": "gpt-4o-mini",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello"},
        ],
        "temperature": 0.25,
        "top_p": 0.75,
        "max_completion_tokens": 900,
        "stop": ["END"],
        "stream": True,
        "stream_options": {"include_usage": True},
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "calculator",
                    "description": CALCULATOR.description,
                    "parameters": CALCULATOR.parameters,
                },
            }
        ],
    },
    "responses": {
        "model": "gpt-4o-mini",
        "instructions": "Be brief.",
        "input": [{"role": "user", "content": "Hello"}],
        "temperature": 0.25,
        "top_p": 0.75,
        "max_output_tokens": 900,
        "store": False,
        "stream": True,
        "tools": [
            {
                "type": "function",
                "name": "calculator",
                "description": CALCULATOR.description,
                "parameters": CALCULATOR.parameters,
                "strict": False,
            }
        ],
    },
    "messages": {
        "model": "claude-haiku-4-5",
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "Hello"}],
        # Thinking excludes sampling settings, and its budget comes on top of the limit.
        "max_tokens": 900 + 2_048,
        "thinking": {"type": "enabled", "budget_tokens": 2_048},
        "stop_sequences": ["END"],
        "stream": True,
        "tools": [
            {
                "name": "calculator",
                "description": CALCULATOR.description,
                "input_schema": CALCULATOR.parameters,
            }
        ],
    },
}


@pytest.mark.parametrize("way", [way for way in WAYS if way.name in BODIES], ids=lambda w: w.name)
async def test_an_sdk_path_sends_exactly_what_the_model_takes(demo: Demo, way: Way) -> None:
    lane = lane_of(way, parameters=ALL_SET, system_prompt="Be brief.", tools=("calculator",))
    mark = demo.exchanges.mark
    await ask(gateway(demo.base_url), lane, "Hello")
    assert demo.exchanges.since(mark)[0].json == BODIES[way.name]


@every_way
async def test_a_reasoning_model_is_sent_no_setting_that_it_refuses(demo: Demo, way: Way) -> None:
    lane = lane_of(way, model=way.reasoning_model, parameters=ALL_SET)
    mark = demo.exchanges.mark
    events = await ask(gateway(demo.base_url), lane, "Hello")
    assert shape(events)[-1][0] == "finished"
    [exchange] = demo.exchanges.since(mark)
    sent = json.dumps(exchange.json)
    takes_sampling = way.provider in (Provider.GROQ, Provider.GOOGLE)
    assert ('"temperature": 0.25' in sent) is takes_sampling
    is_asked_for_effort = any(
        word in sent for word in ('"low"', '"LOW"', '"budget_tokens"', '"thinking_budget"')
    )
    assert is_asked_for_effort


@every_way
async def test_what_is_not_set_is_not_sent(demo: Demo, way: Way) -> None:
    mark = demo.exchanges.mark
    await ask(gateway(demo.base_url), lane_of(way, streamed=False), "Hello")
    [exchange] = demo.exchanges.since(mark)
    sent = json.dumps(exchange.json)
    for word in ("temperature", "top_p", "topP", "stop", "tools", "system", "instructions"):
        assert f'"{word}' not in sent
    for word in ("reasoning", "thinking", "effort"):
        assert word not in sent


async def test_the_agent_and_the_anthropic_sdk_ask_for_the_same(demo: Demo) -> None:
    by_sdk, by_agent = (way for way in WAYS if way.provider is Provider.ANTHROPIC)
    for model in ("claude-haiku-4-5", "claude-sonnet-4-6"):
        mark = demo.exchanges.mark
        for way in (by_sdk, by_agent):
            lane = lane_of(way, model=model, parameters=replace(ALL_SET, temperature=None))
            await ask(gateway(demo.base_url), lane, "Hello")
        first, second = (exchange.json for exchange in demo.exchanges.since(mark))
        for name in ("model", "max_tokens", "thinking", "output_config", "stop_sequences"):
            assert first.get(name) == second.get(name), name
        assert first["thinking"]


def _custom(base_url: str, provider: Provider, key: str = "own-key") -> Connection:
    return Connection(
        id="custom",
        kind=ConnectionKind.CUSTOM,
        label="My server",
        base_url=base_url,
        api_key=Secret(key),
        provider=provider,
    )


@pytest.mark.parametrize(
    ("provider", "sdk_path", "suffix", "header", "value"),
    [
        (Provider.OPENAI, SdkPath.OPENAI_CHAT, "/openai", "authorization", "Bearer own-key"),
        (Provider.OPENAI, SdkPath.OPENAI_RESPONSES, "/openai", "authorization", "Bearer own-key"),
        (Provider.OPENAI, SdkPath.PYDANTIC_AI, "/openai", "authorization", "Bearer own-key"),
        (Provider.ANTHROPIC, SdkPath.ANTHROPIC_MESSAGES, "/anthropic", "x-api-key", "own-key"),
        (Provider.ANTHROPIC, SdkPath.PYDANTIC_AI, "/anthropic", "x-api-key", "own-key"),
        (Provider.GROQ, SdkPath.PYDANTIC_AI, "/groq", "authorization", "Bearer own-key"),
        (Provider.GOOGLE, SdkPath.PYDANTIC_AI, "/google-vertex", "x-goog-api-key", "own-key"),
    ],
)
async def test_without_a_gateway_the_key_goes_where_the_provider_wants_it(
    demo: Demo, provider: Provider, sdk_path: SdkPath, suffix: str, header: str, value: str
) -> None:
    connection = _custom(demo.base_url + suffix, provider)
    way = next(way for way in WAYS if (way.provider, way.sdk_path) == (provider, sdk_path))
    target = Target(
        connection=connection,
        provider=provider,
        route="",
        sdk_path=sdk_path,
        base_url=connection.base_url,
    )
    mark = demo.exchanges.mark
    await ask(connection, lane_of(way), "Hello", target=target)
    [exchange] = demo.exchanges.since(mark)
    carriers = {name: text for name, text in exchange.headers.items() if "own-key" in text}
    assert carriers == {header: value}
    assert "own-key" not in json.dumps([exchange.path, exchange.query, exchange.json])


async def test_a_server_without_keys_is_sent_none(demo: Demo) -> None:
    connection = _custom(demo.base_url + "/openai", Provider.OPENAI, key="")
    for way in (WAYS[0], WAYS[4]):
        target = Target(
            connection=connection,
            provider=Provider.OPENAI,
            route="",
            sdk_path=way.sdk_path,
            base_url=connection.base_url,
        )
        mark = demo.exchanges.mark
        await ask(connection, lane_of(way), "Hello", target=target)
        [exchange] = demo.exchanges.since(mark)
        assert "authorization" not in exchange.headers
        assert "x-api-key" not in exchange.headers


async def test_a_compatible_server_is_given_the_limit_under_its_old_name(demo: Demo) -> None:
    connection = _custom(demo.base_url + "/openai", Provider.OPENAI)
    lane = lane_of(WAYS[0], parameters=Parameters(max_output_tokens=77))
    target = Target(
        connection=connection,
        provider=Provider.OPENAI,
        route="",
        sdk_path=SdkPath.OPENAI_CHAT,
        base_url=connection.base_url,
    )
    mark = demo.exchanges.mark
    await ask(connection, lane, "Hello", target=target)
    body = demo.exchanges.since(mark)[0].json
    assert body["max_tokens"] == 77
    assert "max_completion_tokens" not in body


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "plain"])
@pytest.mark.parametrize("way", [way for way in WAYS if way.provider is Provider.ANTHROPIC])
async def test_sampling_reaches_claude_one_setting_at_a_time(
    demo: Demo, way: Way, streamed: bool
) -> None:
    both = Parameters(temperature=0.25, top_p=0.75)
    mark = demo.exchanges.mark
    for parameters in (both, replace(both, temperature=None)):
        lane = lane_of(way, model="claude-haiku-4-5", parameters=parameters, streamed=streamed)
        events = await ask(gateway(demo.base_url), lane, "Hello")
        assert shape(events)[-1][0] == "finished"
    sent = [exchange.json for exchange in demo.exchanges.since(mark)]
    assert [(body.get("temperature"), body.get("top_p")) for body in sent] == [
        (0.25, None),
        (None, 0.75),
    ]
