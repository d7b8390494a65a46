"""Markdown as HTML that is safe to insert, whatever was written.

By construction: markdown-it-py escapes every text, raw HTML is text to it, no element has an
attribute but those named here, and a link leads to the web or to a mail address or stays text.
Nothing is fetched when the result is drawn: pictures stay the text they were written as.

What was written is shown: no typographic replacement, line breaks kept, and the backslashes of
formulas (`\\(`, `\\[`) too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, paragraph
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

from gwtrace_core.markdown.code import colour_code

MOST_INLINE_CHARS = 10_000
"""Of one paragraph, cell or heading; the marks in a longer one stay as they were written."""
MOST_BRACKETS = 300
"""Likewise: each that opens costs as much as hundreds of letters."""
MOST_COLOURED_CHARS = 20_000
"""Of all code of a text; what comes behind stays plain."""
DEEPEST_LEVEL = 30
"""Lists and quotations within each other; what is deeper is drawn as paragraphs of the last."""

_SAFE_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f]", re.IGNORECASE)


def render_markdown(text: str) -> Markup:
    """`text` as HTML, its blocks one after the other."""
    return Markup("").join(render_blocks(text))


def render_blocks(text: str) -> tuple[Markup, ...]:
    """The HTML of each top-level block (paragraph, list, table, code …) in their order."""
    parser, environment = _make_parser(), dict[str, Any]()
    tokens = parser.parse(text, environment)
    blocks: list[Markup] = []
    begun = 0
    for position, token in enumerate(tokens):
        if token.level == 0 and token.nesting <= 0:
            block = tokens[begun : position + 1]
            html = parser.renderer.render(block, parser.options, environment)
            blocks.append(Markup(html.rstrip("\n")))
            begun = position + 1
    return tuple(blocks)


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        return _SAFE_ADDRESS.match(url) is not None


class _Renderer(RendererHTML):
    """Draws what markdown-it's own rules would draw with attributes or elements of other kinds."""

    def heading_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        return f"<{_choose_heading(tokens[idx])}>"

    def heading_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        return f"</{_choose_heading(tokens[idx])}>"

    def link_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        return Markup('<a href="{}" rel="noopener noreferrer nofollow" target="_blank">').format(
            tokens[idx].attrGet("href")
        )

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return escape(f"![{tokens[idx].content}]({tokens[idx].attrGet('src')})")

    def table_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        return '<div class="table"><table>'

    def table_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        return "</table></div>"

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _open_cell(tokens[idx])

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _open_cell(tokens[idx])

    def list_item_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        # A check box of the page would be one more thing to stop at with the keyboard.
        if "checked" not in tokens[idx].meta:
            return "<li>"
        return f'<li class="task">{"☑" if tokens[idx].meta["checked"] else "☐"} '

    def bullet_list_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        return "<ul>"

    def ordered_list_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        start = tokens[idx].attrGet("start")
        return "<ol>" if start is None else f'<ol start="{start}">'

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        content, words = tokens[idx].content, unescapeAll(tokens[idx].info).split()
        env["coloured_chars"] = env.get("coloured_chars", 0) + len(content)
        is_coloured = words and env["coloured_chars"] <= MOST_COLOURED_CHARS
        code = colour_code(content, words[0]) if is_coloured else escape(content)
        return f"<pre><code>{code}</code></pre>"


def _choose_heading(token: Token) -> str:
    """`h4` to `h6`: whatever a heading is written as, it is below those of the page."""
    return f"h{min(int(token.tag[1:]) + 3, 6)}"


def _open_cell(token: Token) -> str:
    # As a class: the policy of a page allows no style in an element.
    side = str(token.attrGet("style") or "").removeprefix("text-align:")
    return f'<{token.tag} class="{side}">' if side in ("center", "right") else f"<{token.tag}>"


def _take_too_deep(state: StateBlock, startLine: int, endLine: int, silent: bool) -> bool:
    """A block rule: in a list or quotation that is too deep everything is a paragraph."""
    return state.level >= DEEPEST_LEVEL and paragraph(state, startLine, endLine, silent)


def _parse_inline(state: StateCore) -> None:
    """A core rule: the marks within the lines, in place of markdown-it's own for its bound."""
    for token in state.tokens:
        if token.type != "inline":
            continue
        token.children = []
        text = token.content
        if len(text) <= MOST_INLINE_CHARS and text.count("[") <= MOST_BRACKETS:
            state.md.inline.parse(text, state.md, state.env, token.children)
            continue
        for line in text.split("\n"):
            token.children += [Token("text", "", 0, content=line), Token("softbreak", "br", 0)]
        del token.children[-1]


def _take_formula_mark(state: StateInline, silent: bool) -> bool:
    """An inline rule: `\\(`, `\\)`, `\\[` and `\\]` stay as they are."""
    mark = state.src[state.pos : state.pos + 2]
    if mark not in ("\\(", "\\)", "\\[", "\\]"):
        return False
    if not silent:
        state.pending += mark
    state.pos += 2
    return True


@cache
def _make_parser() -> MarkdownIt:
    options = {
        "html": False,
        "breaks": True,
        "xhtmlOut": False,
        "tasklists": True,
        # Above the level at which our own rule takes over: markdown-it drops what is deeper.
        "maxNesting": DEEPEST_LEVEL + 10,
    }
    parser = _Parser("commonmark", options, renderer_cls=_Renderer)
    parser.enable(["table", "strikethrough"])
    parser.block.ruler.before("table", "too_deep", _take_too_deep)
    parser.core.ruler.at("inline", _parse_inline)
    parser.inline.ruler.before("escape", "formula_mark", _take_formula_mark)
    return parser
