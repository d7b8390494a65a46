"""MLflow's evaluation datasets as values, and their records as questions to ask. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gwtrace_core.batch.values import BatchRow
from gwtrace_core.evaluation.subjects import EXPECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSummary:
    """A dataset as a list shows it."""

    dataset_id: str
    name: str
    created_ms: int
    changed_ms: int
    """Milliseconds since the Unix epoch."""
    record_count: int | None = None
    """None where MLflow does not say."""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRow:
    """One record of a dataset."""

    record_id: str
    question: str
    """Empty where the record's inputs hold no text that could be asked."""
    expected: str | None = None
    expectations: Mapping[str, Any] = field(default_factory=dict[str, Any])
    inputs: Any = None
    trace_id: str | None = None
    """The trace that it was made from."""


def read_expected(expectations: Mapping[str, Any]) -> str | None:
    """The expected answer among a record's expectations; a structured one as JSON."""
    value = expectations.get(EXPECTED)
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def make_batch_rows(rows: Iterable[DatasetRow]) -> tuple[BatchRow, ...]:
    """The records that hold a question, as prompts for the lanes of a comparison."""
    asked = (row for row in rows if row.question.strip())
    return tuple(
        BatchRow(number=number, prompt=row.question, expected=row.expected)
        for number, row in enumerate(asked, start=1)
    )
