"""A growing answer in parts, so that only its end is drawn again.

The browser parses and lays out the whole of a Markdown element each time that it changes. With a
few thousand characters in each of four lanes, twenty times a second, it does nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_PART_CHARS = 1_000
"""At least so long, for every element costs each later run of the page."""
_DOUBLED_EVERY = 10
"""After so many parts they become twice as long, so that a huge text has not too many of them."""
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_DEFINITION = re.compile(r" {0,3}\[(?!\^)[^\]]+\]:\s*\S")
# What follows a blank line and begins like this is a paragraph or a heading of its own. Lists,
# quotes, tables and indented text may go on behind a blank line.
_OWN_BLOCK = re.compile(r"#{1,6} |[^\W\d_]|\*\*|[\"'(“‘]|`[^`]")


def text_parts(text: str) -> tuple[str, ...]:
    """`text` cut between blocks that Markdown draws each by itself.

    As the text grows, only the last part changes and new ones follow it; but for definitions of
    links, which every part gets that may refer to them.
    """
    lines = text.split("\n")
    definitions: list[str] = []
    cuts: list[int] = []
    fence = ""
    is_math = has_note = False
    chars = 0
    for number, line in enumerate(lines):
        marker = _FENCE.match(line)
        if fence:
            if marker and marker[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif marker:
            fence = marker[1]
        else:
            least = _PART_CHARS << len(cuts) // _DOUBLED_EVERY
            begins = number > 0 and not lines[number - 1].strip() and _OWN_BLOCK.match(line)
            if begins and chars >= least and not (is_math or has_note):
                cuts.append(number)
                chars = 0
            # A formula may hold blank lines; notes are numbered through the whole text.
            is_math ^= line.count("$$") % 2 == 1
            has_note |= "[^" in line
            if _DEFINITION.match(line):
                definitions.append(line)
        chars += len(line) + 1
    bounds = [0, *cuts, len(lines)]
    parts = ["\n".join(lines[a:b]) for a, b in pairwise(bounds)]
    return tuple(_defined(part, definitions) for part in parts) if len(parts) > 1 else (text,)


def _defined(part: str, definitions: Sequence[str]) -> str:
    missing = [each for each in definitions if each not in part]
    return f"{part}\n\n" + "\n".join(missing) if missing and "[" in part else part
