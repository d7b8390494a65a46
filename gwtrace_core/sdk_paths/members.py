"""Reads members of an SDK's objects that need not be what the SDK's types say.

SDKs build their objects from whatever JSON came and check nothing: a member may be missing, null,
of another type, or one step deeper than it should be. Nothing in here raises.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel

from gwtrace_core.values.events import Usage

_LONGEST_WORDS_CHARS = 300
_LARGEST_COUNT = 2**53
"""Beyond it numbers are no longer exact in every store, and nobody has so many tokens."""


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


def is_list(value: object) -> bool:
    """Whether `value` has items."""
    return isinstance(value, list | tuple)


def items(value: object) -> list[Any]:
    """The items of a list; what stands there alone is a list of one, and None an empty one."""
    if value is None:
        return []
    return [*cast(Sequence[Any], value)] if isinstance(value, list | tuple) else [value]


def text_of(value: object) -> str:
    """A text, or a number as one; empty for all else."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def words_of(value: object) -> str | None:
    """A name, reason or id as it came; None when there is none."""
    if value is None or value == "":
        return None
    if is_list(value) and len(items(value)) == 1:
        return words_of(items(value)[0])
    return text_of(value) or object_text(value)[:_LONGEST_WORDS_CHARS]


def count_of(value: object) -> int | None:
    """A number of tokens, also where it was written as text; None for all else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < _LARGEST_COUNT and value == int(value) else None


def openai_usage(usage: object, *, input_name: str, output_name: str) -> Usage | None:
    """The tokens that one of OpenAI's APIs reports; the two differ in the names alone."""
    details, output_details = (
        member(usage, f"{name}_tokens_details") for name in (input_name, output_name)
    )
    return Usage(
        input_tokens=count_of(member(usage, f"{input_name}_tokens")),
        output_tokens=count_of(member(usage, f"{output_name}_tokens")),
        cache_read_tokens=count_of(member(details, "cached_tokens")),
        cache_write_tokens=count_of(member(details, "cache_write_tokens")),
        reasoning_tokens=count_of(member(output_details, "reasoning_tokens")),
    ).reported()


def object_text(value: object) -> str:
    """The arguments of a tool call as text: some servers send the object itself."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(plain(value), ensure_ascii=False, default=str)


def members_of(value: object) -> dict[str, Any]:
    """The members of an object as JSON values; none for all else."""
    return plain(value) if is_object(value) else {}


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
