"""How the text of a judge's model becomes a verdict, or why it is none. No mlflow in here."""

from __future__ import annotations

import json
import math
from typing import Any, Literal, cast

from gwtrace_core.values.errors import GwtraceError
from gwtrace_core.values.text import one_line

FACTS = "expected_facts"
"""MLflow's name for what an answer is expected to say, as a list."""

Wanted = type[bool] | type[float] | tuple[str, ...]
"""What a verdict may be: true or false, a number, or one of these words."""

_QUOTED_CHARS = 160
_OBJECTS_TRIED = 50


class UnjudgedError(GwtraceError):
    """A judge gave no verdict; `message` and `hint` say why."""

    def __init__(
        self, message: str, *, hint: str = "", state: Literal["failed", "stopped"] = "failed"
    ) -> None:
        super().__init__(message, hint=hint)
        self.state: Literal["failed", "stopped"] = state


def read_verdict(text: str, wanted: Wanted) -> tuple[bool | float | str, str]:
    """Result and rationale in the JSON that a judge answered with. Raises UnjudgedError.

    Leniently where the meaning is plain: "4" is a number, "Yes" is yes, words around the JSON do
    not count, and a rationale may be missing.
    """
    if not text.strip():
        raise UnjudgedError(
            "The judge's model answered with nothing.",
            hint="Judge again, or let another model judge.",
        )
    answer = _find_json_object(text)
    if answer is None:
        raise UnjudgedError(
            f"The judge's model did not answer with a verdict but said: {_quote(text)}",
            hint="Judge again, or let a model judge that keeps to JSON.",
        )
    if "result" not in answer:
        raise UnjudgedError(
            f"The judge's model left the result out of its verdict: {_quote(text)}",
            hint="Judge again, or let a model judge that keeps to JSON.",
        )
    result = _as_wanted(answer["result"], wanted)
    if result is None:
        raise UnjudgedError(
            f"The judge's model gave {_quote(json.dumps(answer['result'], ensure_ascii=False))} "
            f"as its verdict; it was asked for {describe_wanted(wanted)}.",
            hint="Judge again, or say in the instruction what the answer has to be.",
        )
    rationale: Any = answer.get("rationale")
    return result, rationale if isinstance(rationale, str) else ""


def describe_wanted(wanted: Wanted) -> str:
    """`a number`, `true or false`, or the words that may be answered."""
    if wanted is bool:
        return "true or false"
    if wanted is float:
        return "a number"
    return "one of " + ", ".join(cast(tuple[str, ...], wanted))


def _find_json_object(text: str) -> dict[str, Any] | None:
    """The object that `text` is; else the first in it that has a result."""
    try:
        whole = json.loads(text, strict=False)
    except ValueError:
        whole = None
    if isinstance(whole, dict):
        return cast(dict[str, Any], whole)
    decoder = json.JSONDecoder(strict=False)
    start = text.find("{")
    for _ in range(_OBJECTS_TRIED):
        if start < 0:
            return None
        try:
            found, _end = decoder.raw_decode(text, start)
        except ValueError:
            found = None
        if isinstance(found, dict) and "result" in found:
            return cast(dict[str, Any], found)
        start = text.find("{", start + 1)
    return None


def _as_wanted(value: Any, wanted: Wanted) -> bool | float | str | None:
    if wanted is bool:
        return _as_bool(value)
    if wanted is float:
        return _as_number(value)
    words = cast(tuple[str, ...], wanted)
    if isinstance(value, bool) and set(words) == {"yes", "no"}:
        value = "yes" if value else "no"
    said = str(value).strip().casefold() if isinstance(value, str | int | float) else None
    return next((word for word in words if word.strip().casefold() == said), None)


def _as_bool(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "yes": True, "false": False, "no": False}.get(
            value.strip().casefold()
        )
    return None


def _as_number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _quote(text: str) -> str:
    return f"“{one_line(text, _QUOTED_CHARS)}”"
