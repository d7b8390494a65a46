from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.ui.draw.model_text import model_markdown, plain_label
from tests.link_texts import AS_TEXT, CODE, FOREIGN, INSIDE, WEB

JOINER = "\ufeff"


@pytest.mark.parametrize(
    "directive",
    [":green-badge[Verified]", ":red[x]", ":material/lock:", ":shimmer[x]", ":blue-background[x]"],
)
def test_a_model_cannot_draw_with_the_apps_own_directives(directive: str) -> None:
    inside_code = f"```md\n{directive}\n```"
    assert model_markdown(directive) == f":{JOINER}{directive[1:]}"
    assert model_markdown(inside_code) == f"```md\n:{JOINER}{directive[1:]}\n```"


def test_what_only_looks_like_a_directive_keeps_its_brackets() -> None:
    assert model_markdown("see:note[1], {a:b{c}} and `x[a:b[0]]`") == (
        f"see:{JOINER}note[1], {{a:{JOINER}b{{c}}}} and `x[a:b[0]]`"
    )


def test_a_remote_picture_becomes_a_link_that_says_so() -> None:
    assert model_markdown("see ![chart](https://evil.example/x.png?q=1 'title')") == (
        "see [picture: chart (evil.example/x.png?q=1, not loaded)](https://evil.example/x.png?q=1)"
    )


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("![b][ref]", f"!{JOINER}[b][ref]"),
        ("![ref]", f"!{JOINER}[ref]"),
        ("![chart](https://evil.exa", f"!{JOINER}[chart](https://evil.exa"),
        ("[![c](", f"[!{JOINER}[c]{JOINER}("),
        (r"\\![b][ref]", rf"\\!{JOINER}[b][ref]"),
    ],
)
def test_a_picture_by_reference_or_not_yet_whole_is_none(text: str, drawn: str) -> None:
    assert model_markdown(text) == drawn


@pytest.mark.parametrize(
    "text",
    [
        "![dot](data:image/png;base64,iVBORw0KGgo=)",
        "`![b][ref]`",
        "```python\nx = vec[1:red_end]\nprint('![a](https://b.c/d)')\n```",
        "plain text with `a[1:b]` and a formula $x^2$",
        "~~~\ncosts $5 and $6\n~~~",
        "`$5 and $6`",
    ],
)
def test_ordinary_text_and_code_stay_as_they_are(text: str) -> None:
    assert model_markdown(text) == text


def test_three_backticks_within_a_line_begin_no_block_of_code() -> None:
    text = "```code``` and text\n![a](//b.example/c.png)\n```\n![a](//b.example/c.png)\n```"
    assert model_markdown(text).split("\n") == [
        "```code``` and text",
        "[picture: a (b.example/c.png, not loaded)](https://b.example/c.png)",
        "```",
        "![a](//b.example/c.png)",
        "```",
    ]


def test_prices_are_not_drawn_as_mathematics() -> None:
    assert model_markdown("from $5 to $10") == r"from \$5 to \$10"


def test_a_label_is_one_line_without_any_markup() -> None:
    assert plain_label("# a *b*\n:red[c]", limit=80) == r"\# a \*b\* \:red\[c\]"
    assert plain_label("x" * 100, limit=10) == "x" * 9 + "…"


@pytest.mark.parametrize("way", AS_TEXT)
def test_a_link_to_anything_but_the_web_is_text(way: str) -> None:
    for url in (*FOREIGN, *INSIDE):
        text = way.replace("{}", url)
        shown = model_markdown(text)
        assert shown != text
        # What is to be read is what was written.
        assert shown.replace(JOINER, "") == text


@pytest.mark.parametrize("way", [*AS_TEXT, "<{}>"])
def test_a_link_to_the_web_or_a_mail_address_stays_one(way: str) -> None:
    for url in WEB:
        text = way.replace("{}", url)
        # A line that ends before the address is not waited for.
        assert model_markdown(text) == text or re.search(r"\][(:]\n", text)


@pytest.mark.parametrize("text", CODE)
def test_code_that_looks_like_links_is_copied_as_it_was_written(text: str) -> None:
    assert model_markdown(text) == text


def test_a_footnote_stays_whatever_its_text_begins_with() -> None:
    for text in ("a[^1]\n\n[^1]: See: b", "a[^n]\n\n> [^n]: warning:this", "[^1]:x"):
        assert model_markdown(text) == text


_PIECES = (
    *("[a]", "[a][r]", "](", "]:", "[r]:", "(", ")", "<", ">", "!", "\\", "`", "```", "~~~", "$$"),
    *("\n", " ", "> ", "- ", "  ", "    ", ":::", "|", "[^1]", "x", "&#102;ile:", "file:", "FILE:"),
    *("data:text/html,", "javascript:", "https://a.b", "mailto:a@b"),
)
# What stands in `<` and `>` by itself is a link only where its scheme is written as it is.
_LEFT = re.compile(
    r"(?:\][(:][\s>]*<?(?:file|data|javascript|&#102;ile)|<(?:file|data|javascript)):",
    re.IGNORECASE,
)


@given(pieces=st.lists(st.sampled_from(_PIECES), max_size=24))
def test_no_address_of_a_file_data_or_script_is_left_where_a_link_may_begin(
    pieces: list[str],
) -> None:
    text = "".join(pieces)
    shown = model_markdown(text)
    assert not _LEFT.search(shown)
    assert shown.replace(JOINER, "") == text.replace(JOINER, "")
