from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.trace.preview import preview_text


@given(st.text())
def test_a_recorded_text_is_read_without_its_quotes(text: str) -> None:
    assert preview_text(json.dumps(text)) == text


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        ({"messages": [["user", "What is 12 * 7?"]]}, "What is 12 * 7?"),
        (
            {"messages": [{"type": "human", "content": "Hi"}, {"type": "ai", "content": "Hello"}]},
            "Hello",
        ),
        ([{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}], "Hi"),
        (
            {"message": {"role": "assistant", "blocks": [{"block_type": "text", "text": "Yes"}]}},
            "Yes",
        ),
    ],
)
def test_of_recorded_messages_the_last_text_is_shown(recorded: Any, said: str) -> None:
    text = json.dumps(recorded)
    assert preview_text(text) == said
    assert preview_text(text[:-3]) == text[:-3]


@pytest.mark.parametrize(
    ("preview", "shown"),
    [
        ('{"city": "Rome"}', '{"city": "Rome"}'),
        ("plain", "plain"),
        ('"cut here \\ud83d"', "cut here \ufffd"),
        ("cut \ud83d", "cut \ufffd"),
        ('"cut off in the mid', "cut off in the mid"),
        ('"said" she', '"said" she'),
        ('"', ""),
        ("", ""),
    ],
)
def test_what_is_no_quoted_text_stays_as_it_is(preview: str, shown: str) -> None:
    assert preview_text(preview) == shown
