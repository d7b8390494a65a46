"""Masks keys in JSON that a library recorded, also across many values that hold a text in pieces.

A stream's chunks are recorded one by one, and a key that was sent letter by letter lies in none of
them; whoever joins them has it. Which texts belong together differs by API, and an upstream may say
it as it likes. So the texts of a record are joined in several ways, and masked in each. Pure.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, cast

from gwtrace_core.values.masking import Masker
from gwtrace_core.values.unicode_text import with_texts

_INDEX = ("index", "output_index", "content_index", "summary_index")
"""How the APIs number what is written side by side."""


_Leaf = tuple[int, Any, Any]
"""A text: the number of its record, what holds it, and its place in there."""


def masked_records(records: Sequence[str], masker: Masker) -> list[str]:
    """JSON texts, in the order in which they were recorded, without a key in or across them.

    What is no JSON is masked as a text.
    """
    if masker.is_empty:
        return list(records)
    roots = [[_read(record)] for record in records]
    changed: set[int] = set()
    for leaves in _joined(roots):
        texts: list[str] = [holder[place] for _, holder, place in leaves]
        if not masker.finds(texts):
            continue
        for leaf, old, new in zip(leaves, texts, masker.pieces(texts), strict=True):
            if new != old:
                record, holder, place = leaf
                holder[place] = new
                changed.add(record)
    # Names, and texts within texts, are masked as they are written.
    return [
        masker.text(json.dumps(roots[number][0]) if number in changed else record)
        for number, record in enumerate(records)
    ]


def masked_values(values: Sequence[Any], masker: Masker) -> list[Any]:
    """The same for JSON values; the very same objects where there is no key."""
    records = [json.dumps(value, default=str) for value in values]
    return [
        value if masked == record else json.loads(masked)
        for value, record, masked in zip(
            values, records, masked_records(records, masker), strict=True
        )
    ]


def masked_trace(text: str, masker: Masker) -> str:
    """A trace in MLflow's JSON, whose spans hold attributes as JSON of their own."""
    if masker.is_empty or not text:
        return text
    trace: Any = json.loads(text)
    for span in trace["data"]["spans"]:
        for holders in (_attributes([span]), _attributes(span.get("events") or [])):
            for name in dict.fromkeys(name for each in holders for name in each):
                having = [each for each in holders if isinstance(each.get(name), str)]
                masked = masked_records([each[name] for each in having], masker)
                for each, new in zip(having, masked, strict=True):
                    each[name] = new
    return json.dumps(with_texts(trace, masker.text))


def _attributes(of: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each.get("attributes") or {} for each in of]


def _read(record: str) -> Any:
    if record[:1] not in ("{", "[", '"'):
        return None
    try:
        return json.loads(record)
    except (ValueError, RecursionError):
        return None


def _joined(roots: Sequence[list[Any]]) -> Iterable[list[_Leaf]]:
    """The leaves that may be pieces of one text: those in the same place; those of the same name
    and number, wherever they are; those of the same name."""
    ways: defaultdict[Any, list[_Leaf]] = defaultdict(list)
    for record, root in enumerate(roots):
        # No recursion: what a program nests deeply is no reason to fail.
        waiting: list[tuple[Any, tuple[Any, ...], str, tuple[Any, ...]]] = [(root, (), "", ())]
        while waiting:
            inside, path, name, numbers = waiting.pop()
            entries, numbered = _entries(inside)
            numbers = (*numbers, *numbered)
            nested: list[tuple[Any, tuple[Any, ...], str, tuple[Any, ...]]] = []
            for place, item in entries:
                inner = place if isinstance(place, str) else name
                if isinstance(item, str):
                    leaf: _Leaf = (record, inside, place)
                    ways[path, place].append(leaf)
                    ways[inner, numbers].append(leaf)
                    ways[inner].append(leaf)
                elif isinstance(item, dict | list):
                    nested.append((cast(Any, item), (*path, place), inner, numbers))
            waiting += reversed(nested)
    return ways.values()


def _entries(inside: Any) -> tuple[Iterable[tuple[Any, Any]], list[Any]]:
    """What is in a list or an object, each with its place, and how the object is numbered."""
    if not isinstance(inside, dict):
        return enumerate(cast("list[Any]", inside)), []
    named = cast("dict[str, Any]", inside)
    numbers = [named[key] for key in _INDEX if key in named]
    return named.items(), [number for number in numbers if isinstance(number, int | str)]
