"""A key that cannot be printed by accident."""

from __future__ import annotations

from typing import final

MASK = "••••"
SHORTEST_SECRET_CHARS = 8
"""Shorter values are not taken for keys: masking them would tear holes into ordinary words."""


@final
class Secret:
    """Wraps a key so that `repr`, `str`, f-strings and logging show a mask.

    `reveal()` is the only way out; only the modules that build an SDK client call it. Pickling is
    refused, so that no cache or session store can write the value to disk.
    """

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("A Secret is not pickled: it must not reach a disk.")
