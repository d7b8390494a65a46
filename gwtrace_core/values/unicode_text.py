"""Text from outside as valid Unicode. Pure.

JSON may spell half of a character's surrogate pair (`"\\ud83d"`), and Python reads it without a
word; UTF-8, and with it pandas, Arrow, files and pages, refuse it. So text is cleaned once, where
it enters and after its JSON was read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast


def clean_text(text: str) -> str:
    """`text` with U+FFFD for half characters; the very same object when nothing is wrong.

    Two halves that belong together become their character: a text that was cut and joined again.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def clean_json(value: Any) -> Any:
    """`value` with all its texts cleaned, keys too; the very same object when nothing is wrong."""
    return with_texts(value, clean_text)


def with_texts(value: Any, change: Callable[[str], str]) -> Any:
    """The JSON value with every text of it changed, keys too; the very same object when `change`
    gave back each text itself.

    What has to be changed is copied, tuples as lists, as in JSON.
    """
    if _is_kept(value, change):
        return value
    # No recursion: what a program nests deeply is no reason to fail.
    root = [value]
    pending: list[list[Any] | dict[Any, Any]] = [root]
    while pending:
        holder = pending.pop()
        places = enumerate(holder) if isinstance(holder, list) else tuple(holder.items())
        for place, item in places:
            if isinstance(item, str):
                holder[place] = change(item)
            elif isinstance(item, list | tuple):
                holder[place] = list(cast(list[Any], item))
                pending.append(holder[place])
            elif isinstance(item, dict):
                holder[place] = _with_keys(cast(dict[Any, Any], item), change)
                pending.append(holder[place])
    return root[0]


def _is_kept(value: Any, change: Callable[[str], str]) -> bool:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            if change(item) is not item:
                return False
        elif isinstance(item, dict):
            pending.extend(cast(dict[Any, Any], item))
            pending.extend(cast(dict[Any, Any], item).values())
        elif isinstance(item, list | tuple):
            pending.extend(cast(list[Any], item))
    return True


def _with_keys(found: dict[Any, Any], change: Callable[[str], str]) -> dict[Any, Any]:
    kept: dict[Any, Any] = {}
    for key, item in found.items():
        new = change(key) if isinstance(key, str) else key
        # Two names may look alike when they are changed; neither value is lost.
        while new in kept or (new is not key and new in found):
            new = f"{new}\N{REPLACEMENT CHARACTER}"
        kept[new] = item
    return kept
