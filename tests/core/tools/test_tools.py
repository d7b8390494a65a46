"""The built-in tools: right answers, and wrong calls answered so that a model can correct them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gwtrace_core.tools.tools import TOOLS, ToolResult, find_tool, run_tool

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def _content(name: str, **arguments: object) -> str:
    result = run_tool(name, arguments, now=NOW)
    assert not result.is_error, result
    return result.content


def _error(name: str, **arguments: object) -> str:
    result = run_tool(name, arguments, now=NOW)
    assert result.is_error, result
    return result.content


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2**10", "1024"),
        ("(17.5 * 4) ** 2 / 3", "1633.33333333333"),
        ("0.1 + 0.2", "0.3"),
        ("7 // 2 + 7 % 4", "6"),
        ("-3 × 4 ÷ 2", "-6"),
        ("1_000 + 1e3", "2000"),
        ("sqrt(2) * pi", "4.44288293815837"),
        ("round(2.567, 1)", "2.6"),
        ("max(1, min(5, 3), 2)", "3"),
        ("2**200", "1606938044258990275541962092341162602522202993782792835301376"),
        ("log10(1000) + log(8, 2)", "6"),
    ],
)
def test_the_calculator_is_right(expression: str, value: str) -> None:
    assert _content("calculator", expression=expression) == value


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("9**9**9", "power is too large"),
        ("2**1000 * 2**1000 * 2**1000", "number is too large"),
        ("1e308 * 10", "result is too large"),
        ("exp(1000)", "result that is too large"),
        ("1 / 0", "divides by zero"),
        ("5 % 0.0", "divides by zero"),
        ("2 ^ 3", "write ** instead of ^"),
        ("sqrt(-1)", "no real value"),
        ("(-8) ** 0.5", "no real value"),
        ("__import__('os')", "not an arithmetic expression"),
        ("open(1)", "'open(1)' is not allowed"),
        ("(1).real", "is not allowed"),
        ("[1, 2]", "is not allowed"),
        ("True + 1", "'True' is not allowed"),
        ("min(1)", "min takes 2 to 20 arguments, got 1"),
        ("round(5, -10**9)", "between -300 and 300"),
        ("1if 2else 3", "not an arithmetic expression"),
        ("", "not an arithmetic expression"),
        ("1 +", "Write for example: (2 + 3) * 4"),
        ("1" * 301, "longer than 300"),
    ],
)
def test_the_calculator_refuses_what_it_cannot_do_and_says_why(expression: str, words: str) -> None:
    assert words in _error("calculator", expression=expression)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789+-*/%().,e piabsqrtround'\"\\_", max_size=40))
def test_no_expression_raises(expression: str) -> None:
    assert isinstance(run_tool("calculator", {"expression": expression}, now=NOW), ToolResult)


def test_the_time_is_told_in_the_zone_asked_for() -> None:
    assert _content("date_and_time", timezone="Europe/Amsterdam") == (
        "Monday, 23 November 2026, 13:00:00 in Europe/Amsterdam (UTC+01:00)"
    )
    assert _content("date_and_time", timezone="Asia/Kolkata") == (
        "Monday, 23 November 2026, 17:30:00 in Asia/Kolkata (UTC+05:30)"
    )


@pytest.mark.parametrize("name", ["Mars", "", "../../etc/passwd", "/etc/passwd", "Europe", "x\0y"])
def test_an_unknown_time_zone_is_explained(name: str) -> None:
    assert "Use an IANA name such as Europe/Amsterdam" in _error("date_and_time", timezone=name)


@pytest.mark.parametrize(
    ("value", "source", "target", "answer"),
    [
        (1, "mile", "km", "1 mi = 1.609344 km"),
        (100, "celsius", "fahrenheit", "100 °C = 212 °F"),
        (-40, "degrees Fahrenheit", "C", "-40 °F = -40 °C"),
        (0, "kelvin", "°C", "0 K = -273.15 °C"),
        (2, "lb", "grams", "2 lb = 907.18474 g"),
        (1, "gallon", "litres", "1 gal = 3.785411784 l"),
        (60, "miles per hour", "km/h", "60 mph = 96.56064 km/h"),
        (1, "GiB", "MB", "1 GiB = 1073.741824 MB"),
        (8, "Mb", "MB", "8 Mb = 1 MB"),
        (1.5, "h", "min", "1.5 h = 90 min"),
        (3, "square feet", "m2", "3 ft2 = 0.27870912 m2"),
        (1, "kWh", "MJ", None),
        (1, "atm", "hPa", "1 atm = 1013.25 hPa"),
    ],
)
def test_units_are_converted(value: float, source: str, target: str, answer: str | None) -> None:
    arguments = {"value": value, "from_unit": source, "to_unit": target}
    result = run_tool("convert_units", arguments, now=NOW)
    if answer is None:
        assert result.is_error
        assert "There is no unit 'MJ' here" in result.content
    else:
        assert result == ToolResult(content=answer)


def test_units_of_two_quantities_are_refused_with_the_units_that_fit() -> None:
    assert _error("convert_units", value=1, from_unit="kg", to_unit="km") == (
        "'kg' is a unit of mass and 'km' of length: convert to one of kg, g, mg, t, lb, oz, st."
    )
    assert "below absolute zero" in _error("convert_units", value=-300, from_unit="C", to_unit="K")
    assert "Did you mean" in _error("convert_units", value=1, from_unit="kilometr", to_unit="m")
    assert "finite" in _error("convert_units", value=10**5000, from_unit="m", to_unit="km")
    assert "too much" in _error("convert_units", value=1e308, from_unit="ly", to_unit="mm")


def test_a_fact_is_found_without_regard_to_case() -> None:
    assert "Phobos and Deimos" in _content("look_up_fact", topic="mars")
    assert "Amsterdam" in _content("look_up_fact", topic="capital of the Netherlands")
    assert _error("look_up_fact", topic="Marz") == "There is no fact about 'Marz'. Topics: Mars."
    assert "Mount Everest" in _error("look_up_fact", topic="?")


@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        (
            "search_web",
            {},
            "There is no tool 'search_web'. "
            "Tools: calculator, date_and_time, convert_units, look_up_fact.",
        ),
        ("calculator", {}, "calculator takes exactly: expression (string). Got: nothing."),
        (
            "convert_units",
            {"value": 1, "from": "m"},
            "convert_units takes exactly: value (number), from_unit (string), to_unit (string). "
            "Got: value, from.",
        ),
        ("calculator", {"expression": 3}, "calculator: expression must be a string, got 3."),
        (
            "convert_units",
            {"value": True, "from_unit": "m", "to_unit": "km"},
            "convert_units: value must be a number, got True.",
        ),
        (
            "look_up_fact",
            {"topic": "x" * 2001},
            "look_up_fact: topic is longer than 2000 characters.",
        ),
    ],
)
def test_a_wrong_call_is_answered_with_what_would_be_right(
    name: str, arguments: dict[str, object], answer: str
) -> None:
    assert run_tool(name, arguments, now=NOW) == ToolResult(content=answer, is_error=True)


def test_each_tool_is_described_for_models() -> None:
    assert [tool.name for tool in TOOLS] == [
        "calculator",
        "date_and_time",
        "convert_units",
        "look_up_fact",
    ]
    for tool in TOOLS:
        assert find_tool(tool.name) is tool
        assert tool.description.endswith(".")
        assert tool.parameters["additionalProperties"] is False
        assert tool.parameters["required"] == list(tool.parameters["properties"])
        assert all(schema["description"] for schema in tool.parameters["properties"].values())
