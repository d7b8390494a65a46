"""A model's text as HTML: escaped, with its lines kept and only its plainest marks drawn.

Nothing here makes a link, loads a picture or passes an attribute on. What is not recognised stays
as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from gwtrace_core.report.html import Html, element, fragment

_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})(.*)")
_HEADING = re.compile(r"#{1,6} +(\S.*)")
_ITEM = re.compile(r"(\s{0,12})([-*+]|\d{1,3}[.)]) +(\S.*)")
_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")
_INLINE = re.compile(
    r"`([^`\n]{1,1000})`"
    r"|\*\*(?=[^\s*])([^*\n]{1,1000})(?<=[^\s*])\*\*"
    r"|(?<![\w*])\*(?=[^\s*])([^*\n]{1,1000})(?<=[^\s*])\*(?![\w*])"
    r"|(?<!\w)_(?=[^\s_])([^_\n]{1,1000})(?<=[^\s_])_(?!\w)"
)
_SPACES_PER_LEVEL = 2
_DEEPEST = 4


def model_text(text: str) -> Html:
    """`text` with code blocks, tables, headings, list items, bold, italics and code drawn."""
    return element("div", *_blocks(text.split("\n")), class_="text", dir="auto")


def plain_block(text: str) -> Html:
    """Text exactly as it is, in fixed width."""
    return element("pre", text)


def _blocks(lines: list[str]) -> Iterator[Html]:
    """Code blocks as such, and what stands between them."""
    begun = number = 0
    while number < len(lines):
        fence = _FENCE.fullmatch(lines[number])
        if fence is None or (fence[1][0] == "`" and "`" in fence[2]):
            number += 1
            continue
        yield from _prose(lines[begun:number])
        end = _end_of_code(lines, number + 1, fence[1])
        yield plain_block("\n".join(lines[number + 1 : end]))
        begun = number = end + 1
    yield from _prose(lines[begun:])


def _end_of_code(lines: list[str], first: int, fence: str) -> int:
    """The line that closes the code block, the number of lines when none does."""
    for end in range(first, len(lines)):
        closing = lines[end].strip()
        if closing.startswith(fence) and not closing.strip(fence[0]):
            return end
    return len(lines)


def _prose(lines: list[str]) -> Iterator[Html]:
    for kind, group in groupby(lines, key=_kind):
        stretch = list(group)
        if kind == "text":
            yield element("p", _inline("\n".join(stretch)))
        elif kind == "table":
            yield _table(stretch)
        elif kind == "heading":
            yield from (element("p", _inline(line.lstrip("# ")), class_=kind) for line in stretch)
        elif kind == "item":
            yield from map(_item, stretch)


def _kind(line: str) -> str:
    if not line.strip():
        return "empty"
    if line.lstrip().startswith("|"):
        return "table"
    if _HEADING.fullmatch(line):
        return "heading"
    return "item" if _ITEM.fullmatch(line) else "text"


def _item(line: str) -> Html:
    found = _ITEM.fullmatch(line)
    spaces, mark, text = found.groups() if found else ("", "", line)
    level = min(len(spaces) // _SPACES_PER_LEVEL, _DEEPEST)
    return element(
        "p",
        element("span", "•" if mark in "-*+" else mark),
        element("span", _inline(text)),
        class_=f"item level-{level}",
    )


def _table(lines: list[str]) -> Html:
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in lines
        if not _RULE.fullmatch(line)
    ]
    has_head = len(lines) > 1 and _RULE.fullmatch(lines[1]) is not None
    drawn = [
        element("tr", *[element("th" if has_head and not n else "td", _inline(c)) for c in row])
        for n, row in enumerate(rows)
    ]
    return element("div", element("table", *drawn), class_="table")


def _inline(text: str) -> Html:
    parts: list[str] = []
    position = 0
    for found in _INLINE.finditer(text):
        code, bold, *italics = found.groups()
        parts.append(text[position : found.start()])
        if code is not None:
            parts.append(element("code", code))
        else:
            italic = next((text for text in italics if text is not None), "")
            parts.append(element("strong", bold) if bold is not None else element("em", italic))
        position = found.end()
    return fragment(*parts, text[position:])
