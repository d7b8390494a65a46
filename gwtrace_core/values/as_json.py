"""Lanes and replies as JSON: what is stored on a trace and what a link carries. Never a secret."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import Lane


@cache
def _lanes() -> TypeAdapter[Lane]:
    return TypeAdapter(Lane)


@cache
def _replies() -> TypeAdapter[Reply]:
    return TypeAdapter(Reply)


def lane_to_json(lane: Lane) -> dict[str, Any]:
    """JSON values; fields at their default are left out."""
    return _lanes().dump_python(lane, mode="json", exclude_defaults=True)


def lane_from_json(data: Any) -> Lane:
    """Raises `pydantic.ValidationError` when `data` is not a lane."""
    return _lanes().validate_python(data)


def reply_to_json(reply: Reply) -> dict[str, Any]:
    """JSON values; fields that are None are left out."""
    return _replies().dump_python(reply, mode="json", exclude_none=True)


def reply_from_json(data: Any) -> Reply:
    """Raises `pydantic.ValidationError` when `data` is not a reply."""
    return _replies().validate_python(data)
