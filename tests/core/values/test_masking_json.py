"""A key that lies in many recorded values, a piece in each, is masked across them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.values.masking import Masker
from gwtrace_core.values.masking_json import masked_records, masked_trace, masked_values
from gwtrace_core.values.secret import MASK, Secret

KEY = "pylf_v1_canary/0123456789"
MASKER = Masker([Secret(KEY)])
PIECES = [KEY[at : at + 3] for at in range(0, len(KEY), 3)]


def records(values: list[Any]) -> list[Any]:
    return [json.loads(each) for each in masked_records([*map(json.dumps, values)], MASKER)]


def test_chunks_of_one_text_are_masked_where_the_key_began() -> None:
    told = records([{"id": "c1", "delta": {"content": piece}} for piece in ["a", *PIECES, "z"]])
    assert [each["delta"]["content"] for each in told] == ["a", MASK, *[""] * 8, "z"]
    assert {each["id"] for each in told} == {"c1"}


def test_texts_that_are_written_side_by_side_are_masked_each() -> None:
    chunks = [
        {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
        for piece in PIECES
        for index in (0, 1)
    ]
    told = records(chunks)
    for index in (0, 1):
        texts = [
            call["function"]["arguments"]
            for each in told
            for call in each["tool_calls"]
            if call["index"] == index
        ]
        assert "".join(texts) == MASK


def test_a_text_that_goes_on_in_another_place_is_masked() -> None:
    told = records(
        [
            {"content_block": {"type": "text", "text": PIECES[0]}},
            *({"delta": {"type": "text_delta", "text": piece}} for piece in PIECES[1:]),
        ]
    )
    assert told[0]["content_block"]["text"] == MASK
    assert not any(each["delta"]["text"] for each in told[1:])


def test_a_list_of_pieces_within_one_value_is_masked() -> None:
    value = {"chunks": PIECES, "parts": [{"text": piece} for piece in PIECES]}
    [told] = masked_values([value], MASKER)
    assert "".join(told["chunks"]) == MASK
    assert "".join(part["text"] for part in told["parts"]) == MASK
    assert value["chunks"] == PIECES


def test_what_has_no_key_is_left_alone_letter_by_letter() -> None:
    plain = ['{"a":  "b"}', "no JSON {", "", '"text"', "[1, 2]", "{" * 100_000]
    assert masked_records(plain, MASKER) == plain
    value = {"a": [1, "b"]}
    assert masked_values([value], MASKER)[0] is value


@given(
    values=st.lists(
        st.recursive(
            st.none() | st.integers() | st.sampled_from([*PIECES, KEY, "a", json.dumps(KEY)]),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(st.sampled_from(["text", "index", KEY]), inner, max_size=3)
            ),
            max_leaves=12,
        ),
        max_size=4,
    )
)
def test_no_record_holds_a_key_and_each_stays_json(values: list[Any]) -> None:
    told = masked_records([*map(json.dumps, values)], MASKER)
    for each in told:
        json.loads(each)
        assert KEY not in each


@pytest.mark.parametrize("size", [1, 7])
def test_a_trace_in_mlflows_json_holds_no_key_in_pieces(size: int) -> None:
    events = [
        {
            "name": f"mlflow.chunk.item.{number}",
            "attributes": {"mlflow.chunk.value": json.dumps({"delta": KEY[at : at + size]})},
        }
        for number, at in enumerate(range(0, len(KEY), size))
    ]
    span = {"name": KEY, "attributes": {"mlflow.spanOutputs": json.dumps([KEY])}, "events": events}
    trace = {"info": {"request_preview": f"It is {KEY}"}, "data": {"spans": [span]}}
    told = masked_trace(json.dumps(trace), MASKER)
    assert KEY not in told
    read = json.loads(told)
    assert read["info"] == {"request_preview": f"It is {MASK}"}
    [span] = read["data"]["spans"]
    assert span["attributes"] == {"mlflow.spanOutputs": json.dumps([MASK], ensure_ascii=False)} or (
        json.loads(span["attributes"]["mlflow.spanOutputs"]) == [MASK]
    )
    deltas = [json.loads(each["attributes"]["mlflow.chunk.value"])["delta"] for each in
              span["events"]]  # fmt: skip
    assert "".join(deltas) == MASK
