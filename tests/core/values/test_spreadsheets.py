"""No spreadsheet runs what a model or a visitor wrote, and our own reader gets it back."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.batch.example import write_csv
from gwtrace_core.batch.reader import guess_columns, make_rows, read_table
from gwtrace_core.batch.values import BatchRow
from gwtrace_core.values.secret import MASK, Secret
from gwtrace_core.values.spreadsheets import guarded, unguarded
from pages.ui.compare.table import table_csv

BEGINNINGS = ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\ufeff=", "＝", "＋", "－", "＠", "'="]
KEY = "pylf_v1_canary_0123456789"


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_what_a_spreadsheet_may_run_is_marked_as_text(beginning: str) -> None:
    text = f"{beginning}cmd|' /C calc'!A1"
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "plain", "a=b", "'quoted'", "-1.5", "+3", "-1,234.5e-3", "-5%"]
)
def test_words_and_numbers_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text


@given(text=st.lists(st.sampled_from([*BEGINNINGS, "'", "1", "a", " "])).map("".join) | st.text())
def test_what_was_guarded_is_read_back_as_it_was(text: str) -> None:
    assert unguarded(guarded(text)) == text


def test_our_own_file_of_prompts_is_guarded_and_read_back() -> None:
    rows = tuple(
        BatchRow(number=number, prompt=f"{beginning}1+1", expected="-1.5", system="-a list")
        for number, beginning in enumerate(["=", "＝", "'=", "-", "@"], 1)
    )
    written = write_csv(rows)
    cells = list(csv.reader(io.StringIO(written, newline="")))[1:]
    assert [row[0][0] for row in cells] == ["'"] * len(rows)
    assert {(row[1], row[2]) for row in cells} == {("-1.5", "'-a list")}
    table = read_table("own.csv", written.encode())
    assert make_rows(table, guess_columns(table)) == rows


def test_a_table_is_guarded_in_its_cells_and_its_header_and_holds_no_key() -> None:
    frame = pd.DataFrame(
        [
            {"turn": 1, "=scorer": "\t=1+1", "cost": -1.5, "answer": f"It is {KEY}"},
            {"turn": 2, "=scorer": "plain", "cost": 2.0, "answer": KEY.encode().hex()},
        ]
    )
    assert table_csv(frame, [Secret(KEY)]) == (
        f"turn,'=scorer,cost,answer\n1,'\t=1+1,-1.5,It is {MASK}\n2,plain,2.0,{MASK}\n"
    )
