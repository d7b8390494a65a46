"""The model that a trace's root names, by what MLflow keeps of a trace without its spans.

MLflow has no model for a trace. It keeps the beginning of what went into the root and of what came
out, and where the root is itself the call of a model, as autolog makes it, that names the model.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gwtrace_core.values import trace_names
from gwtrace_core.values.unicode_text import clean_text

_KEPT = (trace_names.TRACE_INPUTS, trace_names.TRACE_OUTPUTS)
_MOST_CHARS = 200
_decoder = json.JSONDecoder()


def find_root_model(metadata: Mapping[str, str]) -> str:
    """The model asked for, else the one that answered; empty where neither is told."""
    for name in _KEPT:
        for key, value in _read_members(metadata.get(name, "")):
            if key == "model" and isinstance(value, str):
                return clean_text(value[:_MOST_CHARS])
    return ""


def _read_members(text: str) -> Iterator[tuple[str, Any]]:
    """The members of a JSON object as far as it goes: MLflow cuts it off anywhere."""
    at = _skip_past(text, 0, "{")
    while at is not None and text[at : at + 1] == '"':
        try:
            key, at = _decoder.raw_decode(text, at)
            at = _skip_past(text, at, ":")
            if at is None:
                return
            value, at = _decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        yield key, value
        at = _skip_past(text, at, ",")


def _skip_past(text: str, at: int, mark: str) -> int | None:
    """Where it goes on after `mark`, which may stand between spaces; None when it is not there."""
    rest = text[at:].lstrip()
    if not rest.startswith(mark):
        return None
    return len(text) - len(rest[1:].lstrip())
