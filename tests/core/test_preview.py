from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.trace.preview import preview_text


@given(st.text())
def test_a_recorded_text_is_read_without_its_quotes(text: str) -> None:
    assert preview_text(json.dumps(text)) == text


@pytest.mark.parametrize(
    ("preview", "shown"),
    [
        ('{"city": "Rome"}', '{"city": "Rome"}'),
        ("plain", "plain"),
        ('"cut off in the mid', "cut off in the mid"),
        ('"said" she', '"said" she'),
        ('"', ""),
        ("", ""),
    ],
)
def test_what_is_no_quoted_text_stays_as_it_is(preview: str, shown: str) -> None:
    assert preview_text(preview) == shown
