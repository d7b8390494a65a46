"""Answers compared word by word: nothing lost, nothing invented, and never slow."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.values.text_diff import Piece, diff_words

_texts = st.lists(
    st.sampled_from(
        ["the", "cat", "sat", ".", " ", "  ", "\n", "\n\n", "é", "\u2028", "日本", "\r"]
    ),
    max_size=40,
).map("".join) | st.text(max_size=60)


def pieces(left: str, right: str) -> list[str]:
    marks = {"same": "=", "removed": "-", "added": "+"}
    return [marks[piece.kind] + piece.text for piece in diff_words(left, right).pieces]


@given(_texts, _texts)
def test_both_texts_can_be_read_from_the_difference(left: str, right: str) -> None:
    found = diff_words(left, right)
    assert (found.left, found.right) == (left, right)
    assert found.is_same == (left == right)
    assert 0 <= found.similarity <= 1
    assert all(piece.text for piece in found.pieces)


@given(_texts, _texts)
def test_lines_hold_every_piece_in_order(left: str, right: str) -> None:
    found = diff_words(left, right)
    in_lines = [piece for line in found.lines for piece in line.pieces]
    for kind in ("same", "removed", "added"):
        whole, cut = (
            "".join(piece.text for piece in some if piece.kind == kind)
            for some in (found.pieces, in_lines)
        )
        assert whole == cut


@given(_texts)
def test_a_text_and_itself_are_one_piece(text: str) -> None:
    found = diff_words(text, text)
    assert found.pieces == ((Piece(kind="same", text=text),) if text else ())
    assert found.similarity == 1


@given(_texts, _texts)
def test_kept_and_changed_pieces_take_turns(left: str, right: str) -> None:
    kinds = [piece.kind for piece in diff_words(left, right).pieces]
    assert all(kind != after for kind, after in pairwise(kinds))


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (
            "The capital of France is Paris.",
            "The capital of France is Lyon.",
            ["=The capital of France is ", "-Paris", "+Lyon", "=."],
        ),
        ("one two", "one two three", ["=one two", "+ three"]),
        ("", "hello", ["+hello"]),
        ("a\nb", "a b", ["=a", "-\n", "+ ", "=b"]),
        ("東京は首都", "大阪は首都", ["-東京", "+大阪", "=は首都"]),
    ],
)
def test_words_are_kept_removed_and_added(left: str, right: str, expected: list[str]) -> None:
    assert pieces(left, right) == expected


def test_a_word_in_common_does_not_cut_two_sentences_into_splinters() -> None:
    left = "Brilliant engineers design the complicated machines"
    right = "Sleepy gardeners water the beautiful flowers"
    assert pieces(left, right) == [f"-{left}", f"+{right}"]


def test_lines_end_where_both_texts_begin_a_new_one() -> None:
    lines = diff_words("a\nb c\nd\n", "a\nb x y\nd\n").lines
    assert [line.is_changed for line in lines] == [False, True, False]
    assert [piece.text for piece in lines[1].pieces] == ["b ", "c", "x y", "\n"]
    shorter = diff_words("a\nb c\nd\n", "a\nb\nd\n").lines
    assert [piece.text for piece in shorter[1].pieces] == ["b", " c", "\n"]


def _paragraphs(seed: int, count: int, vocabulary: int) -> list[str]:
    rng = random.Random(seed)
    words = [f"w{number}" for number in range(vocabulary)]
    return [" ".join(rng.choices(words, k=30)) for _ in range(count)]


def _edited(paragraphs: list[str]) -> list[str]:
    edited = list(paragraphs)
    for index in range(0, len(edited), 10):
        edited[index] = edited[index].replace("w1", "changed", 1)
    return [*edited[:100], "An added paragraph.", *edited[100:]]


_LONG = _paragraphs(1, 900, 400)
_HARD = {
    "edited": ("\n\n".join(_LONG), "\n\n".join(_edited(_LONG))),
    "rewritten": ("\n\n".join(_LONG), "\n\n".join(_paragraphs(2, 900, 400))),
    "two words only": ("\n".join(_paragraphs(3, 1200, 2)), "\n".join(_paragraphs(4, 1200, 2))),
    "one paragraph": (" ".join(_paragraphs(5, 900, 400)), " ".join(_paragraphs(6, 900, 400))),
    "one paragraph, edited": (" ".join(_LONG), " ".join(_edited(_LONG))),
    "one word again and again": ("word " * 20_000, "word " * 9_000 + "x " + "word " * 11_000),
    "no spaces": ("x" * 100_000, "x" * 99_999 + "y"),
    "one line again and again": ("same\n" * 20_000, "x\n" + "same\n" * 19_000 + "y\n"),
    "two lines again and again": ("a\nb\n" * 25_000, "b\nb\na\n" * 17_000),
    "signs": ("!?" * 50_000, "?!" * 50_000),
}


@pytest.mark.parametrize("name", _HARD)
def test_a_hundred_thousand_characters_do_not_keep_anybody_waiting(name: str) -> None:
    left, right = _HARD[name]
    assert min(len(left), len(right)) > 80_000
    # The algorithm alone would take minutes, and the run its time limit.
    found = diff_words(left, right)
    assert (found.left, found.right) == (left, right)


def test_a_long_text_is_still_compared_by_words_where_it_changed() -> None:
    left, right = _HARD["edited"]
    found = diff_words(left, right)
    changed = sum(len(piece.text) for piece in found.pieces if piece.kind != "same")
    assert 0.9 < found.similarity < 1
    assert changed < 3_000
    assert Piece(kind="added", text="An added paragraph.\n\n") in found.pieces


def test_a_long_paragraph_is_compared_by_its_sentences() -> None:
    sentences = [f"Sentence {number} has its own end. " for number in range(3_000)]
    changed = [*sentences[:1500], "Something else. ", *sentences[1500:]]
    changed[10] = "Sentence ten has another end. "
    found = diff_words("".join(sentences), "".join(changed))
    assert found.similarity > 0.999
    assert Piece(kind="added", text="Something else. ") in found.pieces


def test_what_both_texts_end_in_is_kept_however_long_it_is() -> None:
    found = diff_words("left" + " word" * 30_000, "right" + " word" * 30_000)
    assert [piece.text for piece in found.pieces[:2]] == ["left", "right"]
    assert len(found.pieces) == 3
