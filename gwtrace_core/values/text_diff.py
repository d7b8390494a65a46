"""Two texts compared word by word, as values; quick for long texts and for texts without shape.

Difflib finds what the texts share. Its time grows with the square of a text's length (with the
third power for texts of few words repeated), so long texts are compared by paragraphs first and by
words only within the paragraphs that changed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property
from typing import Literal

PieceKind = Literal["same", "removed", "added"]

_CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
# Scripts without spaces are compared by characters.
_TOKEN = re.compile(rf"([{_CJK}]|(?:(?![{_CJK}])\w)+|[^\w\s]|^(?=\s))(\s*)")
_MOST_WORK = 120_000
"""Pairs of equal words that one comparison by words may have, which is about 50 ms."""
_MOST_WORK_IN_ALL = 600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of text that both have, or only one of them."""

    kind: PieceKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """A stretch of lines that stand beside each other on both sides."""

    pieces: tuple[Piece, ...]

    @property
    def is_changed(self) -> bool:
        """Whether the sides differ in it."""
        return any(piece.kind != "same" for piece in self.pieces)


@dataclass(frozen=True, kw_only=True)
class WordDiff:
    """The difference of two texts.

    The texts of the kept and the removed pieces joined are the left text, those of the kept and
    the added ones the right text.
    """

    pieces: tuple[Piece, ...]

    @property
    def left(self) -> str:
        """The left text."""
        return "".join(piece.text for piece in self.pieces if piece.kind != "added")

    @property
    def right(self) -> str:
        """The right text."""
        return "".join(piece.text for piece in self.pieces if piece.kind != "removed")

    @property
    def is_same(self) -> bool:
        """Whether the texts are equal."""
        return all(piece.kind == "same" for piece in self.pieces)

    @cached_property
    def similarity(self) -> float:
        """Share of the characters that both texts have, from 0 to 1; 1 for equal texts."""
        lengths = Counter[PieceKind]()
        for piece in self.pieces:
            lengths[piece.kind] += len(piece.text)
        whole = 2 * lengths["same"] + lengths["removed"] + lengths["added"]
        return 1.0 if whole == 0 else 2 * lengths["same"] / whole

    @cached_property
    def lines(self) -> tuple[DiffLine, ...]:
        """The pieces cut where both texts begin a new line; line ends stay with their line."""
        lines: list[DiffLine] = []
        current: list[Piece] = []
        for piece in self.pieces:
            if piece.kind != "same":
                current.append(piece)
                continue
            for text in piece.text.splitlines(keepends=True):
                current.append(replace(piece, text=text))
                if text.endswith("\n"):
                    lines.append(DiffLine(pieces=tuple(current)))
                    current = []
        if current:
            lines.append(DiffLine(pieces=tuple(current)))
        return tuple(lines)


def diff_words(left: str, right: str) -> WordDiff:
    """What `right` keeps of `left`, by words; punctuation counts as words, spaces as their end."""
    if left == right:
        return WordDiff(pieces=_pieces([(left, left)]))
    return WordDiff(pieces=_pieces(_readable(_Comparison().changes(left, right))))


_Change = tuple[str, str]
"""A stretch of the left text and what stands in its place on the right; equal where kept."""


class _Comparison:
    """One comparison, with what it may still spend."""

    def __init__(self) -> None:
        self._budget = _MOST_WORK_IN_ALL

    def changes(self, left: str, right: str, level: int = 0) -> Iterator[_Change]:
        """By words when that is quick, else by paragraphs first, and by sentences within them."""
        left_words, right_words = _words(left), _words(right)
        start, end = _shared_ends(left_words, right_words)
        middle = (
            left_words[start : len(left_words) - end],
            right_words[start : len(right_words) - end],
        )
        if self._affords(*middle):
            yield from _kept(left_words[:start])
            yield from _by_words(*middle)
            yield from _kept(left_words[len(left_words) - end :])
        elif level == len(_PARTS):
            yield left, right
        else:
            parts = _PARTS[level].findall(left), _PARTS[level].findall(right)
            for kept, left_part, right_part in _matched(*parts):
                if kept:
                    yield from _kept(("", part) for part in left_part)
                else:
                    yield from self._changed_parts(left_part, right_part, level)

    def _changed_parts(
        self, left: Sequence[str], right: Sequence[str], level: int
    ) -> Iterator[_Change]:
        """Paragraphs (or sentences) that changed: together by words, else one by one."""
        left_text, right_text = "".join(left), "".join(right)
        left_words, right_words = _words(left_text), _words(right_text)
        if self._affords(left_words, right_words):
            yield from _by_words(left_words, right_words)
            return
        paired = min(len(left), len(right))
        for left_part, right_part in zip(left, right, strict=False):
            yield from self.changes(left_part, right_part, level + 1)
        yield "".join(left[paired:]), "".join(right[paired:])

    def _affords(self, left: Sequence[_Word], right: Sequence[_Word]) -> bool:
        counts = Counter(word for word, _ in right)
        work = len(left) + len(right) + sum(counts[word] for word, _ in left)
        if work > min(_MOST_WORK, self._budget):
            return False
        self._budget -= work
        return True


