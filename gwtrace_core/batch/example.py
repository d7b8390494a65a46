"""A small file to begin with, and the two forms in which a file of prompts can be written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

from gwtrace_core.batch.values import BatchRow
from gwtrace_core.values.spreadsheets import guarded

EXAMPLE_NAME = "gwtrace_example.csv"

EXAMPLE_ROWS = (
    BatchRow(number=1, prompt="What is 17.5% of 2,480?", expected="434"),
    BatchRow(number=2, prompt="How many miles are 42 kilometres?", expected="26.097"),
    BatchRow(
        number=3,
        prompt="A bat and a ball cost 1.10 together. The bat costs 1.00 more than the ball. "
        "What does the ball cost?",
        expected="0.05",
    ),
    BatchRow(
        number=4,
        prompt="How does a gateway stream a model's answer?",
        system="Answer in one sentence.",
    ),
    BatchRow(number=5, prompt="Write a Python function that reverses a string.", expected="def "),
    BatchRow(number=6, prompt="What is the square root of 1,764?", expected="42"),
)

_COLUMNS = ("prompt", "expected", "system")


def write_csv(rows: Iterable[BatchRow]) -> str:
    """The rows as a CSV that `reader` reads."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow(map(guarded, (row.prompt, row.expected or "", row.system or "")))
    return written.getvalue()


def write_jsonl(rows: Iterable[BatchRow]) -> str:
    """The rows as a JSONL that `reader` reads: one object a line, without what a row lacks."""
    lines = (
        {
            name: value
            for name, value in zip(_COLUMNS, (row.prompt, row.expected, row.system), strict=True)
            if value is not None
        }
        for row in rows
    )
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
