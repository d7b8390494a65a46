"""A report of many spans stays small, and one of a broken trace is whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gwtrace_core.report.comparison import render_report
from gwtrace_core.trace.model import Trace
from gwtrace_core.values.connection import SdkPath
from tests.core.code.calls import gateway_connection
from tests.core.report.report_page import Parsed, one_turn, texts_of
from tests.core.report.reports import (
    QUESTION,
    exported_of,
    html_of,
    reply_of,
    round_of,
    span,
    trace_of,
    turn,
    turn_trace,
)


def big_trace(count: int, payload_chars: int, attribute_count: int) -> Trace:
    """Spans none of which recorded the same as another."""
    spans = [span("root", None, "run", "AGENT", (0, count))]
    for number in range(1, count):
        words = f'{number:06} <b> & "é" '
        spans.append(
            span(f"{number:016x}", "root" if number < 20 else f"{number // 3:016x}",
                 f"step {number}", "LLM", (number, number + 0.5), model="gpt-5-mini",
                 inputs={"text": words * (payload_chars // len(words))},
                 outputs=words[::-1] * (payload_chars // len(words)),
                 attributes={f"attribute.{n}": f"{words} {n}" for n in range(attribute_count)})
        )  # fmt: skip
    return trace_of("tr-big", *spans)


@pytest.mark.parametrize(("payload_chars", "attribute_count"), [(6_000, 40), (30, 3)])
def test_a_thousand_spans_stay_under_a_megabyte(payload_chars: int, attribute_count: int) -> None:
    comparison = one_turn(reply_of("hi"), big_trace(1_000, payload_chars, attribute_count))
    report = render_report(comparison)
    assert len(report.html.encode()) < 1_000_000
    assert len(Parsed(report.html).data["trees"][0]["id"]) == 1_000


def test_many_lanes_of_spans_stay_under_a_megabyte_for_each_thousand() -> None:
    trace = big_trace(1_500, 4_000, 20)
    connection = gateway_connection()
    turns = [turn(name, connection, SdkPath.OPENAI_CHAT, reply_of("hi"), trace) for name in "AB"]
    comparison = replace(one_turn(reply_of("hi")), rounds=(round_of(QUESTION, *turns),))
    assert len(html_of(comparison).encode()) < 3_000_000


def test_a_long_value_is_cut_with_its_size_and_short_ones_stay_whole() -> None:
    spans = [
        span("root", None, "x", "LLM", (0, 1), inputs="é" * 700_000, outputs="short & whole"),
        span("next", "root", "y", "LLM", (0, 1), inputs="<" * 20_001),
    ]
    comparison = one_turn(reply_of("hi"), trace_of("tr-1", *spans))
    texts = texts_of(html_of(comparison))
    assert texts[0] == "é" * 20_000 + "…\n(cut: 20,000 of 700,000 characters)"
    assert texts[1] == "short & whole"
    assert texts[3] == "<" * 20_000 + "…\n(cut: 20,000 of 20,001 characters)"
    details = {item.name: item.detail for item in exported_of(comparison)}
    assert details["Trace payloads"].endswith("; 2 long values cut")


def test_a_text_that_many_spans_recorded_is_in_the_file_once() -> None:
    shared = "the whole conversation " * 100
    spans = [span(f"s{n}", None, "x", "LLM", (n, n + 1), inputs=shared) for n in range(50)]
    html = html_of(one_turn(reply_of("hi"), trace_of("tr-1", *spans)))
    assert html.count(shared) == 1


def test_a_broken_trace_is_shown_with_its_defects() -> None:
    spans = [
        span("a", "b", "ring", "CHAIN", (0, 5)),
        span("b", "a", "ring", "CHAIN", (5, 1)),
        span("a", None, "twin", "CHAIN", (0, 5), outputs=float("nan")),
    ]
    data = Parsed(html_of(one_turn(reply_of("hi"), trace_of("tr", *spans)))).data
    assert data["trees"][0]["id"] == ["a", "b", "a#2"] or len(data["trees"][0]["id"]) == 3
    assert "NaN" in data["texts"]


def test_an_unfinished_turn_trace_draws_without_its_end() -> None:
    trace = turn_trace("tr-1", "gpt-5-mini")
    open_ended = replace(
        trace, spans=tuple(replace(each, end_ns=None, status="unset") for each in trace.spans)
    )
    data = Parsed(html_of(one_turn(reply_of("hi"), open_ended))).data
    assert set(data["trees"][0]["status"]) == {"never closed"}
