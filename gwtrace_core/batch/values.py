"""A file of prompts as values: what was read, which columns count, and the rows made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gwtrace_core.values.request import Lane

MAX_ROWS = 10_000
"""Of a file of prompts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of a file as it stands there."""

    line: int
    """Where it begins, from 1; a row may go on over several lines."""
    values: Mapping[str, object]
    """By column; of a CSV they are texts. A JSON line may lack a column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTable:
    """A file that could be read."""

    columns: tuple[str, ...]
    records: tuple[Record, ...]
    format: str
    """In words: `CSV, separated by commas`, `JSONL`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds what; None for what the file does not have."""

    prompt: str | None
    expected: str | None = None
    system: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One prompt to send to every lane."""

    number: int
    """From 1 without a gap: header, blank lines and rows that are skipped do not count."""
    prompt: str
    expected: str | None = None
    """The answer that is expected, where the file has one."""
    system: str | None = None
    """Replaces the lanes' system prompt; None leaves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLane:
    """A lane of the comparison."""

    lane_id: str
    name: str
    lane: Lane
