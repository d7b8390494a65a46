from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given

from gwtrace_core.trace.columns import Axis, Flag, columns
from gwtrace_core.trace.model import Nanoseconds, Trace
from gwtrace_core.trace.tree import build_tree
from tests.core.trace.traces import MS, any_trace, span, trace


def test_the_whole_payload_of_a_small_trace() -> None:
    tree = build_tree(
        trace(
            span("a", name="turn", at=(1000, 3000), recorded_by="gwtrace"),
            span("b", "a", name="chat", kind="LLM", at=(1100, 2900), first_token=1500,
                 tokens=(12, 30), cost_usd=0.00025, model="gpt-5", status="error",
                 status_message="overloaded"),
            span("c", "a", name="chat", kind="CHAT_MODEL", at=(2950, None)),
        )
    )  # fmt: skip
    payload = columns(tree)
    assert len(payload.pop("version")) == 24
    assert payload == {
        "trace": "tr-1",
        "axis": 2_000_000,
        "shared": False,
        "id": ["a", "b", "c"],
        "parent": [-1, 0, 0],
        "name": [0, 1, 1],
        "kind": [0, 1, 2],
        "model": [-1, 0, -1],
        "note": [-1, 0, 1],
        "flags": [
            Flag.CHILD_ERROR | Flag.FILLED | Flag.CRITICAL | Flag.SUM | Flag.PARTIAL,
            Flag.OWN_ERROR | Flag.CRITICAL | Flag.MODEL,
            Flag.MODEL | Flag.PARTIAL | Flag.NEVER_CLOSED | Flag.DEFECT | Flag.CRITICAL,
        ],
        "start": [0, 100_000, 1_950_000],
        "duration": [2_000_000, 1_800_000, None],
        "first_token": [None, 400_000, None],
        "in": [12, 12, None],
        "out": [30, 30, None],
        "cost": [250_000, 250_000, None],
        "path": {
            "row": [0, 1, 0, 2],
            "start": [0, 100_000, 1_900_000, 1_950_000],
            "end": [100_000, 1_900_000, 1_950_000, 2_000_000],
        },
        "names": ["turn", "chat"],
        "kinds": ["CHAIN", "LLM", "CHAT_MODEL"],
        "models": ["gpt-5"],
        "notes": ["overloaded", "Span 'chat' was never closed: it has no end."],
    }


def test_a_span_that_gwtrace_put_right_is_marked() -> None:
    corrected = replace(span("b", "a"), attributes={"gwtrace.corrected": ["outputs"]})
    untouched = replace(span("c", "a"), attributes={"gwtrace.corrected": []})
    flags = columns(build_tree(trace(span("a"), corrected, untouched)))["flags"]
    assert [bool(flag & Flag.CORRECTED) for flag in flags] == [False, True, False]


def test_the_same_trace_gives_the_same_bytes_and_another_gives_another_version() -> None:
    spans = [span("a"), span("b", "a", at=(1, 2)), span("c", "a", at=(3, 4))]
    first = json.dumps(columns(build_tree(trace(*spans))))
    assert json.dumps(columns(build_tree(trace(*reversed(spans))))) == first
    changed = columns(build_tree(trace(*spans[:2], span("c", "a", at=(3, 5)))))
    assert changed["version"] != json.loads(first)["version"]


def test_trees_can_share_an_axis() -> None:
    axis = Axis(start_ns=Nanoseconds(500 * MS), end_ns=Nanoseconds(4500 * MS))
    payload = columns(build_tree(trace(span("a", at=(1000, 3000)))), axis=axis)
    assert (payload["axis"], payload["start"], payload["duration"]) == (
        4_000_000,
        [500_000],
        [2_000_000],
    )
    assert payload["path"] == {"row": [0], "start": [500_000], "end": [2_500_000]}


def test_a_long_error_travels_in_part() -> None:
    payload = columns(build_tree(trace(span("a", status="error", status_message="x" * 5000))))
    assert payload["notes"] == ["x" * 400 + "…"]


@given(any_trace)
def test_any_trace_can_be_sent_as_json(broken: Trace) -> None:
    payload = columns(build_tree(broken))
    assert json.loads(json.dumps(payload, allow_nan=False)) == payload
    count = len(broken.spans)
    lists = {name for name, values in payload.items() if isinstance(values, list)}
    per_row = lists - {"names", "kinds", "models", "notes"}
    assert {name: len(payload[name]) for name in per_row} == dict.fromkeys(per_row, count)


def test_a_name_with_a_lone_surrogate_does_not_break_the_payload() -> None:
    payload = columns(build_tree(trace(span("a", name="bad \ud800 name"))))
    assert json.loads(json.dumps(payload))["names"] == ["bad \ud800 name"]
