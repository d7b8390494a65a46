"""Where a growing answer is cut, so that what stands before the cut is not drawn again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.ui.draw.growing_text import split_text

LONG = "word " * 199 + "end."
"""A paragraph that is long enough to be a part."""


def test_a_short_text_is_one_part() -> None:
    text = "One.\n\nTwo.\n\n## Three\n"
    assert split_text(text) == (text,)
    assert split_text("") == ("",)


@pytest.mark.parametrize("begins", ["Text.", "## Title", "**Bold**", "`code` first", "“Said.”"])
def test_a_long_text_is_cut_before_a_paragraph_or_a_heading(begins: str) -> None:
    assert split_text(f"{LONG}\n\n{begins}\n") == (f"{LONG}\n", f"{begins}\n")


@pytest.mark.parametrize(
    "rest",
    [
        "\nThe same paragraph.",
        "\n\n- a list",
        "\n\n1. a list",
        "\n\n    indented",
        "\n\n> a quote",
        "\n\n| a | table |",
        "\n\n```\ncode\n\nText in code.\n```",
        "\n\n~~~~\n```\n\nText in code.\n~~~~",
        "\n\n$$\nx\n\nText in a formula.\n$$",
        " A note.[^1]\n\nText after the note.\n\n[^1]: The note.",
    ],
)
def test_it_is_not_cut_within_what_belongs_together(rest: str) -> None:
    assert split_text(LONG + rest) == (LONG + rest,)


def test_it_is_cut_again_behind_code_and_formulas() -> None:
    first = f"{LONG}\n\n```\ncode\n\nText in code.\n```\n\n$$\nx\n\ny\n$$\n"
    assert split_text(f"{first}\nText.") == (first, "Text.")


def test_a_link_s_definition_reaches_every_part_that_may_use_it() -> None:
    text = f"{LONG} [source]\n\n{LONG}\n\nText.\n\n[source]: https://example.org"
    assert split_text(text) == (
        f"{LONG} [source]\n\n\n[source]: https://example.org",
        f"{LONG}\n",
        "Text.\n\n[source]: https://example.org",
    )


def test_a_huge_text_has_few_parts() -> None:
    text = f"{LONG}\n\n" * 2_000
    parts = split_text(text)
    assert "\n".join(parts) == text
    assert 60 < len(parts) < 90


LINES = [LONG, "Text.", "## Title", "- list", "```", "$$", "> quote", "| a |", "", "`", "**x**"]


@given(st.lists(st.sampled_from([*LINES, "```a``` b"]), max_size=30), st.data())
def test_what_stands_before_the_last_cut_never_changes(
    lines: list[str], data: st.DataObject
) -> None:
    text = "\n".join(lines)
    parts = split_text(text)
    assert "\n".join(parts) == text
    before = split_text(text[: data.draw(st.integers(0, len(text)))])
    assert before[:-1] == parts[: len(before) - 1]
