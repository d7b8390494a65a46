"""Which tools a prompt calls for, with arguments taken from its words.

The names are those of gwtrace's built-in tools; any other tool is only called when the caller
insists (`tool_choice`), with arguments made up from its JSON schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gwtrace_core.demo_gateway.model.conversation import Conversation, ToolCall, as_mapping
from gwtrace_core.demo_gateway.model.schema_values import example_value

_MAX_CALLS = 4

_NUMBER = r"(?<![\w.])\d[\d,]*(?:\.\d+)?"
_PERCENT = re.compile(rf"({_NUMBER})\s*(?:%|percent)\s*of\s*({_NUMBER})", re.IGNORECASE)
_OPERATOR = r"(?:\*\*|[-+*/×÷^−])"
_TERM = rf"[(\s]*{_NUMBER}[)\s]*"
_ARITHMETIC = re.compile(rf"{_TERM}(?:{_OPERATOR}{_TERM})+")
_RANGE = re.compile(r"[\d.,]+(?:-[\d.,]+)+")  # a date, a telephone number, `3-5 items`
_ROOT = re.compile(rf"square root of\s*({_NUMBER})", re.IGNORECASE)
_WORDED = re.compile(rf"({_NUMBER})\s+(plus|minus|times|divided by)\s+({_NUMBER})", re.IGNORECASE)
_WORDS_TO_SIGNS = {"plus": "+", "minus": "-", "times": "*", "divided by": "/"}
_SIGNS = str.maketrans({"×": "*", "÷": "/", "−": "-", ",": ""})

_UNITS = {
    "km": ("km", "kilometre", "kilometres", "kilometer", "kilometers"),
    "mi": ("mi", "mile", "miles"),
    "m": ("m", "metre", "metres", "meter", "meters"),
    "cm": ("cm", "centimetre", "centimetres", "centimeter", "centimeters"),
    "ft": ("ft", "foot", "feet"),
    "in": ("inch", "inches"),
    "kg": ("kg", "kilo", "kilos", "kilogram", "kilograms"),
    "lb": ("lb", "lbs", "pound", "pounds"),
    "g": ("g", "gram", "grams"),
    "oz": ("oz", "ounce", "ounces"),
    "l": ("l", "litre", "litres", "liter", "liters"),
    "gal": ("gal", "gallon", "gallons"),
    "celsius": ("celsius", "°c", "degrees celsius"),
    "fahrenheit": ("fahrenheit", "°f", "degrees fahrenheit"),
    "h": ("hour", "hours"),
    "min": ("minute", "minutes"),
    "s": ("second", "seconds"),
}
_UNIT_BY_NAME = {name: unit for unit, names in _UNITS.items() for name in names}
_UNIT = "|".join(re.escape(name) for name in sorted(_UNIT_BY_NAME, key=len, reverse=True))
_CONVERSIONS = (
    re.compile(
        rf"(?P<value>{_NUMBER})\s*(?P<source>{_UNIT})\s+(?:(?:is|are)\s+)?(?:in|into|to|as)\s+"
        rf"(?P<target>{_UNIT})(?!\w)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"how many\s+(?P<target>{_UNIT})\s+(?:are|is|in|make)\s+(?:in\s+)?"
        rf"(?P<value>{_NUMBER})\s*(?P<source>{_UNIT})(?!\w)",
        re.IGNORECASE,
    ),
)

_TIME = re.compile(
    r"\b(?:what time|which time|current time|time (?:is it )?(?:now )?in|what day|which day|"
    r"today'?s date|what(?:'s| is) the (?:date|time)|date and time)\b",
    re.IGNORECASE,
)
_TIMEZONES = {
    "tokyo": "Asia/Tokyo",
    "japan": "Asia/Tokyo",
    "london": "Europe/London",
    "berlin": "Europe/Berlin",
    "vienna": "Europe/Vienna",
    "zurich": "Europe/Zurich",
    "paris": "Europe/Paris",
    "new york": "America/New_York",
    "san francisco": "America/Los_Angeles",
    "los angeles": "America/Los_Angeles",
    "chicago": "America/Chicago",
    "sydney": "Australia/Sydney",
    "singapore": "Asia/Singapore",
    "mumbai": "Asia/Kolkata",
    "delhi": "Asia/Kolkata",
    "são paulo": "America/Sao_Paulo",
}
_ZONE = re.compile(r"\b(?:Africa|America|Asia|Australia|Europe|Pacific)/[A-Z]\w+(?:/\w+)?")

_FACT = re.compile(
    r"\b(?:(?:a |any )?facts? (?:about|on)|look up|how (?:high|tall|long|deep|old|far) is|"
    r"(?:what(?:'s| is) the )?(?=(?:capital|height|speed|population|boiling point) of))\s*"
    r"(?P<topic>[^?.!,;\n]{2,60})",
    re.IGNORECASE,
)
_TOPIC_LEAD = re.compile(r"^(?:the\s+|an?\s+)?(?:(?:height|population) of\s+(?:the\s+)?)?", re.I)


def plan_calls(conversation: Conversation) -> tuple[ToolCall, ...]:
    """The calls to ask for now, none if the prompt needs no tool or they were made already.

    The ids are placeholders (`call-1`, …); each wire format gives its own.
    """
    if conversation.tool_choice == "none" or not conversation.tools:
        return ()
    if conversation.finished_calls:
        return _insisted(conversation, answered=True)
    offered = {tool.name for tool in conversation.tools}
    if conversation.tool_choice not in ("auto", "required"):
        offered &= {conversation.tool_choice}
    wanted = [
        (name, arguments) for name, arguments in _wanted(conversation.question) if name in offered
    ]
    if not wanted:
        return _insisted(conversation, answered=False)
    return tuple(
        ToolCall(id=f"call-{number}", name=name, arguments=arguments)
        for number, (name, arguments) in enumerate(wanted[:_MAX_CALLS], start=1)
    )


def _wanted(question: str) -> list[tuple[str, Mapping[str, Any]]]:
    calls: list[tuple[str, Mapping[str, Any]]] = []
    if (expression := _expression(question)) is not None:
        calls.append(("calculator", {"expression": expression}))
    if _TIME.search(question):
        calls.append(("date_and_time", {"timezone": _timezone(question)}))
    for pattern in _CONVERSIONS:
        calls.extend(
            (
                "convert_units",
                {
                    "value": float(match["value"].replace(",", "")),
                    "from_unit": _UNIT_BY_NAME[match["source"].lower()],
                    "to_unit": _UNIT_BY_NAME[match["target"].lower()],
                },
            )
            for match in pattern.finditer(question)
        )
    if (fact := _FACT.search(question)) is not None:
        topic = _TOPIC_LEAD.sub("", fact["topic"].strip())
        calls.append(("look_up_fact", {"topic": topic}))
    return calls


def _expression(question: str) -> str | None:
    if match := _PERCENT.search(question):
        return f"{match[2]} * {match[1]} / 100".replace(",", "")
    if match := _ROOT.search(question):
        return f"{match[1]} ** 0.5".replace(",", "")
    if match := _WORDED.search(question):
        sign = _WORDS_TO_SIGNS[match[2].lower()]
        return f"{match[1]} {sign} {match[3]}".replace(",", "")
    if match := _ARITHMETIC.search(question):
        if _RANGE.fullmatch(match[0].strip()):
            return None
        expression = match[0].strip().translate(_SIGNS).replace("^", "**")
        balanced = expression.count("(") == expression.count(")")
        return expression if balanced else expression.replace("(", "").replace(")", "")
    return None


def _timezone(question: str) -> str:
    if match := _ZONE.search(question):
        return match[0]
    lowered = question.lower()
    return next((zone for place, zone in _TIMEZONES.items() if place in lowered), "UTC")


def _insisted(conversation: Conversation, *, answered: bool) -> tuple[ToolCall, ...]:
    """The call that the caller demands, with arguments made up to fit its schema."""
    choice = conversation.tool_choice
    called = {call.name for call, _ in conversation.finished_calls} if answered else set[str]()
    for tool in conversation.tools:
        demanded = choice == tool.name or (choice == "required" and tool.name not in called)
        if demanded and tool.name not in called:
            value = example_value(tool.parameters, text=conversation.question)
            return (ToolCall(id="call-1", name=tool.name, arguments=as_mapping(value)),)
    return ()
