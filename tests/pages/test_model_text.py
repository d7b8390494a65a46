from __future__ import annotations

import pytest

from pages.ui.model_text import model_markdown, plain_label

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
        ("[![c](", f"[!{JOINER}[c]("),
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
