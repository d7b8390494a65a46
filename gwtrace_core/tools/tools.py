"""Built-in tools that are safe and local: no network, no files, no code of the model's is run.

A wrong call is an answer too: `run_tool` never raises for what a model sends, it says what would
have been right, so that the model can try again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gwtrace_core.tools import calculator, facts, units
from gwtrace_core.tools.error import ToolError

_MAX_ARGUMENT_CHARS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """A tool's answer as the text that the model gets."""

    content: str
    is_error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What a model is told of a tool, and the function behind it."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """JSON schema of the arguments; every property is required."""
    call: Callable[[Mapping[str, object], datetime], str]
    """(arguments that fit the schema, now) -> the answer; raises ToolError for a wrong value."""


def run_tool(name: str, arguments: Mapping[str, object], *, now: datetime) -> ToolResult:
    """Run a built-in tool. `now` must know its time zone."""
    tool = find_tool(name)
    if tool is None:
        known = ", ".join(each.name for each in TOOLS)
        return ToolResult(content=f"There is no tool {name!r}. Tools: {known}.", is_error=True)
    problem = _check_schema(tool, arguments)
    if problem:
        return ToolResult(content=problem, is_error=True)
    try:
        return ToolResult(content=tool.call(arguments, now))
    except ToolError as exc:
        return ToolResult(content=str(exc), is_error=True)


def find_tool(name: str) -> Tool | None:
    """The tool of that name, None when there is none."""
    return next((tool for tool in TOOLS if tool.name == name), None)


def _check_schema(tool: Tool, arguments: Mapping[str, object]) -> str:
    properties: Mapping[str, Mapping[str, str]] = tool.parameters["properties"]
    wanted = ", ".join(f"{name} ({schema['type']})" for name, schema in properties.items())
    if set(arguments) != set(properties):
        return f"{tool.name} takes exactly: {wanted}. Got: {', '.join(arguments) or 'nothing'}."
    for name, schema in properties.items():
        value = arguments[name]
        if schema["type"] == "string":
            if not isinstance(value, str):
                return f"{tool.name}: {name} must be a string, got {_show(value)}."
            if len(value) > _MAX_ARGUMENT_CHARS:
                return f"{tool.name}: {name} is longer than {_MAX_ARGUMENT_CHARS} characters."
        elif isinstance(value, bool) or not isinstance(value, int | float):
            return f"{tool.name}: {name} must be a number, got {_show(value)}."
    return ""


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _tell_date_and_time(arguments: Mapping[str, object], now: datetime) -> str:
    name = str(arguments["timezone"]).strip()
    try:
        zone = ZoneInfo(name)
    # A name that is a directory of the database, or not valid as a path, is just as unknown.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ToolError(
            f"There is no time zone {name!r}. Use an IANA name such as Europe/Amsterdam, "
            "America/New_York, Asia/Tokyo or UTC."
        ) from None
    local = now.astimezone(zone)
    offset = local.strftime("%z")
    return (
        f"{local:%A}, {local.day} {local:%B %Y}, {local:%H:%M:%S} in {name} "
        f"(UTC{offset[:3]}:{offset[3:]})"
    )


def _read_float(value: object) -> float:
    try:
        return float(str(value))
    # A whole number of thousands of digits cannot even be written out.
    except ValueError:
        return float("inf")


def _describe_parameters(**properties: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


TOOLS: tuple[Tool, ...] = (
    Tool(
        name="calculator",
        description=(
            "Evaluate an arithmetic expression exactly. Knows + - * / // % **, parentheses, "
            "pi, e, sqrt, abs, round, floor, ceil, min, max, log, log10, exp, sin, cos, tan."
        ),
        parameters=_describe_parameters(
            expression={"type": "string", "description": "For example: (17.5 * 4) ** 2 / 3"}
        ),
        call=lambda arguments, _: calculator.evaluate(str(arguments["expression"])),
    ),
    Tool(
        name="date_and_time",
        description="Tell the current date, weekday and time in a time zone.",
        parameters=_describe_parameters(
            timezone={"type": "string", "description": "IANA name, for example Europe/Amsterdam"}
        ),
        call=_tell_date_and_time,
    ),
    Tool(
        name="convert_units",
        description=(
            "Convert a value between units of length, area, mass, temperature, volume, speed, "
            "time, data, energy, power or pressure."
        ),
        parameters=_describe_parameters(
            value={"type": "number", "description": "The value to convert"},
            from_unit={"type": "string", "description": "For example: mile, kg, celsius, GiB"},
            to_unit={"type": "string", "description": "For example: km, pound, fahrenheit, MB"},
        ),
        call=lambda arguments, _: units.convert(
            _read_float(arguments["value"]),
            str(arguments["from_unit"]),
            str(arguments["to_unit"]),
        ),
    ),
    Tool(
        name="look_up_fact",
        description="Look up a short, checked fact. Topics: " + ", ".join(facts.TOPICS) + ".",
        parameters=_describe_parameters(
            topic={"type": "string", "description": "One of the topics, for example: Mars"}
        ),
        call=lambda arguments, _: facts.look_up(str(arguments["topic"])),
    ),
)
