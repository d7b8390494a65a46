"""A key that cannot be printed by accident."""

from __future__ import annotations

from typing import final

MASK = "••••"
SHORTEST_SECRET_CHARS = 8
"""Shorter values are not taken for keys: masking them would tear holes into ordinary words."""
_LONGEST_WORD_CHARS = 16


_PLACEHOLDERS = frozenset(
    {"dummy-key", "lm-studio", "no-key", "no-key-required", "not-needed", "sk-no-key-required"}
)
"""What people write where a server of their own wants no key."""


def is_maskable(value: str) -> bool:
    """Whether `value` can be looked for in a text: it is no word that others use as well."""
    if len(value) < SHORTEST_SECRET_CHARS or value in _PLACEHOLDERS:
        return False
    # `postgres`, `anything`, `changeme`
    return not (value.isalpha() and value.islower() and len(value) < _LONGEST_WORD_CHARS)


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
