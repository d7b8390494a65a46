"""What the simulated models say, and how they honour what they are asked."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from genai_prices import Usage, calc_price

from gwtrace_core.demo_gateway.common.examples import EXAMPLE_PROMPTS
from gwtrace_core.demo_gateway.model.conversation import Conversation, ToolOffer, Turn
from gwtrace_core.demo_gateway.model.generation import PromptCache, generate
from gwtrace_core.demo_gateway.model.models import DEMO_MODELS, DemoModel, find_model, models_of
from gwtrace_core.demo_gateway.model.schema_values import example_value
from gwtrace_core.demo_gateway.model.tool_requests import plan_calls
from gwtrace_core.tools.tools import TOOLS
from tests.conftest import Demo
from tests.core.demo_gateway.calls import (
    ANTHROPIC,
    APIS,
    CHAT,
    GOOGLE,
    RESPONSES,
    Api,
    answer_text,
    ask,
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


@pytest.mark.parametrize(("wish", "tokens"), [("1,000 tokens", 1000), ("300 words", 400)])
def test_a_length_that_is_asked_for_is_given(demo: Demo, wish: str, tokens: int) -> None:
    usage = ask(demo.base_url, prompt=f"Please write {wish}").json()["usage"]
    assert usage["completion_tokens"] == tokens


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
