"""The text of a CSV or of a JSONL as a table, as spreadsheets and other programs write them."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from gwtrace_core.batch.values import MAX_ROWS, PromptTable, Record
from gwtrace_core.trace.messages.parts import as_mapping
from gwtrace_core.trace.messages.question import question_in
from gwtrace_core.values.errors import FileRefused
from gwtrace_core.values.spreadsheets import unguarded
from gwtrace_core.values.text import count_text, plural
from gwtrace_core.values.unicode_text import clean_json, clean_text

PROMPT_NAMES = ("prompt", "question", "input", "text")

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_SEPARATOR_LINE = re.compile(
    r'"?sep=(?P<separator>[^\r\n"\w])"?[^\S\r\n]*(?:\r\n|\r|\n)', re.IGNORECASE
)
_INPUTS = "inputs"
"""What MLflow's datasets call what is put in; `expectations` beside it."""


def read_csv(text: str) -> PromptTable:
    """The rows below a header. Raises FileRefused."""
    # Some programs write what separates the values into a line of its own, for spreadsheets.
    said = _SEPARATOR_LINE.match(text)
    delimiter = said["separator"] if said is not None else _find_delimiter(text)
    above = 0 if said is None else 1
    rest = text if said is None else text[said.end() :]
    reader = csv.reader(io.StringIO(rest, newline=""), delimiter=delimiter, strict=True)
    columns: tuple[str, ...] | None = None
    rows: list[tuple[int, list[str]]] = []
    line = 1 + above
    try:
        for cells in reader:
            values = [*map(unguarded, cells)]
            begins, line = line, reader.line_num + 1 + above
            # Spreadsheets go on with rows of nothing but separators.
            if len(values) != 1 and not any(value.strip() for value in values):
                continue
            if columns is None:
                columns = _read_header(values, begins)
            else:
                rows.append((begins, _fit_row(values, columns, begins)))
                _check_count(len(rows), begins)
    except csv.Error as exc:
        raise FileRefused(
            f"Line {line}: the row that begins here cannot be read as CSV ({exc}).",
            line=line,
            hint='Close every double quote; inside a quoted text write it twice ("").',
        ) from exc
    columns = columns or ()
    named = [place for place, name in enumerate(columns) if name or _is_used(rows, place)]
    names = {place: columns[place] or _name_for(place, columns) for place in named}
    return PromptTable(
        columns=tuple(names.values()),
        records=tuple(
            Record(line=line, values={name: row[place] for place, name in names.items()})
            for line, row in rows
        ),
        format=f"CSV, separated by {_DELIMITERS.get(delimiter, repr(delimiter))}",
    )


def _name_for(place: int, taken: Sequence[str]) -> str:
    name = f"column {place + 1}"
    while name.casefold() in map(str.casefold, taken):
        name += "'"
    return name


def _is_used(rows: Sequence[tuple[int, Sequence[str]]], place: int) -> bool:
    return any(row[place].strip() for _, row in rows)


def _fit_row(values: list[str], columns: Sequence[str], line: int) -> list[str]:
    """As many values as there are columns. Spreadsheets write empty ones at the end of rows, or
    leave them out, as they please."""
    wanted = len(columns)
    spare = len(values) - wanted
    if spare > 0 and not any(value.strip() for value in values[wanted:]):
        return values[:wanted]
    if spare < 0 and not any(columns[spare:]):
        return values + [""] * -spare
    if spare:
        raise FileRefused(
            f"Line {line}: {plural(len(values), 'value')} in a row, but "
            f"{plural(wanted, 'column')} in the header.",
            line=line,
            hint='Put a text that contains the separator into double quotes ("…").',
        )
    return values


def _find_delimiter(text: str) -> str:
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


def _read_header(values: Sequence[str], line: int) -> tuple[str, ...]:
    names = tuple(map(_clean_column_name, values))
    seen: set[str] = set()
    for name in filter(None, names):
        if name.casefold() in seen:
            raise FileRefused(
                f"Line {line}: the header names the column {name!r} twice.",
                line=line,
                hint="Give every column a name of its own; upper and lower case are the same.",
            )
        seen.add(name.casefold())
    return names


def _clean_column_name(text: str) -> str:
    """Without what nobody sees: spaces around it, characters of no width, half characters."""
    seen = (each for each in clean_text(text) if unicodedata.category(each) not in ("Cf", "Cc"))
    return " ".join("".join(seen).split())


def read_jsonl(text: str) -> PromptTable:
    """An object a line. Raises FileRefused."""
    records: list[Record] = []
    columns: dict[str, None] = {}
    # Not splitlines: JSON texts may hold other line separators as they are.
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        values = _read_object(content, line)
        records.append(Record(line=line, values=values))
        columns.update(dict.fromkeys(values))
        _check_count(len(records), line)
    table = PromptTable(columns=tuple(columns), records=tuple(records), format="JSONL")
    is_dataset = _INPUTS in columns and not any(name.casefold() in PROMPT_NAMES for name in columns)
    return _read_dataset(table) if is_dataset else table


def _read_dataset(table: PromptTable) -> PromptTable:
    """The questions and expected answers of a dataset as MLflow writes it."""
    return PromptTable(
        columns=("prompt", "expected"),
        records=tuple(
            Record(
                line=record.line,
                values={
                    "prompt": question_in(record.values.get(_INPUTS)),
                    "expected": _read_expected(record.values.get("expectations")),
                },
            )
            for record in table.records
        ),
        format="JSONL, MLflow's form of datasets",
    )


def _read_expected(expectations: object) -> object:
    """The answer that is expected; a structured one as JSON."""
    answer = as_mapping(expectations).get("expected_response")
    return json.dumps(answer, ensure_ascii=False) if isinstance(answer, list | dict) else answer


def _read_object(content: str, line: int) -> dict[str, object]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [_clean_column_name(name) for name, _ in pairs]
        values = {name: value for name, (_, value) in zip(names, pairs, strict=True)}
        if len(values) < len(pairs):
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
            f"Line {line}: a JSON {name_kind(value)} where an object is needed.",
            line=line,
            hint='Each line must be one object, such as {"prompt": "…", "expected": "…"}.',
        )
    return clean_json(value)


def _check_count(count: int, line: int) -> None:
    if count > MAX_ROWS:
        raise FileRefused(
            f"Line {line}: the file has more than {count_text(MAX_ROWS)} rows.",
            line=line,
            hint="Split it into several files.",
        )


def name_kind(value: object) -> str:
    """What JSON calls such a value, in words."""
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
