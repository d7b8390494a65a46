"""Markdown as HTML: what was written is shown, and nothing of it becomes more than text."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html import unescape
from types import FrameType
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gwtrace_core.markdown.html import (
    DEEPEST_LEVEL,
    MOST_BRACKETS,
    MOST_INLINE_CHARS,
    render_blocks,
    render_markdown,
)

ATTRIBUTES: dict[str, set[str]] = {
    **{name: set() for name in ("h4", "h5", "h6", "p", "br", "strong", "em", "s", "code", "pre")},
    **{name: set() for name in ("ul", "blockquote", "hr", "table", "thead", "tbody", "tr")},
    "ol": {"start"},
    **{name: {"class"} for name in ("li", "div", "th", "td", "span")},
    "a": {"href", "rel", "target"},
}
"""Every element that may come of a text, with its attributes."""


def parse(html: str) -> Element:
    """What a browser makes of it, by the HTML standard's own parsing rules."""
    return html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False)


def elements(html: str) -> Iterator[Element]:
    root = parse(html)
    return (each for each in root.iter() if each is not root)


def text_of(html: str) -> str:
    return "".join(parse(html).itertext())


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# One\n### Three\n###### Six", "<h4>One</h4><h6>Three</h6><h6>Six</h6>"),
        ("a\nb  \nc", "<p>a<br>\nb<br>\nc</p>"),
        (
            "**b** _i_ ~~s~~ `c<d`",
            "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c&lt;d</code></p>",
        ),
        ("3. c\n4. d", '<ol start="3"><li>c</li>\n<li>d</li>\n</ol>'),
        ("- [x] a", '<ul><li class="task">☑ a</li>\n</ul>'),
        ("- [ ] a", '<ul><li class="task">☐ a</li>\n</ul>'),
        ("> a\n\n---", "<blockquote>\n<p>a</p>\n</blockquote><hr>"),
        ("    a <b>", "<pre><code>a &lt;b&gt;\n</code></pre>"),
        ("```\na <b>", "<pre><code>a &lt;b&gt;</code></pre>"),
        (
            "```json\n[1]\n```",
            '<pre><code>[<span class="code-number">1</span>]\n</code></pre>',
        ),
        (
            "|a|b|c|\n|-|-:|:-:|\n|1|2|3|",
            '<div class="table"><table><thead>\n<tr>\n<th>a</th>\n<th class="right">b</th>\n'
            '<th class="center">c</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n'
            '<td class="right">2</td>\n<td class="center">3</td>\n</tr>\n</tbody>\n</table></div>',
        ),
        (
            '[a](https://e.example/?a&b "t")',
            '<p><a href="https://e.example/?a&amp;b" rel="noopener noreferrer nofollow" '
            'target="_blank">a</a></p>',
        ),
        (
            "[a][1]\n\n[1]: http://e.example",
            '<p><a href="http://e.example" rel="noopener noreferrer nofollow" '
            'target="_blank">a</a></p>',
        ),
        (
            "<a@e.example>",
            '<p><a href="mailto:a@e.example" rel="noopener noreferrer nofollow" '
            'target="_blank">a@e.example</a></p>',
        ),
    ],
)
def test_each_mark_has_its_element(text: str, html: str) -> None:
    assert render_markdown(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "a -> b (c) ... -- \"q\" 'q' :smile: :red[x] $5 and $6",
        r"\(a_1 + b_2\) and \[x = y\]",
        "<b>bold</b> <!-- no --> <script>alert(1)</script>",
        "![a picture](https://e.example/p.png)",
        "https://e.example/bare",
        "snake_case_name and 2 * 3 * 4",
    ],
)
def test_what_is_no_mark_stays_as_it_was_written(text: str) -> None:
    html = render_markdown(text)
    assert {each.tag for each in elements(html)} == {"p"}
    assert text_of(html) == text


def test_a_text_comes_in_its_top_level_blocks() -> None:
    text = "# a\nb\n\n- c\n  - d\n\n> e\n\n```\nf\n```\n***\n|g|\n|-|\n\n[h]: http://i.example\n"
    blocks = render_blocks(text)
    assert [re.findall(r"\w+", block)[0] for block in blocks] == [
        "h4", "p", "ul", "blockquote", "pre", "hr", "div"
    ]  # fmt: skip
    assert "".join(blocks) == render_markdown(text)
    assert render_blocks("") == render_blocks(" \n\n") == ()


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "javascript&colon;alert(1)",
        "&#106;avascript:alert(1)",
        "java\\script:alert(1)",
        "%6aavascript:alert(1)",
        "<java\tscript:alert(1)>",
        "<\x01javascript:alert(1)>",
        "data:text/html,<b>",
        "data:image/png;base64,AAAA",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://e.example/x",
        "//e.example/x",
        "/media/x",
        "x.html",
        "#code",
        "https:",
        "https:e.example",
        "ftp://e.example",
        "mailto:",
    ],
)
@pytest.mark.parametrize("form", ["[a]({})", "![a]({})", "<{}>", "[a]\n\n[a]: {}"])
def test_a_link_leads_to_the_web_or_to_a_mail_address_or_is_none(form: str, address: str) -> None:
    html = render_markdown(form.format(address))
    assert [each.tag for each in elements(html) if each.tag in ("a", "img")] == []


