"""HTML by construction: everything that is put into an element is escaped, unless it is `Html`."""

from __future__ import annotations

import json
from html import escape
from typing import Any

_VOID = frozenset({"br", "img", "meta", "link"})


class Html(str):
    """Markup that was made here and may be inserted as it is."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str | bool | None) -> Html:
    """An element. `class_` and `aria_label` become `class` and `aria-label`; None and False are
    left out, True is an attribute without a value."""
    words = [tag]
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        name = name.strip("_").replace("_", "-")
        words.append(name if value is True else f'{name}="{escape(value, quote=True)}"')
    opening = f"<{' '.join(words)}>"
    return Html(opening if tag in _VOID else f"{opening}{fragment(*children)}</{tag}>")


def fragment(*children: str) -> Html:
    """The children beside each other; a plain string is escaped."""
    return Html(
        "".join(
            child if isinstance(child, Html) else escape(child, quote=False) for child in children
        )
    )


def data_block(value: Any, *, id_: str) -> Html:
    """JSON values in a script element that is not run; no text in them can end it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # Inside JSON these stand in strings only, where the escape means the same character. The last
    # two end a line for JavaScript, though not for JSON.
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Html(f'<script type="application/json" id="{escape(id_)}">{text}</script>')


def json_size(text: str) -> int:
    """Bytes that `text` takes in a `data_block`."""
    grown = sum(text.count(character) for character in "<>&")
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")) + 5 * grown
