"""Text from outside as valid Unicode. Pure.

JSON may spell half of a character's surrogate pair (`"\\ud83d"`), and Python reads it without a
word; UTF-8, and with it pandas, Arrow, files and pages, refuse it. So text is cleaned once, where
it enters and after its JSON was read.
"""

from __future__ import annotations

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
    """`value` with all its texts cleaned, keys too; the very same object when nothing is wrong.

    What has to be changed is copied, tuples as lists, as in JSON.
    """
    if _is_clean(value):
        return value
    # No recursion: what a program nests deeply is no reason to fail.
    root = [value]
    pending: list[list[Any] | dict[Any, Any]] = [root]
    while pending:
        holder = pending.pop()
        places = enumerate(holder) if isinstance(holder, list) else tuple(holder.items())
        for place, item in places:
            if isinstance(item, str):
                holder[place] = clean_text(item)
            elif isinstance(item, list | tuple):
                holder[place] = list(cast(list[Any], item))
                pending.append(holder[place])
            elif isinstance(item, dict):
                holder[place] = _with_clean_keys(cast(dict[Any, Any], item))
                pending.append(holder[place])
    return root[0]


def _is_clean(value: Any) -> bool:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            if clean_text(item) is not item:
                return False
        elif isinstance(item, dict):
            pending.extend(cast(dict[Any, Any], item))
            pending.extend(cast(dict[Any, Any], item).values())
        elif isinstance(item, list | tuple):
            pending.extend(cast(list[Any], item))
    return True


def _with_clean_keys(found: dict[Any, Any]) -> dict[Any, Any]:
    kept: dict[Any, Any] = {}
    for key, item in found.items():
        clean = clean_text(key) if isinstance(key, str) else key
        # Two broken names may look alike when they are clean; neither value is lost.
        while clean in kept or (clean is not key and clean in found):
            clean = f"{clean}\N{REPLACEMENT CHARACTER}"
        kept[clean] = item
    return kept
