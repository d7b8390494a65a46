"""The report's account of two lanes' traces, step by step."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

from gwtrace_core.report.comparison import ReportInput, report_html, what_leaves
from gwtrace_core.settings.settings import make_demo_connection
from gwtrace_core.trace.model import Trace
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.secret import Secret
from tests.core.report.reports import (
    QUESTION,
    reply_of,
    round_of,
    span,
    three_lanes,
    trace_of,
    turn,
    turn_trace,
)

DEMO = make_demo_connection("http://127.0.0.1:8765/proxy")


def lanes(*traces: Trace | None) -> ReportInput:
    turns = [
        turn(name, DEMO, SdkPath.OPENAI_CHAT, reply_of("hi"), trace)
        for name, trace in zip("ABCDEFGH", traces, strict=False)
    ]
    return replace(three_lanes(), rounds=(round_of(QUESTION, *turns),))


def summaries(html: str) -> list[str]:
    found = re.findall(r'<details class="trace-diff"><summary>(.*?)</summary>', html)
    return [unescape(each) for each in found]


def rows(html: str) -> list[list[str]]:
    """Cells of every row of every trace diff."""
    tables = re.findall(r'<details class="trace-diff">.*?</details>', html, re.DOTALL)
    return [
        [unescape(re.sub("<[^>]*>", "", cell)) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)]
        for table in tables
        for row in re.findall(r"<tr[^>]*>(?=<th scope=.row).*?</tr>", table)
    ]


def test_steps_are_told_with_what_is_only_here_only_there_and_changed() -> None:
    left = turn_trace("tr-" + 32 * "a", "gpt-5-mini")
    spans = [each for each in left.spans if each.span_id != "tool-2"]
    spans = [
        replace(each, outputs="398", cost_usd=0.001) if each.span_id == "tool-1" else each
        for each in spans
    ]
    right = trace_of("tr-" + 32 * "b", *spans, span("new", "agent", "retry", "TASK", (3092, 3095)))
    html = report_html(lanes(left, right))
    (summary,) = summaries(html)
    assert summary.startswith("A against B: 5 steps in both, ")
    assert summary.endswith("1 only in A, 1 only in B")
    by_name = {cells[0].strip(): cells for cells in rows(html)}
    assert by_name["calculator"] == [
        "\u2003\u2003calculator", "changed", "", "", "", "n/a → $0.0010", "output"
    ]  # fmt: skip
    assert by_name["current_time (failed)"][1] == "only in A"
    assert by_name["retry"][1] == "only in B"
    assert len(by_name) == 6


def test_differences_are_against_the_baseline() -> None:
    first, second, third = (turn_trace(f"tr-{n}", "gpt-5-mini", n) for n in (1, 2, 3))
    comparison = lanes(first, second, third)
    (round_,) = comparison.rounds
    turns = [replace(each, is_baseline=each.name == "B") for each in round_.turns]
    html = report_html(replace(comparison, rounds=(replace(round_, turns=tuple(turns)),)))
    assert [each.split(":")[0] for each in summaries(html)] == ["B against A", "B against C"]
    assert rows(html)[0][:3] == ["chat turn", "in both", "−3.12 s"]


def test_lanes_without_a_trace_have_no_difference() -> None:
    trace = turn_trace("tr-1", "gpt-5-mini")
    for comparison in (lanes(trace), lanes(trace, None), lanes(None, None)):
        assert "Traces compared" not in report_html(comparison)


def test_two_equal_traces_are_said_to_be_the_same() -> None:
    trace = turn_trace("tr-1", "gpt-5-mini")
    html = report_html(lanes(trace, trace))
    assert "The traces of A and B are the same." in html
    assert summaries(html) == []


def test_names_are_masked_and_cannot_leave_their_cells() -> None:
    secret = Secret("canary-in-a-span-name-77")
    hostile = f"<img src=x onerror=alert(1)> {secret.reveal()}"
    left = trace_of("tr-1", span("root", None, hostile, "TASK", (0, 10)))
    right = trace_of("tr-2", span("root", None, "other", "TASK", (0, 10)))
    comparison = replace(lanes(left, right), secrets=(secret,))
    html = report_html(comparison)
    assert secret.reveal() not in html
    assert "<img" not in html
    assert any("<img src=x onerror=alert(1)> ••••" in cells[0] for cells in rows(html))
    trees = next(item for item in what_leaves(comparison) if item.name == "Trace trees")
    assert sum(mask.count for mask in trees.masked) > 0


def test_long_traces_list_what_differs_and_count_the_rest() -> None:
    spans = [
        span(f"s{n}", "root", f"step {n}", "TASK", (n, n + 1), outputs="same") for n in range(500)
    ]
    root = span("root", None, "all", "TASK", (0, 600))
    changed = [
        replace(each, outputs="other") if number == 250 else each
        for number, each in enumerate(spans)
    ]
    html = report_html(lanes(trace_of("tr-1", root, *spans), trace_of("tr-2", root, *changed)))
    assert [cells[0].strip() for cells in rows(html)] == ["step 250"]
    assert "500 further steps not listed here." in html


def test_eight_lanes_that_differ_in_everything_stay_within_the_budget() -> None:
    traces = [
        trace_of(
            f"tr-{lane}",
            span("root", None, "all", "TASK", (0, 600)),
            *(
                span(f"s{n}", "root", f"step {lane} {n}", "TASK", (n, n + 1), outputs=f"{lane}{n}")
                for n in range(124)
            ),
        )
        for lane in range(8)
    ]
    assert len(report_html(lanes(*traces)).encode()) < 1_000_000
