"""Files of prompts: what is read as what, and what is refused with which line and reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.batch.example import EXAMPLE_NAME, EXAMPLE_ROWS, write_csv, write_jsonl
from gwtrace_core.batch.reader import (
    MAX_FILE_BYTES,
    find_empty_lines,
    guess_columns,
    make_rows,
    read_table,
)
from gwtrace_core.batch.values import MAX_ROWS, BatchRow, Columns
from gwtrace_core.lanes.input_checks import MAX_MESSAGE_CHARS, check_text
from gwtrace_core.values.errors import FileRefused
from tests.cases import case
from tests.unclean import any_json, any_text, unclean_in


def rows(name: str, data: bytes | str, **options: bool) -> tuple[BatchRow, ...]:
    table = read_table(name, data.encode() if isinstance(data, str) else data)
    return make_rows(table, guess_columns(table), **options)


def refusal(name: str, data: bytes | str) -> tuple[int | None, str]:
    with pytest.raises(FileRefused) as caught:
        rows(name, data)
    return caught.value.line, caught.value.message


HI = (BatchRow(number=1, prompt="Hi, you", expected="Hello", system="Be kind."),)


@pytest.mark.parametrize(
    "text",
    [
        'prompt,expected,system\n"Hi, you",Hello,Be kind.\n',
        "prompt;expected;system\nHi, you;Hello;Be kind.\n",
        "prompt\texpected\tsystem\nHi, you\tHello\tBe kind.\n",
        'Prompt,EXPECTED,System\r\n"Hi, you",Hello,Be kind.\r\n',
        '\ufeffprompt,expected,system\n"Hi, you",Hello,Be kind.',
        'id,system_prompt,answer,question\n7,Be kind.,Hello,"Hi, you"\n',
        'expected_response,input,system\n\nHello,"Hi, you",Be kind.\n\n',
        ' prompt , expected , system \n"Hi, you",Hello,Be kind.\n',
    ],
)
def test_a_csv_is_read_whatever_its_separator_order_and_case(text: str) -> None:
    assert rows("a.csv", text) == HI


@pytest.mark.parametrize(
    "text",
    [
        '{"prompt": "Hi, you", "expected": "Hello", "system": "Be kind."}\n',
        '\n{"id": 7, "text": "Hi, you", "expected_answer": "Hello", "SYSTEM": "Be kind."}\r\n\n',
    ],
)
def test_a_jsonl_is_read_by_its_names(text: str) -> None:
    assert rows("a.jsonl", text) == HI
    assert rows("without a suffix", text) == HI


HI_THERE = (BatchRow(number=1, prompt="Hi", expected="there"),)


@pytest.mark.parametrize("name", ["sep-line.csv", "trailing-columns.csv", "zero-width.csv"])
def test_a_csv_is_read_as_spreadsheets_and_other_programs_write_it(name: str) -> None:
    assert rows(name, case("batch-files", name).read_bytes()) == HI_THERE


def test_a_number_in_a_jsonl_is_a_text() -> None:
    found = rows("number.jsonl", case("batch-files", "number.jsonl").read_bytes())
    assert found == (BatchRow(number=1, prompt="2+2", expected="4"),)


@pytest.mark.parametrize(
    "text",
    [
        'sep=|\nprompt|expected\n"Hi"|there\n',
        '"sep=,"\r\nprompt,expected\r\nHi,there\r\n',
        "SEP=\t\nprompt\texpected\nHi\tthere\n",
        ",,,\n,prompt,expected,\n,Hi,there,\n,,,\n",
        "prompt,expected,\nHi,there\n",
        "prompt,expected\nHi,there,,\n",
        "\ufeff\ufeffprompt,expected\nHi,there\n",
        'prompt\u00a0,"\u200eexpected\u200f"\nHi,there\n',
        '\u200b"prompt","expected"\n"Hi","there"\n',
        "p\u00adrompt,expected\u2060\nHi,there\n",
    ],
)
def test_what_nobody_sees_in_a_csv_makes_no_difference(text: str) -> None:
    assert rows("a.csv", text) == HI_THERE


def test_a_column_without_a_name_is_kept_when_it_holds_something() -> None:
    # pandas writes its index so.
    table = read_table("a.csv", b",prompt,,column 3\n0,Hi,,x\n1,Ho,more,\n")
    assert table.columns == ("column 1", "prompt", "column 3'", "column 3")
    assert [dict(record.values)["column 3'"] for record in table.records] == ["", "more"]
    assert [row.prompt for row in make_rows(table, guess_columns(table))] == ["Hi", "Ho"]


def test_a_line_that_says_the_separator_counts_as_a_line() -> None:
    text = "sep=;\nprompt;expected\nHi;there\nHo\n"
    assert refusal("a.csv", text) == (4, "Line 4: 1 value in a row, but 2 columns in the header.")


@pytest.mark.parametrize(
    ("value", "text"),
    [("4", "4"), ("4.5", "4.5"), ("true", "true"), ("-1e3", "-1000.0"), ("null", None)],
)
def test_numbers_and_booleans_of_a_jsonl_are_texts(value: str, text: str | None) -> None:
    found = rows("a.jsonl", f'{{"prompt": 7, "expected": {value}, "system": false}}\n')
    assert found == (BatchRow(number=1, prompt="7", expected=text, system="false"),)


def test_names_of_a_jsonl_that_look_alike_are_refused() -> None:
    text = '{"prompt": "a", "prompt\\u200b": "b"}\n'
    assert refusal("a.jsonl", text) == (1, "Line 1: the object names 'prompt' twice.")


def test_mlflows_own_form_of_a_dataset_is_read() -> None:
    said = {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "Hi"}]}
    lines = [
        {"inputs": {"question": "2+2"}, "expectations": {"expected_response": 4}, "tags": {}},
        {"inputs": said, "expectations": {"expected_response": ["a"], "expected_facts": ["b"]}},
        {"inputs": {"rows": [1]}, "expectations": None},
    ]
    text = "\n".join(map(json.dumps, lines))
    table = read_table("a.jsonl", text.encode())
    assert table.format == "JSONL, MLflow's form of datasets"
    assert find_empty_lines(table, "prompt") == (3,)
    assert rows("a.jsonl", text, skips_empty=True) == (
        BatchRow(number=1, prompt="2+2", expected="4"),
        BatchRow(number=2, prompt="Hi", expected='["a"]'),
    )


@given(st.sampled_from(["a.csv", "a.jsonl"]), any_text, any_json)
def test_no_unclean_text_comes_out_of_a_file(name: str, column: str, value: Any) -> None:
    line = json.dumps({column: value, "prompt": "a", "inputs": {"question": value}})
    lines = line if name == "a.jsonl" else f"prompt\n{line}"
    try:
        table = read_table(name, lines.encode())
    except FileRefused as refused:
        assert unclean_in(refused.message) == []
    else:
        assert unclean_in(table) == []


def test_a_name_that_says_more_goes_before_one_that_says_less() -> None:
    assert rows("a.csv", "text,question,prompt\nc,b,a\n")[0].prompt == "a"


def test_an_only_column_holds_the_prompts_whatever_its_name() -> None:
    assert rows("a.csv", "Frage\nHallo\n") == (BatchRow(number=1, prompt="Hallo"),)


def test_columns_without_a_known_name_are_for_the_user_to_choose() -> None:
    table = read_table("a.csv", b"id,Frage\n1,Hallo\n")
    assert guess_columns(table) == Columns(prompt=None)
    with pytest.raises(FileRefused, match="None of the file's columns is named like a prompt"):
        make_rows(table, guess_columns(table))
    assert make_rows(table, Columns(prompt="Frage")) == (BatchRow(number=1, prompt="Hallo"),)


def test_a_quoted_text_may_go_over_lines_and_the_next_row_knows_its_own() -> None:
    table = read_table("a.csv", b'prompt,expected\n"one\ntwo\n""three""",x\nnext,y\n')
    assert [(record.line, record.values["prompt"]) for record in table.records] == [
        (2, 'one\ntwo\n"three"'),
        (5, "next"),
    ]


