"""Reads members of an SDK's objects that need not be what the SDK's types say.

SDKs build their objects from whatever JSON came and check nothing: a member may be missing, null,
of another type, or one step deeper than it should be. Nothing in here raises.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel

_LONGEST_WORDS_CHARS = 300


def member(value: object, *names: str) -> Any:
    """The member below `value` by these names, one after the other; None where there is none.

    A list of one object stands for that object.
    """
    found = value
    for name in names:
        if isinstance(found, list) and len(cast(list[object], found)) == 1:
            found = cast(list[object], found)[0]
        if isinstance(found, Mapping):
            found = cast(Mapping[str, object], found).get(name)
        elif isinstance(found, BaseModel):
            found = getattr(found, name, None)
        else:
            return None
    return found


def is_object(value: object) -> bool:
    """Whether `value` has members."""
    return isinstance(value, Mapping | BaseModel)


def items(value: object) -> list[Any]:
    """The items of a list; what stands there alone is a list of one, and None an empty one."""
    if value is None:
        return []
    return [*cast(list[Any], value)] if isinstance(value, list | tuple) else [value]


def text_of(value: object) -> str:
    """A text, or a number as one; empty for all else."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def words_of(value: object) -> str | None:
    """A name, reason or id as it came, on a reasonable length; None when there is none."""
    if value is None or value == "":
        return None
    if isinstance(value, list) and len(cast(list[object], value)) == 1:
        return words_of(cast(list[object], value)[0])
    found = text_of(value) or json.dumps(plain(value), ensure_ascii=False, default=str)
    return found[:_LONGEST_WORDS_CHARS]


def count_of(value: object) -> int | None:
    """A number of tokens, also where it was written as text; None for all else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() else None
    if isinstance(value, float) and not value.is_integer():
        return None
    return int(value) if isinstance(value, int | float) and value >= 0 else None


def object_text(value: object) -> str:
    """The arguments of a tool call as text: some servers send the object itself."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(plain(value), ensure_ascii=False, default=str)


def plain(value: object) -> Any:
    """The same as JSON values; members that are None are left out, as the SDKs do."""
    if isinstance(value, BaseModel):
        # Not the SDK's own `model_dump`, which warns of every member that is not as declared.
        members = {**value.__dict__, **(value.model_extra or {})}
        return {name: plain(item) for name, item in members.items() if item is not None}
    if isinstance(value, Mapping):
        pairs = cast(Mapping[str, object], value).items()
        return {name: plain(item) for name, item in pairs if item is not None}
    if isinstance(value, list | tuple):
        return [plain(item) for item in cast(list[object], value)]
    return value