FRAGMENTS = [
    "</script>", "<script>alert(1)</script>", "<!--", "-->", "<![CDATA[", "]]>", "<?x", "</pre>",
    "</code>", "</span>", "</div>", "</table>", "<svg onload=alert(1)>", "<img src=x onerror=y>",
    "<a href='javascript:x'>", "<style>", "</style>", "<template>", "<math><mtext>", "&lt;",
    "&#60;", "&#x3c;script&#62;", "[x](javascript:alert(1))", "[x](https://e.example/\"onclick=y)",
    "![x](https://e.example/p.png)", "[x]: javascript:y\n", "[x]: https://e.example '\"><b>'\n",
    "[x]", "<https://e.example/\"'>", "<javascript:x>", "```", "```html\n", "```py'\"><b>\n", "~~~",
    "`", "``", "**", "*", "__", "_", "~~", "# ", "\n===\n", "\n---\n", "- ", "1. ", "- [x] ", "> ",
    "|", "|a|b|\n|:-|-:|\n", "\n", "\n\n", "    ", "\t", "\\", "\\(", "\r\n", "\x00", "\x0b",
    "\x1b", "\ud800", "\u2028", "\u202e", "\ufeff", "\U000e0041", '"', "'", "<", ">", "&",
    "[", "](", ")",
]  # fmt: skip
texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=6), max_size=30).map("".join)


@given(texts)
@example("".join(FRAGMENTS))
@example("".join(reversed(FRAGMENTS)))
@example("".join(f"> {'- ' * 40}{each}\n" for each in FRAGMENTS))
@settings(deadline=None, max_examples=200)
def test_whatever_is_written_only_known_elements_come_of_it(text: str) -> None:
    html = render_markdown(text)
    for each in elements(html):
        assert set(each.attrib) <= ATTRIBUTES[each.tag]
        if each.tag == "a":
            assert each.attrib["href"].startswith(("http://", "https://", "mailto:"))
            assert each.attrib["rel"] == "noopener noreferrer nofollow"
            assert each.attrib["target"] == "_blank"
        name = each.attrib.get("class", "task")
        assert re.fullmatch(r"task|table|right|center|code-[a-z]+", name)


@given(st.lists(st.sampled_from(["> ", "- ", "1. ", "* "]), min_size=1, max_size=300))
@example(["> "] * 300)
@example(["- "] * 300)
@settings(deadline=None, max_examples=30)
def test_words_are_shown_however_deep_they_are_nested(marks: list[str]) -> None:
    html = render_markdown(f"{''.join(marks)}word\n{' ' * 700}more\n\nend")
    shown = text_of(html)
    assert [word for word in ("word", "more", "end") if word not in shown] == []
    quoted = sum(each.tag in ("blockquote", "li") for each in elements(html))
    assert quoted <= DEEPEST_LEVEL + 1


@pytest.mark.parametrize(
    "text",
    ["*a* " * (MOST_INLINE_CHARS // 3), "*a* [" * (MOST_BRACKETS + 1), "*a*\n" * 2_501],
)
def test_in_a_paragraph_that_costs_too_much_the_marks_stay_as_they_were_written(text: str) -> None:
    html = render_markdown(text)
    assert html == f"<p>{text.strip()}</p>".replace("\n", "<br>\n")


def test_code_is_coloured_up_to_a_bound_and_shown_whole_beyond() -> None:
    code = f"1 # {'x' * 3_990}\n"
    text = f"```python\n{code}```\n" * 7
    coloured = ["code-number" in block for block in render_blocks(text)]
    assert coloured == [True, True, True, True, True, False, False]
    assert text_of(render_markdown(text)) == code * 7


def count_lines(text: str) -> int:
    """How many lines of Python run to render `text`: its cost, whatever the machine does."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        render_markdown(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "pattern",
    [
        "[", "![", "](", "[a](", "[a](<b", "[a][", "[[]", "*", "*a ", "**a *b ", "_a__ ", "~~a ",
        "`x", "<", "<a ", "&", "\\", "&#x41;", "> ", "- ", "- a\n", "> a\nb\n", "1. a\n", " - a\n",
        "|", "|a|b|\n|-|-|\n", "[a]: b\n", "```\n", "# a\n", "a\n=\n", "    a\n\n", "a\n", "\n",
    ],
)  # fmt: skip
def test_the_cost_grows_with_the_length_and_no_faster(pattern: str) -> None:
    render_markdown(pattern)
    short, long = (count_lines((pattern * length)[:length]) for length in (1_000, 2_000))
    assert long <= 2.6 * short
    assert long <= 400 * 2_000


def test_a_line_of_a_megabyte_is_text() -> None:
    for pattern in ("x", "[", "*a", "<b>"):
        text = (pattern * 1_000_000)[:1_000_000]
        assert unescape(render_markdown(text)) == f"<p>{text}</p>"
