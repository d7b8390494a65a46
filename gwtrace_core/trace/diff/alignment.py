"""Which spans of two traces stand for the same step. Pure, in order, and not by id.

Siblings are aligned so that as many as possible find a partner, those of the same kind and name
first. A span that only wraps others (an agent's, a chain's) and has no partner is looked through:
what is below it is aligned as if it were not there. No recursion; about a second for 10,000 spans.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gwtrace_core.trace.model import Span
from gwtrace_core.trace.totals import MODEL_KINDS
from gwtrace_core.trace.tree import TraceTree

Signature = tuple[str, str]
"""The class of a span's kind and that of its name."""

_ALIKE_WITHOUT_NAME = frozenset({"MODEL", "AGENT", "EMBEDDING", "RETRIEVER", "RERANKER"})
"""Kinds whose spans stand for the same step whatever the SDK calls them."""
_WRAPPERS = frozenset({"AGENT", "CHAIN", "UNKNOWN", "WORKFLOW", "TASK"})
_NUMBERED = re.compile(r"[\s_#-]*\d+$")
_MOST_CELLS = 40_000
"""Of one table of siblings; longer rows of siblings are aligned by looking a little ahead."""
_LOOK_AHEAD = 64
_MOST_WRAPPERS = 50
"""Around one another; no program has more, and each costs a look at all siblings."""
_SAME, _ALIKE = 3, 2


def align_rows(left: TraceTree, right: TraceTree) -> dict[int, int]:
    """For each row of `left` that has a partner, its row in `right`.

    Partners come in the same order on both sides, and those of the swapped trees are the same.
    """
    signatures = ([_make_signature(row.span) for row in tree.rows] for tree in (left, right))
    left_signatures, right_signatures = signatures
    partners: dict[int, int] = {}
    pending = [(list(left.top_indices()), list(right.top_indices()))]
    while pending:
        left_rows, right_rows = _look_through_wrappers(
            (left, left_signatures, pending[-1][0]), (right, right_signatures, pending[-1][1])
        )
        pending.pop()
        pairs = _pair_siblings(
            [left_signatures[row] for row in left_rows],
            [right_signatures[row] for row in right_rows],
        )
        for left_place, right_place in pairs:
            left_row, right_row = left_rows[left_place], right_rows[right_place]
            partners[left_row] = right_row
            below = list(left.child_indices(left_row)), list(right.child_indices(right_row))
            if all(below):
                pending.append(below)
    return partners


def _make_signature(span: Span) -> Signature:
    kind = "MODEL" if span.kind in MODEL_KINDS else span.kind
    return kind, _NUMBERED.sub("", span.name.casefold()) or span.name


_Side = tuple[TraceTree, Sequence[Signature], list[int]]


def _look_through_wrappers(left: _Side, right: _Side) -> tuple[list[int], list[int]]:
    """The siblings of both sides, with wrappers that have no partner replaced by their children."""
    # Each round takes one layer off, and what comes to light on one side may be the partner that a
    # wrapper of the other side lacked: both are looked at again until neither changes.
    for _ in range(_MOST_WRAPPERS):
        left_known, right_known = _list_classes(left), _list_classes(right)
        left_rows, right_rows = _unwrap(left, right_known), _unwrap(right, left_known)
        if (left_rows, right_rows) == (left[2], right[2]):
            break
        left, right = (*left[:2], left_rows), (*right[:2], right_rows)
    return left[2], right[2]


def _list_classes(side: _Side) -> set[Signature]:
    _, signatures, rows = side
    return {_find_class(signatures[row]) for row in rows}


def _find_class(signature: Signature) -> Signature:
    kind, name = signature
    return (kind, "") if kind in _ALIKE_WITHOUT_NAME else (kind, name)


def _unwrap(side: _Side, known: set[Signature]) -> list[int]:
    tree, signatures, rows = side
    result: list[int] = []
    for row in rows:
        is_wrapper = signatures[row][0] in _WRAPPERS and tree.rows[row].child_count
        # Where the other side has nothing at all, the wrapper itself is what is missing there.
        if is_wrapper and known and _find_class(signatures[row]) not in known:
            result.extend(tree.child_indices(row))
        else:
            result.append(row)
    return result


def _pair_siblings(left: list[Signature], right: list[Signature]) -> Iterator[tuple[int, int]]:
    """Places of partners, in order."""
    # The table below prefers one side where several alignments are equally good. So that swapping
    # the sides gives the same, they are brought into an order that does not depend on it.
    if left > right:
        yield from ((mine, yours) for yours, mine in _pair_siblings(right, left))
        return
    # Most siblings are the same from both ends. Only what differs between goes into the table,
    # whose size is the product of both lengths.
    shortest = min(len(left), len(right))
    start = 0
    while start < shortest and left[start] == right[start]:
        yield start, start
        start += 1
    end = 0
    while end < shortest - start and left[-1 - end] == right[-1 - end]:
        end += 1
    middle = left[start : len(left) - end], right[start : len(right) - end]
    find = (
        _pair_by_table if len(middle[0]) * len(middle[1]) <= _MOST_CELLS else _pair_by_looking_ahead
    )
    for left_place, right_place in find(*middle):
        yield start + left_place, start + right_place
    for place in range(end, 0, -1):
        yield len(left) - place, len(right) - place


def _score_pair(left: Signature, right: Signature) -> int:
    if left == right:
        return _SAME
    return _ALIKE if left[0] == right[0] and left[0] in _ALIKE_WITHOUT_NAME else 0


def _pair_by_table(
    left: Sequence[Signature], right: Sequence[Signature]
) -> Iterator[tuple[int, int]]:
    """The best alignment: `best[i][j]` is the score of what is left from (i, j) on."""
    # From the end, so that the walk below goes forward and partners come out in order. Spans may go
    # without a partner at no cost: a retry on one side must not shift all that follow.
    best = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in range(len(left) - 1, -1, -1):
        row, below = best[i], best[i + 1]
        for j in range(len(right) - 1, -1, -1):
            score = _score_pair(left[i], right[j])
            paired = score + below[j + 1] if score else 0
            row[j] = max(paired, below[j], row[j + 1])
    i = j = 0
    while i < len(left) and j < len(right):
        score = _score_pair(left[i], right[j])
        if score and best[i][j] == score + best[i + 1][j + 1]:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1


def _pair_by_looking_ahead(
    left: Sequence[Signature], right: Sequence[Signature]
) -> Iterator[tuple[int, int]]:
    """A good alignment in little time: the next partner is the nearest one."""
    i = j = 0
    while i < len(left) and j < len(right):
        # By distance, so that as few as possible on either side are left out before the next pair.
        for distance in range(_LOOK_AHEAD):
            found = next(
                (
                    (i + ahead, j + distance - ahead)
                    for ahead in range(distance + 1)
                    if i + ahead < len(left)
                    and j + distance - ahead < len(right)
                    and _score_pair(left[i + ahead], right[j + distance - ahead])
                ),
                None,
            )
            if found is not None:
                yield found
                i, j = found[0] + 1, found[1] + 1
                break
        else:
            # Nothing near is alike. To look further at every span would take the square of them.
            i, j = i + _LOOK_AHEAD, j + _LOOK_AHEAD
