"""Text written by a model, made safe to draw as Markdown.

The content security policy is what keeps pictures and scripts out. This module keeps a model's
text from posing as part of the app: Streamlit's own directives (badges, colours, icons) are shown
as they were written, and a remote picture becomes a link that says what it is. A link leads to the
web or to a mail address; what leads to a file, to data, to a script or into the app stays text.
"""

from __future__ import annotations

import re
from collections.abc import Generator

from gwtrace_core.values.text import one_line

# Invisible, and for Markdown a space: no directive can begin behind it. After a character that is
# none, such as a word joiner, one does begin, and what stands in its brackets is lost.
_NO_BREAK = "\ufeff"
_COLOURS = "red|orange|yellow|green|blue|violet|gray|grey|rainbow|primary"
_DIRECTIVE = re.compile(
    rf":(?=(?:(?:{_COLOURS})(?:-background|-badge)?|small|shimmer)\[|material/|streamlit:)"
)
# Streamlit draws an unknown directive, `see:note[1]`, without what is in its brackets.
_ANY_DIRECTIVE = re.compile(r":(?=\w[\w-]*[\[{])")
# Bounded, or the end of each of a thousand `![` would be sought through all that follow.
_REMOTE_IMAGE = re.compile(r"!\[([^\]\n]{0,500})\]\((?:https?:)?//([^)\s]+)[^)\n]*\)")
# By reference, across lines, or not written to its end yet: no picture, but what a link is.
_OTHER_IMAGE = re.compile(r"!(?=\[)(?!\[[^\]\n]{0,500}\]\(data:image/)")
# Backticks with more of them behind, in the same line, are code in a line of text.
_FENCE = re.compile(r"\s{0,3}(`{3,}(?!.*`)|~{3,})")
# Where the address of a link begins that is none of the web: behind `](`, `<` and `[name]:`.
_WEB = r"[ \t]*<?(?:https?://|mailto:)"
_PICTURE = r"(?P<kept>(?<!\\)!\[[^\]\n]{0,500}\]\(data:image/)"
_LINK = re.compile(
    rf"{_PICTURE}|(?P<before>\](?=\((?!{_WEB}))|<(?=(?!https?:|mailto:)[a-z][\w+.-]+:))",
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    # The name may have begun in a line before. Not those of footnotes, which begin with ^.
    r"(?P<before>^(?:[\s>*+-]*(?:\d+[.)]\s+)*\[(?!\^))?(?:[^\[\]\\]|\\.)*\])"
    rf"(?=:(?!{_WEB}))",
    re.IGNORECASE,
)
# The same in what is taken for code, where it is plainly an address: so that calls such as
# `table[name](event)`, lambdas and tags of XML can be copied as they are. A sign of an address may
# be written as an entity or behind a backslash, and browsers pass over control characters.
_SIGN = r"(?:[a-z\d+.-]|&#?\w{1,8};|\\|[\x00-\x1f])"
_COLON = r"(?::(?!:)|&(?:colon|#0*58|#x0*3a);)"
_ADDRESS = rf"[\s>]*<?[\x00-\x20]*(?!https?://|mailto:){_SIGN}{{2,80}}?{_COLON}"
_SCHEMES = "file|data|javascript|vbscript|blob|about|filesystem|view-source"
_FOOTNOTE = r"(?P<footnote>(?<!\\)\[\^[^\[\]\s\\]{1,200}\]:)"
_LINK_IN_CODE = re.compile(
    rf"{_PICTURE}|{_FOOTNOTE}|(?P<before>\](?=[(:]{_ADDRESS})|<(?=(?:{_SCHEMES}):))",
    re.IGNORECASE,
)
# A price, not a formula: two prices in a line would be drawn as mathematics between them.
_PRICE = re.compile(r"(?<![\\$])\$(?=\d)")


def model_markdown(text: str) -> str:
    """`text` for `st.markdown`. Code blocks keep their characters, but for directives' names."""
    lines = [line if is_code else _escape_line(line) for line, is_code in split_lines(text)]
    # Everywhere, code included: which part is code is for the renderer to say, and a wrong guess
    # here would let a fake badge or a link to a file through.
    shown = _LINK_IN_CODE.sub(_break_link, "\n".join(lines))
    return _DIRECTIVE.sub(f":{_NO_BREAK}", shown)


def split_lines(text: str) -> Generator[tuple[str, bool]]:
    """Each line, and whether it belongs to a block of code, fences included."""
    fence = ""
    for line in text.split("\n"):
        marker = _FENCE.match(line)
        yield line, bool(fence or marker)
        if not fence:
            fence = marker[1] if marker else ""
        elif marker and marker[1].startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""


def _escape_line(line: str) -> str:
    line = _REMOTE_IMAGE.sub(r"[picture: \1 (\2, not loaded)](https://\2)", line)
    line = _DEFINITION.sub(_break_link, line)
    return _escape_text(line)


def _escape_text(line: str) -> str:
    """Escape `$5`, directives, pictures and links outside inline code."""
    pieces = line.split("`")
    pieces[::2] = [_escape_piece(piece) for piece in pieces[::2]]
    return "`".join(pieces)


def _escape_piece(piece: str) -> str:
    piece = _LINK.sub(_break_link, _OTHER_IMAGE.sub(f"!{_NO_BREAK}", piece))
    piece = _PRICE.sub(r"\\$", piece)
    return _ANY_DIRECTIVE.sub(f":{_NO_BREAK}", piece)


def _break_link(found: re.Match[str]) -> str:
    """What was found, so that no link begins behind it; footnotes and inlaid pictures stay."""
    return f"{found['before']}{_NO_BREAK}" if found["before"] else found[0]


def plain_label(text: str, *, limit: int = 80) -> str:
    """`text` as one line for a widget's label, which is Markdown too: cut, with signs escaped."""
    return re.sub(r"([\\`*_\[\]<>$#~:|!])", r"\\\1", one_line(text, limit))
