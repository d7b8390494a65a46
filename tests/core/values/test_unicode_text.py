from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.values.unicode_text import clean_json, clean_text

ANY_TEXT = st.text(
    st.characters(codec=None, exclude_categories=()) | st.characters(categories=["Cs"])
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("", ""),
        ("sound 😀", "sound 😀"),
        ("cut here \ud83d", "cut here \ufffd"),
        ("\udc00 late", "\ufffd late"),
        ("\ud83dx\ud83d\ud83d", "\ufffdx\ufffd\ufffd"),
        ("joined \ud83d\ude00 again", "joined 😀 again"),
    ],
)
def test_half_characters_are_replaced_and_halves_that_belong_together_are_joined(
    text: str, clean: str
) -> None:
    assert clean_text(text) == clean


@given(ANY_TEXT)
def test_a_cleaned_text_can_be_encoded_and_stays_as_it_is(text: str) -> None:
    clean = clean_text(text)
    clean.encode()
    assert clean_text(clean) is clean


@given(st.text())
def test_a_sound_text_is_the_very_same_object(text: str) -> None:
    assert clean_text(text) is text


@given(ANY_JSON)
def test_values_are_cleaned_to_the_last_leaf_and_none_is_lost(value: Any) -> None:
    clean = clean_json(value)
    json.dumps(clean, ensure_ascii=False).encode()
    assert clean_json(clean) is clean
    assert _shape(clean) == _shape(value)


def test_what_is_clean_is_the_very_same_object() -> None:
    value = {"a": ["b", {"c": None}], "d": ("e",)}
    assert clean_json(value) is value


def test_what_is_changed_is_a_copy() -> None:
    value = {"a": ["\ud83d"], "t": ("\ud83d",)}
    assert clean_json(value) == {"a": ["\ufffd"], "t": ["\ufffd"]}
    assert value == {"a": ["\ud83d"], "t": ("\ud83d",)}


def test_names_that_become_alike_keep_their_values() -> None:
    value = dict([("\ud83d", 1), ("\ud83e", 2), ("\ufffd", 3)])
    assert clean_json(value) == {"\ufffd\ufffd": 1, "\ufffd\ufffd\ufffd": 2, "\ufffd": 3}


def test_deep_nesting_is_no_reason_to_fail() -> None:
    value: Any = "\ud83d"
    for _ in range(20_000):
        value = [value]
    clean = clean_json(value)
    for _ in range(20_000):
        (clean,) = clean
    assert clean == "\ufffd"


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return [_shape(each) for each in value.values()]
    return [_shape(each) for each in value] if isinstance(value, list) else type(value)