def test_an_empty_expected_answer_or_system_prompt_is_none() -> None:
    assert rows("a.csv", 'prompt,expected,system\na,,"  "\n') == (BatchRow(number=1, prompt="a"),)
    assert rows("a.jsonl", '{"prompt": "a", "expected": null}') == (BatchRow(number=1, prompt="a"),)


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        ("", None, "The file 'a.csv' has no rows."),
        ("prompt\n", None, "The file 'a.csv' has no rows."),
        ("prompt,expected\na,b\nc\n", 3, "Line 3: 1 value in a row, but 2 columns in the header."),
        ("prompt\n\nYes, no\n", 3, "Line 3: 2 values in a row, but 1 column in the header."),
        ("prompt,x,Prompt\na,b,c\n", 1, "Line 1: the header names the column 'Prompt' twice."),
        (
            "prompt,expected\na,b\n  ,c\n",
            3,
            "Line 3: the row has no prompt in the column 'prompt'.",
        ),
        (
            'prompt\nfine\n"never closed\nmore\n',
            3,
            "Line 3: the row that begins here cannot be read as CSV (unexpected end of data).",
        ),
        (
            'prompt\n"a" b\n',
            2,
            "Line 2: the row that begins here cannot be read as CSV (',' expected after '\"').",
        ),
        (b"prompt\nfine\ncaf\xe9\n", 3, "Line 3: the byte 0xe9 is not UTF-8."),
        ("prompt\n".encode("utf-16"), 1, "The file is UTF-16, and not UTF-8."),
    ],
)
def test_a_broken_csv_is_refused_with_its_line(data: bytes | str, line: int, message: str) -> None:
    assert refusal("a.csv", data) == (line, message)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("\n\n", None, "The file 'a.jsonl' has no rows."),
        (
            '{"prompt": "a"}\n{"prompt": b}\n',
            2,
            "Line 2, column 12: not JSON (Expecting value).",
        ),
        ('["a"]\n', 1, "Line 1: a JSON list where an object is needed."),
        ('{"prompt": "a"}\n"b"\n', 2, "Line 2: a JSON text where an object is needed."),
        ('{"prompt": {}}\n', 1, "Line 1: the prompt in 'prompt' is a JSON object, not a text."),
        (
            '{"prompt": "a", "expected": ["b"]}\n',
            1,
            "Line 1: the expected answer in 'expected' is a JSON list, not a text.",
        ),
        (
            '{"prompt": "a", "system": []}\n',
            1,
            "Line 1: the system prompt in 'system' is a JSON list, not a text.",
        ),
        ('{"prompt": "a", "prompt": "b"}\n', 1, "Line 1: the object names 'prompt' twice."),
        (
            '{"prompt": "a"}\n\n{"expected": "b"}\n',
            3,
            "Line 3: the row has no prompt in the column 'prompt'.",
        ),
        ("[" * 100_000, 1, "Line 1: the JSON is too large to read."),
        (f'{{"n": {"1" * 5_000}}}', 1, "Line 1: the JSON is too large to read."),
    ],
)
def test_a_broken_jsonl_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    assert refusal("a.jsonl", text) == (line, message)