_PARTS = (re.compile(r"[^\n]*\n|[^\n]+"), re.compile(r".+?[.!?;:,]\s+|.+", re.DOTALL))
"""Lines, and sentences or parts of them."""

_Word = tuple[str, str]
"""A word and the space behind it."""


def _words(text: str) -> list[_Word]:
    return _TOKEN.findall(text)


def _by_words(left: Sequence[_Word], right: Sequence[_Word]) -> Iterator[_Change]:
    words = [word for word, _ in left], [word for word, _ in right]
    matcher = SequenceMatcher(None, *words, autojunk=False)
    for tag, left_start, left_end, right_start, right_end in matcher.get_opcodes():
        left_part, right_part = left[left_start:left_end], right[right_start:right_end]
        if tag != "equal":
            yield _joined(left_part), _joined(right_part)
            continue
        for (word, left_space), (_, right_space) in zip(left_part, right_part, strict=True):
            yield word, word
            yield left_space, right_space


def _joined(words: Iterable[_Word]) -> str:
    return "".join(word + space for word, space in words)


def _kept(words: Iterable[_Word]) -> Iterator[_Change]:
    text = _joined(words)
    yield text, text


def _shared_ends(left: Sequence[object], right: Sequence[object]) -> tuple[int, int]:
    """How many items both begin with, and how many both end with."""
    shortest = min(len(left), len(right))
    start = 0
    while start < shortest and left[start] == right[start]:
        start += 1
    end = 0
    while end < shortest - start and left[-1 - end] == right[-1 - end]:
        end += 1
    return start, end


def _matched(
    left: Sequence[str], right: Sequence[str]
) -> Iterator[tuple[bool, Sequence[str], Sequence[str]]]:
    """Stretches of paragraphs, and whether they are kept."""
    start, end = _shared_ends(left, right)
    yield True, left[:start], right[:start]
    left_end, right_end = len(left) - end, len(right) - end
    middle = left[start:left_end], right[start:right_end]
    # What is blank or repeated often says nothing about where one is in a text, but it makes
    # difflib slow; so here, among paragraphs, its own notion of junk is welcome.
    matcher = SequenceMatcher(lambda line: not line.strip(), *middle, autojunk=True)
    for tag, left_start, left_stop, right_start, right_stop in matcher.get_opcodes():
        yield tag == "equal", middle[0][left_start:left_stop], middle[1][right_start:right_stop]
    yield True, left[left_end:], right[right_end:]


def _readable(changes: Iterable[_Change]) -> list[_Change]:
    """A word or two that were kept between larger changes become part of them.

    Two sentences that share nothing but "the" and "of" are easier to read as two sentences.
    """
    result: list[_Change] = []
    for change in _neighbours_joined(changes):
        result.append(change)
        while len(result) >= 3 and _drowns(*result[-3:]):
            result[-3:] = [_add(_add(result[-3], result[-2]), result[-1])]
    return _neighbours_joined(part for change in result for part in _without_shared_end(change))


def _neighbours_joined(changes: Iterable[_Change]) -> list[_Change]:
    joined: list[_Change] = []
    for change in changes:
        if change == ("", ""):
            continue
        if joined and _is_kept(joined[-1]) == _is_kept(change):
            joined[-1] = _add(joined[-1], change)
        else:
            joined.append(change)
    return joined


def _without_shared_end(change: _Change) -> Iterator[_Change]:
    """The space that both sides end in is kept, so that their lines end together."""
    left, right = change
    length = 0
    while length < min(map(len, change)) and left[-1 - length] == right[-1 - length]:
        if not left[-1 - length].isspace():
            break
        length += 1
    if _is_kept(change) or length == 0:
        yield change
    else:
        yield left[:-length], right[:-length]
        yield left[-length:], right[-length:]


def _is_kept(change: _Change) -> bool:
    return change[0] == change[1]


def _add(first: _Change, second: _Change) -> _Change:
    return first[0] + second[0], first[1] + second[1]


def _drowns(before: _Change, kept: _Change, after: _Change) -> bool:
    """Whether what is kept is shorter than the changes on both its sides, within a paragraph."""
    if _is_kept(before) or not _is_kept(kept) or _is_kept(after) or "\n" in kept[0]:
        return False
    return len(kept[0]) <= min(max(map(len, before)), max(map(len, after)))


def _pieces(changes: Iterable[_Change]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for left, right in changes:
        if left == right:
            pieces.append(Piece(kind="same", text=left))
        else:
            pieces.append(Piece(kind="removed", text=left))
            pieces.append(Piece(kind="added", text=right))
    return tuple(piece for piece in pieces if piece.text)
