"""Reads a CSV or JSONL of prompts. What cannot be used is refused with the line and the reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import PurePath

from gwtrace_core.batch.tables import PROMPT_NAMES, name_kind, read_csv, read_jsonl
from gwtrace_core.batch.values import BatchRow, Columns, PromptTable, Record
from gwtrace_core.lanes.input_checks import MAX_MESSAGE_CHARS, check_text
from gwtrace_core.values.errors import FileRefused, RequestRefused
from gwtrace_core.values.text import bytes_text, count_text

MAX_FILE_BYTES = 10_000_000

EXPECTED_NAMES = ("expected", "expected_answer", "answer", "expected_response")
SYSTEM_NAMES = ("system", "system_prompt")

_INVISIBLE = "\ufeff\u200b\u2060"
"""Marks that programs put at the beginning of a file."""
_JSONL_SUFFIXES = (".jsonl", ".ndjson")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UNSENDABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""What `check_text` changes; it looks at every character, which takes seconds for a large file."""
_SAVE_AS_UTF8 = "Save it as UTF-8 (in a spreadsheet: CSV UTF-8) and try again."


def read_table(name: str, data: bytes) -> PromptTable:
    """The file as a table. By its suffix JSONL or CSV, else by how it begins.

    Raises FileRefused: not UTF-8, too large, no rows, ragged, a header that names a column twice,
    broken quotes, broken JSON.
    """
    if len(data) > MAX_FILE_BYTES:
        raise FileRefused(
            f"The file {name!r} has {bytes_text(len(data))}; at most {bytes_text(MAX_FILE_BYTES)} "
            "can be read.",
            hint="Split it, or leave out columns that are not needed.",
        )
    text = _decode(data)
    suffix = PurePath(name).suffix.lower()
    is_jsonl = suffix in _JSONL_SUFFIXES or (suffix != ".csv" and text.lstrip().startswith("{"))
    table = read_jsonl(text) if is_jsonl else read_csv(text)
    if not table.records:
        raise FileRefused(
            f"The file {name!r} has no rows.",
            hint="A CSV needs a header and at least one row below it; a JSONL at least one line.",
        )
    return table


def guess_columns(table: PromptTable) -> Columns:
    """The columns by their names; the only column of a file holds the prompts whatever its name.

    `prompt` is None where nobody but the user can say which column that is.
    """
    prompt = _find_named(table.columns, PROMPT_NAMES)
    if prompt is None and len(table.columns) == 1:
        prompt = table.columns[0]
    return Columns(
        prompt=prompt,
        expected=_find_named(table.columns, EXPECTED_NAMES),
        system=_find_named(table.columns, SYSTEM_NAMES),
    )


def find_empty_lines(table: PromptTable, prompt: str) -> tuple[int, ...]:
    """The lines whose rows have no prompt."""
    return tuple(
        record.line for record in table.records if not _read_text(record, prompt, "prompt").strip()
    )


def make_rows(
    table: PromptTable, columns: Columns, *, skips_empty: bool = False
) -> tuple[BatchRow, ...]:
    """The prompts to send. `skips_empty` leaves out rows without one instead of refusing them.

    Raises FileRefused: no prompt column, a row without a prompt, a value that is not text, a text
    too long to send.
    """
    prompt = columns.prompt
    if prompt is None:
        raise FileRefused(
            "None of the file's columns is named like a prompt: "
            + ", ".join(repr(name) for name in table.columns)
            + ".",
            line=1,
            hint=f"Name one of them {PROMPT_NAMES[0]!r}, or choose the column.",
        )
    rows: list[BatchRow] = []
    for record in table.records:
        text = _read_text(record, prompt, "prompt")
        if not text.strip():
            if skips_empty:
                continue
            raise FileRefused(
                f"Line {record.line}: the row has no prompt in the column {prompt!r}.",
                line=record.line,
                hint="Fill it in, or skip the rows without a prompt.",
            )
        rows.append(
            BatchRow(
                number=len(rows) + 1,
                prompt=text,
                expected=_read_optional(record, columns.expected, "expected answer"),
                system=_read_optional(record, columns.system, "system prompt"),
            )
        )
    if not rows:
        raise FileRefused(f"Every row is empty in the column {prompt!r}.")
    return tuple(rows)


def _decode(data: bytes) -> str:
    if data.startswith(_UTF16_MARKS):
        raise FileRefused("The file is UTF-16, and not UTF-8.", line=1, hint=_SAVE_AS_UTF8)
    try:
        return data.decode("utf-8-sig").lstrip(_INVISIBLE)
    except UnicodeDecodeError as exc:
        # A BOM is not in `exc.object`, and there is no line in it.
        line = exc.object[: exc.start].count(b"\n") + 1
        byte = exc.object[exc.start]
        raise FileRefused(
            f"Line {line}: the byte 0x{byte:02x} is not UTF-8.", line=line, hint=_SAVE_AS_UTF8
        ) from exc


def _find_named(columns: Iterable[str], names: Iterable[str]) -> str | None:
    by_name = {column.casefold(): column for column in reversed(list(columns))}
    return next((by_name[name] for name in names if name in by_name), None)


def _read_optional(record: Record, column: str | None, what: str) -> str | None:
    text = "" if column is None else _read_text(record, column, what)
    return text if text.strip() else None


def _read_text(record: Record, column: str, what: str) -> str:
    """The value as a text that every SDK and MLflow can carry; empty where there is none."""
    value = record.values.get(column)
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        value = json.dumps(value)
    if not isinstance(value, str):
        raise FileRefused(
            f"Line {record.line}: the {what} in {column!r} is a JSON {name_kind(value)}, "
            "not a text.",
            line=record.line,
            hint="Put it into double quotes.",
        )
    if len(value) > MAX_MESSAGE_CHARS:
        raise FileRefused(
            f"Line {record.line}: the {what} has {count_text(len(value))} characters; at most "
            f"{count_text(MAX_MESSAGE_CHARS)} can be sent.",
            line=record.line,
        )
    if _UNSENDABLE.search(value) is None:
        return value
    try:
        return check_text(value).text
    except RequestRefused:
        return ""  # white space and control characters only
