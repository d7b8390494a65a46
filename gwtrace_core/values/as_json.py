"""Lanes and replies as JSON: what is stored on a trace and what a link carries. Never a secret."""

from __future__ import annotations

from functools import cache
from typing import Any

from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import Lane


@cache
def adapter_for(kind: type[Any]) -> Any:
    """Pydantic's `TypeAdapter` of a kind of values, which writes and reads them as JSON values."""
    # Not at the top: pydantic takes long to load, and the first page does without it.
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def lane_to_json(lane: Lane) -> dict[str, Any]:
    """JSON values; fields at their default are left out."""
    return adapter_for(Lane).dump_python(lane, mode="json", exclude_defaults=True)


def lane_from_json(data: Any) -> Lane:
    """Raises ValueError, pydantic's, when `data` is not a lane."""
    return adapter_for(Lane).validate_python(data)


def reply_to_json(reply: Reply) -> dict[str, Any]:
    """JSON values; fields that are None are left out."""
    return adapter_for(Reply).dump_python(reply, mode="json", exclude_none=True)


def reply_from_json(data: Any) -> Reply:
    """Raises ValueError, pydantic's, when `data` is not a reply."""
    return adapter_for(Reply).validate_python(data)
