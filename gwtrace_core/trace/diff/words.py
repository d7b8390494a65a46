"""Changes between two traces in words. Pure."""

from __future__ import annotations

from collections.abc import Callable

from gwtrace_core.trace.diff.diff import Change
from gwtrace_core.values.text import MISSING, count_text


def delta_text(change: Change | None, text: Callable[[float], str]) -> str:
    """`+1.20 s`, `−120`; `n/a → 12` where one side has nothing; empty for no difference."""
    if change is None:
        return ""
    if change.delta is None:
        sides = (MISSING if side is None else text(side) for side in (change.left, change.right))
        return " → ".join(sides)
    return f"{'+' if change.delta > 0 else '−'}{text(abs(change.delta))}"


def whole_text(count: float) -> str:
    """A change's number of tokens, which is a float only by its type."""
    return count_text(int(count))
