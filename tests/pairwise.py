"""A rule that is proven in full in one place is proven pair by pair in the others."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from itertools import combinations
from typing import TypeVar

_Row = TypeVar("_Row")


def pairwise(rows: Iterable[_Row], *values: Callable[[_Row], Hashable]) -> list[_Row]:
    """As few of the rows as hold each pair of values that stands in one of them.

    `values` read a row: with a path, a provider and a fault, each fault is met by every path and
    with every provider, but not by every path with every provider.
    """
    left = list(rows)

    def pairs(row: _Row) -> set[tuple[int, Hashable, int, Hashable]]:
        found = [(place, read(row)) for place, read in enumerate(values)]
        return {(*one, *other) for one, other in combinations(found, 2)}

    wanted = set[tuple[int, Hashable, int, Hashable]]().union(*map(pairs, left))
    chosen: list[_Row] = []
    while wanted:
        best = max(left, key=lambda row: len(pairs(row) & wanted))
        wanted -= pairs(best)
        chosen.append(best)
    return chosen
