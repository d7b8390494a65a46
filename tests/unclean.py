"""Texts that are no valid Unicode, and whether any is left in a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from hypothesis import strategies as st

HALF = "\ud83d"
"""Half of an emoji."""

any_text = st.text(
    st.characters(codec="ascii") | st.characters(categories=["Cs", "So"]), max_size=12
)
"""Half characters among others, in every third text or so."""
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=6,
)


def texts_in(value: Any) -> list[str]:
    """Every text of a value, of its fields, members and names."""
    found: list[str] = []
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, str):
            found.append(each)
        elif isinstance(each, Mapping):
            pending += [*each.keys(), *each.values()]
        elif isinstance(each, list | tuple | set | frozenset):
            pending += each
        elif is_dataclass(each):
            pending += [getattr(each, field.name) for field in fields(each)]
    return found


def unclean_in(value: Any) -> list[str]:
    """Those that cannot be written as UTF-8."""
    return [text for text in texts_in(value) if not _is_clean(text)]


def _is_clean(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
