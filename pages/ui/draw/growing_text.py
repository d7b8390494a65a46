"""A growing answer in parts, so that only its end is drawn again.

The browser parses and lays out the whole of a Markdown element each time that it changes. With a
few thousand characters in each of four lanes, twenty times a second, it does nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pages.ui.draw.model_text import split_lines

_PART_CHARS = 1_000
"""At least so long, for every element costs each later run of the page."""
_DOUBLED_EVERY = 10
"""After so many parts they become twice as long, so that a huge text has not too many of them."""
_DEFINITION = re.compile(r" {0,3}\[(?!\^)[^\]]+\]:\s*\S")
# What follows a blank line and begins like this is a paragraph or a heading of its own. Lists,
# quotes, tables and indented text may go on behind a blank line.
_OWN_BLOCK = re.compile(r"#{1,6} |[^\W\d_]|\*\*|[\"'(“‘]|`[^`]")


def split_text(text: str) -> tuple[str, ...]:
    """`text` cut between blocks that Markdown draws each by itself.

    As the text grows, only the last part changes and new ones follow it; but for definitions of
    links, which every part gets that may refer to them.
    """
    parts: list[list[str]] = [[]]
    definitions: list[str] = []
    is_math = has_note = False
    chars = 0
    before = ""
    for line, is_code in split_lines(text):
        if not is_code:
            least = _PART_CHARS << (len(parts) - 1) // _DOUBLED_EVERY
            is_whole = chars >= least and not (is_math or has_note)
            if is_whole and not before.strip() and _OWN_BLOCK.match(line):
                parts.append([])
                chars = 0
            # A formula may hold blank lines; notes are numbered through the whole text.
            is_math ^= line.count("$$") % 2 == 1
            has_note |= "[^" in line
            if _DEFINITION.match(line):
                definitions.append(line)
        parts[-1].append(line)
        chars += len(line) + 1
        before = line
    return tuple(_add_definitions("\n".join(part), definitions) for part in parts)


def _add_definitions(part: str, definitions: Sequence[str]) -> str:
    missing = [each for each in definitions if each not in part]
    return f"{part}\n\n" + "\n".join(missing) if missing and "[" in part else part
