"""Python source for values: any text comes back exactly, laid out as `ruff format` would."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

WIDTH = 88
SHORT = 62
"""Columns up to which a text stands inline, whatever stands before it."""
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Code:
    """An expression to write as it is, in the place of a value."""

    source: str


def quote_string(text: str) -> str:
    """`text` as a literal on one line, in double quotes unless single ones need fewer escapes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + _escape(text).replace(quote, f"\\{quote}") + quote


def write_text_block(text: str) -> str:
    """`text` as an expression for the right-hand side of an assignment at the outermost level:
    a short line as it is, anything else between triple quotes, long lines broken at their words."""
    flat = quote_string(text)
    if "\n" not in text and _count_columns(flat) <= SHORT:
        return flat
    lines = [piece for line in text.split("\n") for piece in _continue_line(_escape(line))]
    body = "\n".join(lines)
    # Neither three quotes inside nor one before the closing three may end the literal.
    body = body.replace('"""', '\\"\\"\\"')
    backslashes = re.search(r"(\\*)\"\Z", body)
    if backslashes and len(backslashes[1]) % 2 == 0:
        body = f'{body[:-1]}\\"'
    return f'"""\\\n{body}"""'


def write_literal(value: object, *, indent: int = 0, before: int = 0) -> str:
    """A value of JSON's kinds (or `Code`) as source.

    `indent` is the depth of the line that it begins on, `before` the number of characters that
    stand before it there; what does not fit on the line is written one item a line.
    """
    flat = _write_flat(value)
    # A comma or bracket follows. Every character that is not ASCII may be two columns wide.
    if before + _count_columns(flat) + 1 <= WIDTH or not isinstance(value, Mapping | Sequence):
        return flat
    pad = _INDENT * (indent + 1)
    if isinstance(value, str):
        pieces = _cut_at_words(value, WIDTH - len(pad) - 2)
        if len(pieces) == 1:
            return flat
        return (
            "(\n"
            + "".join(f"{pad}{quote_string(each)}\n" for each in pieces)
            + f"{_INDENT * indent})"
        )
    if not value:
        return flat
    lines: list[str] = []
    if isinstance(value, Mapping):
        for key, item in cast(Mapping[str, Any], value).items():
            start = f"{pad}{quote_string(key)}: "
            lines.append(start + write_literal(item, indent=indent + 1, before=len(start)))
        opening, closing = "{", "}"
    else:
        lines.extend(
            pad + write_literal(item, indent=indent + 1, before=len(pad))
            for item in cast(Sequence[Any], value)
        )
        opening, closing = "[", "]"
    return f"{opening}\n" + "".join(f"{line},\n" for line in lines) + _INDENT * indent + closing


def write_call(
    start: str, arguments: Iterable[tuple[str, object]], *, indent: int = 0
) -> list[str]:
    """Source lines of a call, one keyword argument a line: `start` is `client = OpenAI`."""
    pad = _INDENT * indent
    lines = [f"{pad}{start}("]
    for name, value in arguments:
        opening = f"{pad}{_INDENT}{name}="
        text = opening + write_literal(value, indent=indent + 1, before=len(opening)) + ","
        lines.extend(text.split("\n"))
    return [*lines, f"{pad})"]


def _write_flat(value: object) -> str:
    match value:
        case Code(source=source):
            return source
        case str():
            return quote_string(value)
        case Mapping():
            items = cast(Mapping[str, Any], value).items()
            return (
                "{"
                + ", ".join(f"{quote_string(key)}: {_write_flat(item)}" for key, item in items)
                + "}"
            )
        case Sequence():
            return "[" + ", ".join(_write_flat(item) for item in cast(Sequence[Any], value)) + "]"
        case _:
            return repr(value)


def _escape(text: str) -> str:
    """`text` with backslashes and everything that cannot be printed as escapes."""
    return "".join(
        character if character.isprintable() and character != "\\" else repr(character)[1:-1]
        for character in text
    )


def _count_columns(text: str) -> int:
    return sum(1 if character.isascii() else 2 for character in text)


def _continue_line(line: str) -> list[str]:
    """An escaped line in pieces that end in a backslash, which joins them again."""
    pieces = [""]
    for word in re.findall(r"\S* +|\S+", line):
        if pieces[-1] and len(pieces[-1]) + len(word) > WIDTH - 1:
            pieces[-1] += "\\"
            pieces.append("")
        pieces[-1] += word
    return pieces


def _cut_at_words(text: str, width: int) -> list[str]:
    """`text` cut behind white space so that its pieces fit the width, where that can be done."""
    # Counted low, or the formatter would join what it finds short enough.
    if sum(character.isascii() for character in text) <= WIDTH:
        return [text]
    pieces = [""]
    for word in re.findall(r"\S*\s+|\S+", text):
        if (
            pieces[-1]
            and _count_columns(pieces[-1]) + _count_columns(quote_string(word)) - 2 > width
        ):
            pieces.append("")
        pieces[-1] += word
    return pieces
