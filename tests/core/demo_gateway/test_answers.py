"""What the simulated models say, and how they honour what they are asked."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from genai_prices import Usage, calc_price

from gwtrace_core.demo_gateway.conversation import Conversation, ToolOffer, Turn
from gwtrace_core.demo_gateway.examples import EXAMPLE_PROMPTS
from gwtrace_core.demo_gateway.generation import PromptCache, generate
from gwtrace_core.demo_gateway.models import DEMO_MODELS, DemoModel, find_model, models_of
from gwtrace_core.demo_gateway.schema_values import example_value
from gwtrace_core.demo_gateway.tokens import tokenize
from gwtrace_core.demo_gateway.tool_requests import plan_calls
from gwtrace_core.tools import TOOLS
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


def _model(name: str) -> DemoModel:
    return next(model for model in DEMO_MODELS if model.id == name)


def _asked(prompt: str, **settings: Any) -> Conversation:
    offers = tuple(ToolOffer(name=tool.name, parameters=tool.parameters) for tool in TOOLS)
    turns = (Turn(role="user", text=prompt),)
    return Conversation(**{"model": "m", "turns": turns, "tools": offers, **settings})


@pytest.mark.parametrize("model", DEMO_MODELS, ids=lambda model: model.id)
def test_prices_are_the_real_list_prices(model: DemoModel) -> None:
    million = 1_000_000
    provider = "google" if model.family == "google-vertex" else model.family

    def price(**usage: int) -> float:
        return float(
            calc_price(Usage(**usage), model.response_model, provider_id=provider).total_price
        )

    given = model.usd_per_mtok
    # Short prompts: some list prices rise with the length of the prompt.
    assert price(input_tokens=1000) * 1000 == pytest.approx(given.input)
    assert price(output_tokens=million) == pytest.approx(given.output)
    cached = price(input_tokens=1000, cache_read_tokens=1000) * 1000
    assert cached == pytest.approx(given.cached_input)


def test_a_model_is_found_by_either_id_and_only_in_its_family() -> None:
    mini = _model("gpt-4o-mini")
    assert find_model("gpt-4o-mini", "openai") is find_model(mini.response_model, "openai") is mini
    assert find_model("gpt-4o-mini", "groq") is None
    assert {len(models_of(family)) for family in ("openai", "anthropic")} == {3}


def test_models_differ_in_pace_and_style() -> None:
    assert len({model.pace for model in DEMO_MODELS}) == len(DEMO_MODELS)
    assert len({model.style for model in DEMO_MODELS}) == 4


@each_api
def test_streamed_and_plain_say_the_same_and_say_that_it_is_simulated(demo: Demo, api: Api) -> None:
    prompt = EXAMPLE_PROMPTS[0].text
    plain, streamed = ask(demo.base_url, api, prompt), ask(demo.base_url, api, prompt, stream=True)
    text = answer_text(api, plain, stream=False)
    assert text == answer_text(api, streamed, stream=True)
    assert "Simulated by the demo gateway" in text


@pytest.mark.parametrize("model", DEMO_MODELS, ids=lambda model: model.id)
def test_the_first_example_shows_a_table_on_every_model(model: DemoModel) -> None:
    text = generate(_asked(EXAMPLE_PROMPTS[0].text), model, cache=PromptCache()).text
    assert "|---|---|---|" in text
    if model.style != "terse":
        assert text.startswith("## ")
        assert "```python" in text


def test_the_examples_show_what_they_promise() -> None:
    assert [example.shows for example in EXAMPLE_PROMPTS] == ["streaming", "tools", "reasoning"]
    streaming, tools, reasoning = (_asked(example.text) for example in EXAMPLE_PROMPTS)
    assert plan_calls(streaming) == plan_calls(reasoning) == ()
    assert [(call.name, dict(call.arguments)) for call in plan_calls(tools)] == [
        ("calculator", {"expression": "2480 * 17.5 / 100"}),
        ("date_and_time", {"timezone": "Asia/Tokyo"}),
        ("convert_units", {"value": 42.0, "from_unit": "km", "to_unit": "mi"}),
    ]
    thinking = _asked(EXAMPLE_PROMPTS[2].text, reasoning=True)
    answer = generate(thinking, _model("gpt-5.2"), cache=PromptCache())
    assert "x = 0.05" in answer.reasoning
    assert "**The ball costs 0.05.**" in answer.text


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("What is 12% of 480?", ("calculator", {"expression": "480 * 12 / 100"})),
        ("(2+3) × 4 = ?", ("calculator", {"expression": "(2+3) * 4"})),
        ("the square root of 144", ("calculator", {"expression": "144 ** 0.5"})),
        ("What time is it in New York?", ("date_and_time", {"timezone": "America/New_York"})),
        ("What's the date today?", ("date_and_time", {"timezone": "UTC"})),
        (
            "30 °C in fahrenheit",
            ("convert_units", {"value": 30.0, "from_unit": "celsius", "to_unit": "fahrenheit"}),
        ),
        ("How tall is the Eiffel Tower?", ("look_up_fact", {"topic": "Eiffel Tower"})),
        ("Tell me a fact about the speed of light.", ("look_up_fact", {"topic": "speed of light"})),
        ("On 2026-01-02 call 555-1234.", None),
        ("Hello", None),
    ],
)
def test_tools_are_asked_for_with_arguments_from_the_prompt(
    prompt: str, expected: tuple[str, dict[str, Any]] | None
) -> None:
    calls = [(call.name, dict(call.arguments)) for call in plan_calls(_asked(prompt))]
    assert calls == ([] if expected is None else [expected])
    assert plan_calls(_asked(prompt, tools=())) == ()
    assert plan_calls(_asked(prompt, tool_choice="none")) == ()


def test_a_demanded_tool_is_called_with_arguments_that_fit_its_schema() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    offers = (ToolOffer(name="weather", parameters=schema),)
    for choice in ("required", "weather"):
        (call,) = plan_calls(_asked("Hello", tools=offers, tool_choice=choice))
        assert (call.name, dict(call.arguments)) == ("weather", {"city": "Simulated city"})
    assert plan_calls(_asked("Hello", tools=offers)) == ()


SCHEMAS: list[dict[str, Any]] = [
    {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
    {
        "type": "object",
        "properties": {
            "verdict": {"enum": ["pass", "fail"]},
            "score": {"type": "number", "minimum": 0, "maximum": 1},
            "reasons": {"type": "array", "items": {"type": "string"}, "minItems": 3},
            "when": {"type": "string", "format": "date"},
            "note": {"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 5}]},
            "nested": {"$ref": "#/$defs/Inner"},
            "even": {"type": "integer", "minimum": 3, "multipleOf": 2},
        },
        "required": ["verdict", "score", "reasons", "when", "note", "nested", "even"],
        "additionalProperties": False,
        "$defs": {
            "Inner": {
                "type": "object",
                "properties": {"ok": {"type": "boolean"}, "kind": {"const": "inner"}},
                "required": ["ok", "kind"],
            }
        },
    },
    {"allOf": [{"type": "object", "properties": {"a": {"type": "null"}}}, {"required": ["a"]}]},
    {"type": ["null", "string"], "minLength": 30},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=range(len(SCHEMAS)))
def test_made_up_values_fit_their_schema(schema: dict[str, Any]) -> None:
    jsonschema.validate(example_value(schema), schema)


def test_a_recursive_schema_comes_to_an_end() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#"}}}
    assert "None" in str(example_value(node))


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
    schema = SCHEMAS[1]
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


@pytest.mark.parametrize(
    ("system", "starts", "ends"),
    [
        ("", "Hello! This is", "asked._"),
        (
            "Answer in one sentence.",
            "Hello! This is gpt-5.2, as the demo",
            "plays it. (Simulated.)",
        ),
        ("You are a pirate.", "Arr, matey! Hello!", "Fair winds!"),
        ("Mind the budget.", "Hello!", "The system prompt was read: “Mind the budget.”"),
    ],
)
def test_the_system_prompt_shows(demo: Demo, system: str, starts: str, ends: str) -> None:
    answers = [
        answer_text(CHAT, response, stream=False)
        for response in (
            ask(demo.base_url, messages=[
                {"role": "system", "content": system}, {"role": "user", "content": "Hello"}
            ]),
        )
    ]  # fmt: skip
    response = ask(demo.base_url, RESPONSES, instructions=system)
    answers.append(answer_text(RESPONSES, response, stream=False))
    assert [text.startswith(starts) and text.endswith(ends) for text in answers] == [True, True]


def test_the_system_prompt_reaches_anthropic_and_google(demo: Demo) -> None:
    told = "You are a pirate."
    anthropic = ask(demo.base_url, ANTHROPIC, system=[{"type": "text", "text": told}])
    google = ask(demo.base_url, GOOGLE, systemInstruction={"parts": [{"text": told}]})
    assert answer_text(ANTHROPIC, anthropic, stream=False).startswith("Arr, matey!")
    assert answer_text(GOOGLE, google, stream=False).startswith("Arr, matey!")


def test_the_conversation_is_remembered(demo: Demo) -> None:
    messages = [
        {"role": "user", "content": "My first question"},
        {"role": "assistant", "content": "An answer"},
        {"role": "user", "content": "A second one"},
        {"role": "assistant", "content": "Another answer"},
        {"role": "user", "content": "What did I ask before?"},
    ]
    text = answer_text(CHAT, ask(demo.base_url, messages=messages), stream=False)
    assert "1. “My first question”\n2. “A second one”\n" in text
    assert "“What did I ask" not in text
    alone = ask(demo.base_url, prompt="What did I ask before?")
    assert "first question" in answer_text(CHAT, alone, stream=False)


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


@each_api
def test_pictures_are_counted_with_their_type_and_size(demo: Demo, api: Api) -> None:
    text = answer_text(api, ask(demo.base_url, api, **_pictures(api)), stream=False)
    assert text.startswith("You attached one picture:\n\n- `image/png`, 10 bytes\n")


@pytest.mark.parametrize(("wish", "tokens"), [("1,000 tokens", 1000), ("300 words", 400)])
def test_a_length_that_is_asked_for_is_given(demo: Demo, wish: str, tokens: int) -> None:
    usage = ask(demo.base_url, prompt=f"Please write {wish}").json()["usage"]
    assert usage["completion_tokens"] == tokens


def test_a_repeated_long_prefix_is_read_from_the_cache(demo: Demo) -> None:
    long = "A long and shared beginning of a prompt, told again and again. " * 100
    first = ask(demo.base_url, RESPONSES, long + "One?").json()["usage"]
    second = ask(demo.base_url, RESPONSES, long + "Two?").json()["usage"]
    assert first["input_tokens_details"]["cached_tokens"] == 0
    cached = second["input_tokens_details"]["cached_tokens"]
    assert cached % 128 == 0
    assert 1024 <= cached < second["input_tokens"]
    costs = [usage["pydantic_ai_gateway"]["cost_estimate"] for usage in (first, second)]
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


@pytest.mark.parametrize("model", DEMO_MODELS, ids=lambda model: model.id)
def test_the_same_model_and_prompt_give_the_same_answer_in_the_same_pieces(
    model: DemoModel,
) -> None:
    first, second = (
        generate(_asked("Explain something."), model, cache=PromptCache()) for _ in range(2)
    )
    assert first.text == second.text
    chunks = first.chunks(first.text)
    assert chunks == second.chunks(second.text)
    assert "".join(chunk.text for chunk in chunks) == first.text


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
        (CHAT, {"max_tokens": 0}, "Invalid value for 'max_completion_tokens'"),
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
