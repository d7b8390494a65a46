"""A model's text as HTML: escaped, with its lines kept and only its plainest marks drawn.

Nothing here makes a link, loads a picture or passes an attribute on. What is not recognised stays
as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gwtrace_core.export._html import Html, element, fragment

_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})(.*)")
_HEADING = re.compile(r"#{1,6} +(\S.*)")
_ITEM = re.compile(r"(\s{0,12})([-*+]|\d{1,3}[.)]) +(.*)")
_INLINE = re.compile(r"`([^`\n]{1,1000})`|\*\*(?=\S)([^*\n]{1,1000})(?<=\S)\*\*")
_SPACES_PER_LEVEL = 2
_DEEPEST = 4


def model_text(text: str) -> Html:
    """`text` with code blocks, tables in fixed width, headings, list items, bold and code."""
    return element("div", *_blocks(text.split("\n")), class_="text", dir="auto")


def plain_block(text: str) -> Html:
    """Text exactly as it is, in fixed width."""
    return element("pre", text)


def _blocks(lines: list[str]) -> Iterator[Html]:
    pending: list[str] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        end = _end_of_code(lines, number)
        is_table = line.lstrip().startswith("|")
        if end is None and is_table:
            end = number
            while end < len(lines) and lines[end].lstrip().startswith("|"):
                end += 1
            body = lines[number:end]
        elif end is not None:
            body = [each for each in lines[number + 1 : end]]
            is_closed = end < len(lines)
            end += is_closed
        else:
            pending.append(line)
            number += 1
            continue
        yield from _prose(pending)
        pending = []
        yield plain_block("\n".join(body))
        number = end
    yield from _prose(pending)


def _end_of_code(lines: list[str], number: int) -> int | None:
    """The line that closes the code block begun here, the number of lines when none does."""
    fence = _FENCE.fullmatch(lines[number])
    if fence is None or ("`" in fence[2] and fence[1][0] == "`"):
        return None
    for end in range(number + 1, len(lines)):
        closing = lines[end].strip()
        if closing.startswith(fence[1]) and not closing.strip(fence[1][0]):
            return end
    return len(lines)


def _prose(lines: list[str]) -> Iterator[Html]:
    """Headings and list items as such, the stretches between them as paragraphs."""
    stretch: list[str] = []
    for line in [*lines, ""]:
        heading, item = _HEADING.fullmatch(line), _ITEM.fullmatch(line)
        if line.strip() and heading is None and item is None:
            stretch.append(line)
            continue
        if stretch:
            yield element("p", _inline("\n".join(stretch)))
            stretch = []
        if heading is not None:
            yield element("p", _inline(heading[1]), class_="heading")
        elif item is not None:
            level = min(len(item[1]) // _SPACES_PER_LEVEL, _DEEPEST)
            mark = "•" if item[2] in "-*+" else item[2]
            yield element(
                "p", element("span", mark), element("span", _inline(item[3])),
                class_=f"item level-{level}",
            )  # fmt: skip


def _inline(text: str) -> Html:
    parts: list[str] = []
    position = 0
    for found in _INLINE.finditer(text):
        parts.append(text[position : found.start()])
        parts.append(element("code", found[1]) if found[1] else element("strong", found[2]))
        position = found.end()
    return fragment(*parts, text[position:])
