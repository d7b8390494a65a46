"""Two texts beside each other or in one, with what differs marked; unchanged stretches fold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

from gwtrace_core.values.text import one_line, plural
from gwtrace_core.values.text_diff import DiffLine, WordDiff, diff_words
from pages.ui.components.recorded_value import clean_text

_HERE = Path(__file__).parent
_mount = component(
    "gwtrace_answer_diff",
    html='<section class="answer-diff"></section>',
    css=(_HERE / "answer_diff.css").read_text(encoding="utf-8"),
    js=(_HERE / "answer_diff.bundle.js").read_text(encoding="utf-8"),
)

_CONTEXT = 1
"""Unchanged paragraphs that stay in sight before and after a change."""
_FOLDED_FROM = 4
"""Fewer unchanged paragraphs than that are not worth a fold."""
_NAME_CHARS = 24
_SIGNS = {"same": "=", "removed": "-", "added": "+"}


def answer_diff(left: str, right: str, *, left_label: str, right_label: str, key: str) -> None:
    """Draw the difference of two answers. `key` is unique on the page."""
    draw_difference(
        diff_words(left, right), left_label=left_label, right_label=right_label, key=key
    )


def draw_difference(diff: WordDiff, *, left_label: str, right_label: str, key: str) -> None:
    """Draw a difference that is there already."""
    _mount(data=payload(diff, left_label=left_label, right_label=right_label), key=key)


def payload(diff: WordDiff, *, left_label: str, right_label: str) -> dict[str, Any]:
    """What the browser draws: `blocks` of lines, each with its pieces as `[sign, text]`.

    A block with a `fold` is closed at first, and the fold says what is in it.
    """
    labels = clean_text(left_label), clean_text(right_label)
    return {
        "labels": labels,
        "similarity": _similarity(diff, _short(labels)),
        "blocks": _blocks(diff.lines),
    }


def _short(labels: tuple[str, str]) -> tuple[str, str]:
    """What the two are called in a sentence: each label's first part, where that tells them apart.

    A label is a name and what else is known of it, such as `Lane A · gpt-5.2`.
    """
    firsts = [one_line(label.partition(" · ")[0], _NAME_CHARS) for label in labels]
    wholes = [one_line(label, _NAME_CHARS) for label in labels]
    for left, right in (firsts, wholes):
        if left and right and left != right:
            return left, right
    return "the left", "the right"


def _similarity(diff: WordDiff, names: tuple[str, str]) -> str:
    if diff.is_same:
        return "The texts are the same." if diff.pieces else "Both texts are empty."
    # Neither of two different texts is ever called all the same.
    percent = min(99, round(diff.similarity * 100))
    lengths = {"removed": 0, "added": 0}
    for piece in diff.pieces:
        if piece.kind != "same":
            lengths[piece.kind] += len(piece.text.split())
    removed, added = (plural(lengths[kind], "word") for kind in ("removed", "added"))
    return f"{percent}% the same · {removed} only in {names[0]} · {added} only in {names[1]}"


def _blocks(lines: Sequence[DiffLine]) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and lines[end].is_changed == lines[start].is_changed:
            end += 1
        if lines[start].is_changed:
            blocks.append(_block(lines[start:end]))
        else:
            blocks.extend(_unchanged(lines, start, end))
        start = end
    return blocks


def _unchanged(lines: Sequence[DiffLine], start: int, end: int) -> list[dict[str, Any]]:
    """An unchanged stretch: its ends stay in sight where they are next to a change."""
    said = [place for place in range(start, end) if _says_something(lines[place])]
    before = 0 if start == 0 else _CONTEXT
    after = 0 if end == len(lines) else _CONTEXT
    hidden = said[before : len(said) - after]
    if len(hidden) < _FOLDED_FROM:
        return [_block(lines[start:end])]
    first, last = hidden[0], hidden[-1] + 1
    parts = lines[start:first], lines[first:last], lines[last:end]
    fold = plural(len(hidden), "unchanged paragraph")
    drawn = (_block(part, fold=fold if place == 1 else "") for place, part in enumerate(parts))
    return [block for block in drawn if block["lines"]]


def _says_something(line: DiffLine) -> bool:
    return any(piece.text.strip() for piece in line.pieces)


def _block(lines: Sequence[DiffLine], *, fold: str = "") -> dict[str, Any]:
    return {
        "fold": fold,
        "changed": any(line.is_changed for line in lines),
        "lines": [
            [[_SIGNS[piece.kind], clean_text(piece.text)] for piece in line.pieces]
            for line in lines
        ],
    }
