"""The built-in tools as plain functions that stand alone: their source goes into scripts.

Laid out for lines of 88 characters, since the script's reader has no settings of ours. Smaller
than the tools in the app, which are hardened against anything that a model may write; a test holds
their answers to those of the app's.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gwtrace_core.code.literals import write_literal
from gwtrace_core.tools import facts

OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left / right,
    ast.FloorDiv: lambda left, right: left // right,
    ast.Mod: lambda left, right: left % right,
    ast.Pow: lambda left, right: left**right,
}
CONSTANTS = {"pi": math.pi, "e": math.e}
FUNCTIONS_OF_NUMBERS: dict[str, Callable[..., Any]] = {
    "sqrt": math.sqrt,
    "abs": abs,
    "round": round,
    "floor": math.floor,
    "ceil": math.ceil,
    "min": min,
    "max": max,
    "log": math.log,
    "log10": math.log10,
    "exp": math.exp,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
}


def evaluate(node: ast.expr) -> Any:
    """The value of a parsed expression: numbers, operators and the names above."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name):
            return CONSTANTS[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -evaluate(operand)
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](evaluate(left), evaluate(right))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return FUNCTIONS_OF_NUMBERS[name](*map(evaluate, args))
        case _:
            raise ValueError(f"{ast.unparse(node)} is not allowed")


def calculator(expression: str) -> str:
    """Evaluate an arithmetic expression."""
    try:
        value = evaluate(ast.parse(expression.strip(), mode="eval").body)
    except (SyntaxError, ValueError, TypeError, KeyError, ArithmeticError) as error:
        return f"Cannot evaluate {expression!r}: {error}"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def date_and_time(timezone: str) -> str:
    """Tell the date and time in a time zone."""
    try:
        now = datetime.now(ZoneInfo(timezone))
    except (KeyError, ValueError, OSError):
        return f"There is no time zone {timezone!r}."
    offset = f"{now:%z}"
    return f"{now:%A}, {now.day} {now:%B %Y, %H:%M:%S} in {timezone} (UTC{offset[:3]}:{offset[3:]})"


UNITS: dict[str, tuple[str, float, float]] = {
    "m": ("length", 1, 0),
    "km": ("length", 1000, 0),
    "cm": ("length", 0.01, 0),
    "mm": ("length", 0.001, 0),
    "in": ("length", 0.0254, 0),
    "ft": ("length", 0.3048, 0),
    "yd": ("length", 0.9144, 0),
    "mi": ("length", 1609.344, 0),
    "kg": ("mass", 1, 0),
    "g": ("mass", 0.001, 0),
    "lb": ("mass", 0.45359237, 0),
    "oz": ("mass", 0.028349523125, 0),
    "l": ("volume", 1, 0),
    "ml": ("volume", 0.001, 0),
    "gal": ("volume", 3.785411784, 0),
    "km/h": ("speed", 1 / 3.6, 0),
    "m/s": ("speed", 1, 0),
    "mph": ("speed", 0.44704, 0),
    "s": ("time", 1, 0),
    "min": ("time", 60, 0),
    "h": ("time", 3600, 0),
    "day": ("time", 86400, 0),
    "k": ("temperature", 1, 0),
    "c": ("temperature", 1, 273.15),
    "f": ("temperature", 5 / 9, 459.67 * 5 / 9),
}
UNIT_NAMES = {
    "metre": "m",
    "meter": "m",
    "kilometre": "km",
    "kilometer": "km",
    "centimetre": "cm",
    "centimeter": "cm",
    "mile": "mi",
    "yard": "yd",
    "inch": "in",
    "inches": "in",
    "foot": "ft",
    "feet": "ft",
    "kilogram": "kg",
    "gram": "g",
    "pound": "lb",
    "ounce": "oz",
    "litre": "l",
    "liter": "l",
    "gallon": "gal",
    "kmh": "km/h",
    "kph": "km/h",
    "second": "s",
    "minute": "min",
    "hour": "h",
    "d": "day",
    "celsius": "c",
    "°c": "c",
    "fahrenheit": "f",
    "°f": "f",
    "kelvin": "k",
}


def unit(name: str) -> tuple[str, float, float]:
    """A unit's quantity, its size in the base unit, and what to add for temperatures."""
    name = name.strip().lower()
    for known in (name, name.removesuffix("s")):
        if UNIT_NAMES.get(known, known) in UNITS:
            return UNITS[UNIT_NAMES.get(known, known)]
    raise ValueError(f"There is no unit {name!r}.")


def convert_units(value: float, from_unit: str, to_unit: str) -> str:
    """Convert a value between units."""
    try:
        quantity, factor, offset = unit(from_unit)
        to_quantity, to_factor, to_offset = unit(to_unit)
    except ValueError as error:
        return str(error)
    if quantity != to_quantity:
        return f"{from_unit} measures {quantity}, {to_unit} measures {to_quantity}."
    result = (value * factor + offset - to_offset) / to_factor
    return f"{value:.12g} {from_unit} = {result:.12g} {to_unit}"


FACTS = {topic: facts.look_up(topic) for topic in facts.TOPICS}


def look_up_fact(topic: str) -> str:
    """Look up a short fact."""
    wanted = topic.strip().lower().removeprefix("the ")
    for known, fact in FACTS.items():
        if known.lower() == wanted:
            return fact
    return f"There is no fact about {topic!r}. Topics: {', '.join(FACTS)}."


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSource:
    """A tool's function as source, with what has to stand above it."""

    imports: tuple[str, ...]
    helpers: tuple[str, ...]
    function: str


_PARTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "calculator": (
        (
            "import ast",
            "import math",
            "from collections.abc import Callable",
            "from typing import Any",
        ),
        ("OPERATORS", "CONSTANTS", "FUNCTIONS_OF_NUMBERS", "evaluate"),
    ),
    "date_and_time": (
        ("from datetime import datetime", "from zoneinfo import ZoneInfo"),
        (),
    ),
    "convert_units": ((), ("UNITS", "UNIT_NAMES", "unit")),
    "look_up_fact": ((), ("FACTS",)),
}


@cache
def read_tool_source(name: str) -> ToolSource:
    """The source of a built-in tool's function. Raises KeyError for a name that is none."""
    imports, helpers = _PARTS[name]
    segments = _read_segments()
    return ToolSource(
        imports=imports,
        helpers=tuple(segments[helper] for helper in helpers),
        function=segments[name],
    )


@cache
def _read_segments() -> Mapping[str, str]:
    """The source of every function and table in this module."""
    source = Path(__file__).read_text(encoding="utf-8")
    segments: dict[str, str] = {}
    for node in ast.parse(source).body:
        segment = ast.get_source_segment(source, node) or ""
        match node:
            case ast.FunctionDef(name=name):
                segments[name] = segment
            case ast.Assign(targets=[ast.Name(id=name)]):
                segments[name] = segment
            case ast.AnnAssign(target=ast.Name(id=name)):
                segments[name] = segment
            case _:
                pass
    return {**segments, "FACTS": f"FACTS = {write_literal(FACTS, before=len('FACTS = '))}"}
