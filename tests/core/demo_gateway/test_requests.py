"""What each API is asked for: limits, schemas, pictures, reasoning, and settings it refuses."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from gwtrace_core.demo_gateway.model.tokens import tokenize
from tests.conftest import Demo
from tests.core.demo_gateway.calls import (
    ANTHROPIC,
    APIS,
    CHAT,
    COMPAT,
    GOOGLE,
    GROQ,
    RESPONSES,
    Api,
    answer_text,
    ask,
    events,
)

each_api = pytest.mark.parametrize("api", APIS, ids=lambda api: api.name)

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "verdict": {"enum": ["pass", "fail"]},
        "reasons": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["verdict", "reasons"],
    "additionalProperties": False,
}


def _formatted(api: Api, schema: dict[str, Any]) -> dict[str, Any]:
    match api:
        case _ if api is ANTHROPIC:
            return {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
        case _ if api is RESPONSES:
            form = {"type": "json_schema", "name": "answer", "schema": schema}
            return {"text": {"format": form}}
        case _ if api is GOOGLE:
            config = {"responseMimeType": "application/json", "responseJsonSchema": schema}
            return {"generationConfig": config}
        case _:
            wrapped = {"name": "answer", "schema": schema}
            return {"response_format": {"type": "json_schema", "json_schema": wrapped}}


@each_api
def test_an_answer_by_schema_fits_it(demo: Demo, api: Api) -> None:
    schema = SCHEMA
    response = ask(demo.base_url, api, "Judge this.", **_formatted(api, schema))
    jsonschema.validate(json.loads(answer_text(api, response, stream=False)), schema)


def _limits(api: Api, tokens: int, stop: str) -> dict[str, Any]:
    match api:
        case _ if api is ANTHROPIC:
            return {"max_tokens": tokens, "stop_sequences": [stop]}
        case _ if api is RESPONSES:
            return {"max_output_tokens": tokens}
        case _ if api is GOOGLE:
            off = {"thinkingBudget": 0}
            config = {"maxOutputTokens": tokens, "stopSequences": [stop], "thinkingConfig": off}
            return {"generationConfig": config}
        case _ if api is CHAT:
            return {"max_completion_tokens": tokens, "stop": [stop]}
        case _:
            return {"max_tokens": tokens, "stop": [stop], "reasoning_effort": "none"}


@each_api
def test_the_length_limit_and_stop_sequences_are_honoured(demo: Demo, api: Api) -> None:
    prompt = "How does a gateway stream?"
    whole = answer_text(api, ask(demo.base_url, api, prompt), stream=False)
    limited = ask(demo.base_url, api, prompt, **_limits(api, 7, "never"))
    text = answer_text(api, limited, stream=False)
    assert len(tokenize(text)) == 7
    assert whole.startswith(text)
    if api is RESPONSES:
        assert limited.json()["incomplete_details"] == {"reason": "max_output_tokens"}
        return
    stopped = ask(demo.base_url, api, prompt, **_limits(api, 4000, "route"))
    assert answer_text(api, stopped, stream=False) == whole[: whole.index("route")]
    if api is ANTHROPIC:
        assert (stopped.json()["stop_reason"], stopped.json()["stop_sequence"]) == (
            "stop_sequence",
            "route",
        )


PIXEL = base64.b64encode(b"0123456789").decode()


def _pictures(api: Api) -> dict[str, Any]:
    text, url = "What is this?", f"data:image/png;base64,{PIXEL}"
    match api:
        case _ if api is ANTHROPIC:
            source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
            content = [{"type": "image", "source": source}, {"type": "text", "text": text}]
            return {"messages": [{"role": "user", "content": content}]}
        case _ if api is RESPONSES:
            content = [
                {"type": "input_image", "image_url": url},
                {"type": "input_text", "text": text},
            ]
            return {"input": [{"role": "user", "content": content}]}
        case _ if api is GOOGLE:
            data = {"inlineData": {"mimeType": "image/png", "data": PIXEL}}
            return {"contents": [{"role": "user", "parts": [data, {"text": text}]}]}
        case _:
            content = [
                {"type": "image_url", "image_url": {"url": url}},
                {"type": "text", "text": text},
            ]
            return {"messages": [{"role": "user", "content": content}]}


@pytest.mark.parametrize("api", [api for api in APIS if api is not GROQ], ids=lambda api: api.name)
def test_pictures_are_counted_with_their_type_and_size(demo: Demo, api: Api) -> None:
    text = answer_text(api, ask(demo.base_url, api, **_pictures(api)), stream=False)
    assert text.startswith("You attached one picture:\n\n- `image/png`, 10 bytes\n")


def test_a_repeated_long_prefix_is_read_from_the_cache(demo: Demo) -> None:
    long = "A long and shared beginning of a prompt, told again and again. " * 100
    first = ask(demo.base_url, RESPONSES, long + "One?").json()["usage"]
    second = ask(demo.base_url, RESPONSES, long + "Two?").json()["usage"]
    assert first["input_tokens_details"]["cached_tokens"] == 0
    cached = second["input_tokens_details"]["cached_tokens"]
    assert cached % 128 == 0
    assert 1024 <= cached < second["input_tokens"]
    costs = [float(usage["logfire_ai_gateway"]["cost"]) for usage in (first, second)]
    assert costs[1] < costs[0]

    marked = [{"type": "text", "text": long, "cache_control": {"type": "ephemeral"}}]
    written, read = (
        ask(demo.base_url, ANTHROPIC, f"Hello {n}", system=marked).json()["usage"] for n in range(2)
    )
    assert written["cache_read_input_tokens"] == 0
    assert written["cache_creation_input_tokens"] >= 1024
    assert read["cache_read_input_tokens"] >= 1024
    unmarked = ask(demo.base_url, ANTHROPIC, "Hello 3", system=long).json()["usage"]
    assert unmarked["cache_read_input_tokens"] == unmarked["cache_creation_input_tokens"] == 0


def _texts(value: Any) -> Iterator[str]:
    """Everything in a body that may be words of the model."""
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str) and name in ("text", "delta", "thinking", "reasoning"):
                yield inner
            yield from _texts(inner)


def test_reasoning_shows_where_each_api_shows_it(demo: Demo) -> None:
    thoughts = "The question is: Why?"

    def found(api: Api, **wish: Any) -> list[bool]:
        answers = [
            ask(demo.base_url, api, "Why?", stream=stream, **wish) for stream in (False, True)
        ]
        bodies = [[answers[0].json()], events(answers[1])]
        return [thoughts in "".join(_texts(body)) for body in bodies]

    both, neither = [True, True], [False, False]
    summary = {"effort": "low", "summary": "auto"}
    assert found(RESPONSES, reasoning=summary) == both
    assert found(RESPONSES, reasoning={"effort": "low"}) == neither
    assert found(ANTHROPIC, thinking={"type": "adaptive"}) == both
    assert found(ANTHROPIC) == neither
    assert found(GROQ) == both
    assert found(GROQ, include_reasoning=False) == neither
    shown = {"thinkingConfig": {"includeThoughts": True}}
    assert found(GOOGLE, generationConfig=shown) == both
    assert found(GOOGLE) == neither
    assert found(CHAT, reasoning_effort="high") == neither
    for api in (CHAT, COMPAT):
        usage = ask(demo.base_url, api, reasoning_effort="high").json()["usage"]
        details = usage["completion_tokens_details"]
        assert details["reasoning_tokens"] > 0


@pytest.mark.parametrize("prompt", ["", " ", "\ud800 lone", "\x00\x07 control", "x" * 200_000])
@each_api
def test_odd_prompts_are_answered(demo: Demo, api: Api, prompt: str) -> None:
    for stream in (False, True):
        response = ask(demo.base_url, api, prompt, stream=stream)
        assert response.status_code == 200
        assert answer_text(api, response, stream=stream)


def test_a_prompt_beyond_the_context_window_is_refused(demo: Demo) -> None:
    long = "word " * 210_000
    openai = ask(demo.base_url, CHAT, long, model="gpt-4o-mini")
    assert (openai.status_code, openai.json()["error"]["code"]) == (400, "context_length_exceeded")
    anthropic = ask(demo.base_url, ANTHROPIC, long, model="claude-haiku-4-5")
    message = anthropic.json()["error"]["message"]
    assert (anthropic.status_code, message) == (
        400,
        "prompt is too long: 210008 tokens > 200000 maximum",
    )


@pytest.mark.parametrize(
    ("api", "extra", "message"),
    [
        (CHAT, {"messages": []}, "Missing required parameter: 'messages'."),
        (CHAT, {"messages": "no"}, "Missing required parameter: 'messages'."),
        (CHAT, {"messages": [{"role": "nobody"}]}, "Invalid value: 'nobody'."),
        (CHAT, {"max_completion_tokens": 0}, "Invalid value for 'max_completion_tokens'"),
        (RESPONSES, {"input": None}, "Missing required parameter: 'input'."),
        (ANTHROPIC, {"max_tokens": None}, "max_tokens: Field required"),
        (ANTHROPIC, {"messages": []}, "messages: Field required"),
        (GOOGLE, {"contents": []}, "contents is not specified"),
    ],
)
def test_a_request_that_the_provider_would_refuse_is_its_400(
    demo: Demo, api: Api, extra: dict[str, Any], message: str
) -> None:
    response = ask(demo.base_url, api, **extra)
    assert response.status_code == 400
    assert response.json()["error"]["message"].startswith(message)


MINI = {"model": "gpt-4o-mini"}
OPUS = {"model": "claude-opus-4-8"}
HAIKU = {"model": "claude-haiku-4-5"}
BUDGET = {"type": "enabled", "budget_tokens": 2000}


@pytest.mark.parametrize(
    ("api", "wish", "param"),
    [
        (CHAT, {"max_tokens": 10}, "max_tokens"),
        (CHAT, {"reasoning_effort": "minimal"}, "'minimal' is not supported"),
        (CHAT, {"reasoning_effort": "low", "temperature": 0.5}, "temperature"),
        (CHAT, {**MINI, "reasoning_effort": "low"}, "reasoning_effort"),
        (RESPONSES, {"reasoning": {"effort": "low"}, "top_p": 0.5}, "top_p"),
        (RESPONSES, {**MINI, "reasoning": {"effort": "low"}}, "reasoning.effort"),
        (
            GROQ,
            {"model": "llama-3.3-70b-versatile", "reasoning_effort": "low"},
            "`reasoning_effort`",
        ),
        (GROQ, _pictures(GROQ), "content must be a string"),
        (ANTHROPIC, {"thinking": {"type": "enabled"}}, "budget_tokens: Field required"),
        (ANTHROPIC, {"thinking": {"type": "enabled", "budget_tokens": 100}}, "equal to 1024"),
        (ANTHROPIC, {"thinking": BUDGET, "max_tokens": 2000}, "`max_tokens` must be greater"),
        (ANTHROPIC, {"thinking": BUDGET, "temperature": 0.5}, "`temperature` may only"),
        (ANTHROPIC, {"temperature": 0.5, "top_p": 0.5}, "cannot both"),
        (ANTHROPIC, {**HAIKU, "thinking": {"type": "adaptive"}}, "adaptive thinking"),
        (ANTHROPIC, {**OPUS, "thinking": BUDGET}, "thinking.type.adaptive"),
        (ANTHROPIC, {**OPUS, "temperature": 1}, "`temperature` is deprecated"),
    ],
)
def test_a_setting_that_the_model_does_not_take_is_refused(
    demo: Demo, api: Api, wish: dict[str, Any], param: str
) -> None:
    response = ask(demo.base_url, api, **wish)
    error = response.json()["error"]
    assert response.status_code == 400
    assert param in error["message"]


@pytest.mark.parametrize(
    ("api", "wish"),
    [
        (CHAT, {"temperature": 0.5, "top_p": 0.5, "reasoning_effort": "none"}),
        (CHAT, {**MINI, "temperature": 0.5, "max_tokens": 10}),
        (RESPONSES, {"reasoning": {"effort": "high"}, "temperature": 1}),
        (GROQ, {"reasoning_effort": "low", "temperature": 0.5, "max_tokens": 10}),
        (ANTHROPIC, {"thinking": BUDGET, "temperature": 1}),
        (ANTHROPIC, {**OPUS, "thinking": {"type": "adaptive"}}),
        (ANTHROPIC, {**HAIKU, "thinking": BUDGET}),
        (COMPAT, {"temperature": 0.5, "top_p": 0.5}),
    ],
)
def test_a_setting_that_the_model_takes_is_taken(
    demo: Demo, api: Api, wish: dict[str, Any]
) -> None:
    assert ask(demo.base_url, api, **wish).status_code == 200