def test_the_limits_are_named() -> None:
    assert refusal("big.csv", b"x" * (MAX_FILE_BYTES + 1)) == (
        None,
        "The file 'big.csv' has 10.0 MB; at most 10.0 MB can be read.",
    )
    many = "prompt\n" + "a\n" * MAX_ROWS
    assert len(rows("many.csv", many)) == MAX_ROWS
    assert refusal("many.csv", many + "a\n") == (
        MAX_ROWS + 2,
        f"Line {MAX_ROWS + 2}: the file has more than 10,000 rows.",
    )
    assert refusal("long.jsonl", json.dumps({"prompt": "a" * (MAX_MESSAGE_CHARS + 1)})) == (
        1,
        "Line 1: the prompt has 100,001 characters; at most 100,000 can be sent.",
    )


def test_rows_without_a_prompt_are_named_and_can_be_skipped() -> None:
    table = read_table("a.csv", b"prompt,expected\n,x\na,y\n \x07 ,z\nb,\n")
    assert find_empty_lines(table, "prompt") == (2, 4)
    # Numbered without a gap: the first row of a batch stands for it in lists.
    assert make_rows(table, guess_columns(table), skips_empty=True) == (
        BatchRow(number=1, prompt="a", expected="y"),
        BatchRow(number=2, prompt="b"),
    )


