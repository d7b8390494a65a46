"""Reads a CSV or JSONL of prompts. What cannot be used is refused with the line and the reason."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any, cast

from gwtrace_core.batch.values import BatchRow, Columns, PromptTable, Record
from gwtrace_core.errors import FileRefused, RequestRefused
from gwtrace_core.format import bytes_text, count_text, plural
from gwtrace_core.user_input import MAX_MESSAGE_CHARS, check_text

MAX_FILE_BYTES = 10_000_000
MAX_ROWS = 10_000

PROMPT_NAMES = ("prompt", "question", "input", "text")
EXPECTED_NAMES = ("expected", "expected_answer", "answer", "expected_response")
SYSTEM_NAMES = ("system", "system_prompt")

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
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
    text = _decoded(data)
    suffix = PurePath(name).suffix.lower()
    is_jsonl = suffix in _JSONL_SUFFIXES or (suffix != ".csv" and text.lstrip().startswith("{"))
    table = _read_jsonl(text) if is_jsonl else _read_csv(text)
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
    prompt = _named(table.columns, PROMPT_NAMES)
    if prompt is None and len(table.columns) == 1:
        prompt = table.columns[0]
    return Columns(
        prompt=prompt,
        expected=_named(table.columns, EXPECTED_NAMES),
        system=_named(table.columns, SYSTEM_NAMES),
    )


def empty_lines(table: PromptTable, prompt: str) -> tuple[int, ...]:
    """The lines whose rows have no prompt."""
    return tuple(
        record.line for record in table.records if not _text(record, prompt, "prompt").strip()
    )


def rows_of(
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
        text = _text(record, prompt, "prompt")
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
                expected=_optional(record, columns.expected, "expected answer"),
                system=_optional(record, columns.system, "system prompt"),
            )
        )
    if not rows:
        raise FileRefused(f"Every row is empty in the column {prompt!r}.")
    return tuple(rows)


def _decoded(data: bytes) -> str:
    if data.startswith(_UTF16_MARKS):
        raise FileRefused("The file is UTF-16, and not UTF-8.", line=1, hint=_SAVE_AS_UTF8)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        # A BOM is not in `exc.object`, and there is no line in it.
        line = exc.object[: exc.start].count(b"\n") + 1
        byte = exc.object[exc.start]
        raise FileRefused(
            f"Line {line}: the byte 0x{byte:02x} is not UTF-8.", line=line, hint=_SAVE_AS_UTF8
        ) from exc


def _read_csv(text: str) -> PromptTable:
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: tuple[str, ...] | None = None
    records: list[Record] = []
    line = 1
    try:
        for values in reader:
            begins, line = line, reader.line_num + 1
            if not values:
                continue
            if columns is None:
                columns = _header(values, begins)
                continue
            if len(values) != len(columns):
                raise FileRefused(
                    f"Line {begins}: {plural(len(values), 'value')} in a row, but "
                    f"{plural(len(columns), 'column')} in the header.",
                    line=begins,
                    hint='Put a text that contains the separator into double quotes ("…").',
                )
            records.append(Record(line=begins, values=dict(zip(columns, values, strict=True))))
            _check_count(records)
    except csv.Error as exc:
        raise FileRefused(
            f"Line {line}: the row that begins here cannot be read as CSV ({exc}).",
            line=line,
            hint='Close every double quote; inside a quoted text write it twice ("").',
        ) from exc
    return PromptTable(
        columns=columns or (),
        records=tuple(records),
        format=f"CSV, separated by {_DELIMITERS[delimiter]}",
    )


def _delimiter(text: str) -> str:
    """The one that makes most of the header; a comma where none does."""

    def columns(delimiter: str) -> int:
        lines = io.StringIO(text.lstrip("\r\n"), newline="")
        try:
            for header in csv.reader(lines, delimiter=delimiter, strict=True):
                return len(header)
        except csv.Error:
            return 0
        return 0

    return max(_DELIMITERS, key=columns)


def _header(values: Sequence[str], line: int) -> tuple[str, ...]:
    names = tuple(value.strip() for value in values)
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise FileRefused(
                f"Line {line}: the header names the column {name!r} twice.",
                line=line,
                hint="Give every column a name of its own; upper and lower case are the same.",
            )
        seen.add(name.casefold())
    return names


def _read_jsonl(text: str) -> PromptTable:
    records: list[Record] = []
    columns: dict[str, None] = {}
    # Not splitlines: JSON texts may hold other line separators as they are.
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        values = _json_object(content, line)
        records.append(Record(line=line, values=values))
        columns.update(dict.fromkeys(values))
        _check_count(records)
    return PromptTable(columns=tuple(columns), records=tuple(records), format="JSONL")


def _json_object(content: str, line: int) -> dict[str, object]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise FileRefused(f"Line {line}: the object names {twice!r} twice.", line=line)
        return values

    try:
        value = json.loads(content, object_pairs_hook=unique)
    except json.JSONDecodeError as exc:
        raise FileRefused(
            f"Line {line}, column {exc.colno}: not JSON ({exc.msg}).",
            line=line,
            hint='Each line must be one object, such as {"prompt": "…", "expected": "…"}.',
        ) from exc
    except (RecursionError, ValueError) as exc:
        # Nested too deeply, or a number with thousands of digits.
        raise FileRefused(f"Line {line}: the JSON is too large to read.", line=line) from exc
    if not isinstance(value, dict):
        raise FileRefused(
            f"Line {line}: a JSON {_kind(value)} where an object is needed.",
            line=line,
            hint='Each line must be one object, such as {"prompt": "…", "expected": "…"}.',
        )
    return cast("dict[str, object]", value)


def _check_count(records: Sequence[Record]) -> None:
    if len(records) > MAX_ROWS:
        line = records[-1].line
        raise FileRefused(
            f"Line {line}: the file has more than {count_text(MAX_ROWS)} rows.",
            line=line,
            hint="Split it into several files.",
        )


def _named(columns: Iterable[str], names: Iterable[str]) -> str | None:
    by_name = {column.casefold(): column for column in reversed(list(columns))}
    return next((by_name[name] for name in names if name in by_name), None)


def _optional(record: Record, column: str | None, what: str) -> str | None:
    text = "" if column is None else _text(record, column, what)
    return text if text.strip() else None


def _text(record: Record, column: str, what: str) -> str:
    """The value as a text that every SDK and MLflow can carry; empty where there is none."""
    value = record.values.get(column)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FileRefused(
            f"Line {record.line}: the {what} in {column!r} is a JSON {_kind(value)}, not a text.",
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


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "list"
        case _:
            return "object"
