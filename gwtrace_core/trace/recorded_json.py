"""JSON texts that a program recorded, as values. Pure."""

from __future__ import annotations

import json
from typing import Any

from gwtrace_core.values.unicode_text import clean_json, clean_text


def read_json(text: str) -> Any:
    """The values, all of them valid Unicode. Raises ValueError, also for what nests too deeply."""
    try:
        found = json.loads(clean_text(text))
    except RecursionError as exc:
        raise ValueError("The JSON is nested too deeply.") from exc
    # Only an escape can spell half a character, and to look at every value of a large trace
    # takes long.
    return clean_json(found) if "\\ud" in text or "\\uD" in text else found


def read_json_or_none(value: Any) -> Any:
    """The values of a JSON text, None for any other text; what is no text as it is."""
    if not isinstance(value, str):
        return value
    try:
        return read_json(value)
    except ValueError:
        return None