def test_a_file_whose_every_row_is_empty_is_refused_even_when_they_are_skipped() -> None:
    table = read_table("a.csv", b"prompt,expected\n,x\n")
    with pytest.raises(FileRefused, match="Every row is empty in the column 'prompt'"):
        make_rows(table, guess_columns(table), skips_empty=True)


def test_what_no_sdk_can_send_is_cleaned() -> None:
    (row,) = rows("a.jsonl", '{"prompt": "a\\u0007b\\ud800", "expected": "x\\r\\ny"}')
    assert (row.prompt, row.expected) == ("ab\N{REPLACEMENT CHARACTER}", "x\ny")


# What `check_text` would change is not a matter of reading: control characters and line ends.
_CHARACTERS = st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from("\n\t,;\"'{}")
_TEXT = st.text(_CHARACTERS, min_size=1, max_size=60).filter(str.strip)
_ROWS = st.lists(
    st.builds(
        BatchRow,
        number=st.just(0),
        prompt=_TEXT,
        expected=st.none() | _TEXT,
        system=st.none() | _TEXT,
    ),
    min_size=1,
    max_size=8,
).map(
    lambda found: tuple(
        BatchRow(number=number, prompt=row.prompt, expected=row.expected, system=row.system)
        for number, row in enumerate(found, 1)
    )
)


@given(_ROWS)
def test_what_is_written_as_csv_is_read_again(written: tuple[BatchRow, ...]) -> None:
    assert rows("a.csv", write_csv(written)) == written
    assert rows("a.csv", "\ufeff" + write_csv(written)) == written


@given(_ROWS)
def test_what_is_written_as_jsonl_is_read_again(written: tuple[BatchRow, ...]) -> None:
    assert rows("a.jsonl", write_jsonl(written)) == written


@given(st.sampled_from(["a.csv", "a.jsonl", "a"]), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(name: str, data: bytes) -> None:
    try:
        rows(name, data)
    except FileRefused as refused:
        assert refused.message


@given(st.sampled_from(["a.csv", "a.jsonl"]), st.text(max_size=200))
def test_any_text_is_read_or_refused(name: str, text: str) -> None:
    try:
        rows(name, text.encode("utf-8", errors="replace"))
    except FileRefused as refused:
        assert refused.message


def test_the_example_is_what_both_forms_of_it_hold() -> None:
    assert rows(EXAMPLE_NAME, write_csv(EXAMPLE_ROWS)) == EXAMPLE_ROWS
    assert rows("example.jsonl", write_jsonl(EXAMPLE_ROWS)) == EXAMPLE_ROWS


@given(st.text(min_size=1, max_size=60))
def test_a_text_is_cleaned_exactly_as_a_typed_one_is(text: str) -> None:
    (row,) = rows("a.jsonl", json.dumps({"prompt": f"a{text}"}))
    assert row.prompt == check_text(f"a{text}").text


@pytest.mark.parametrize("code", [*range(0xA0), 0xD7FF, 0xD800, 0xDFFF, 0xE000])
def test_no_character_that_needs_cleaning_is_overlooked(code: int) -> None:
    (row,) = rows("a.jsonl", json.dumps({"prompt": f"a{chr(code)}b"}))
    assert row.prompt == check_text(f"a{chr(code)}b").text
