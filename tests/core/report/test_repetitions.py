"""The report's account of prompts that were run several times, and of a chat."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

from gwtrace_core.figures.repeated import RunFacts, summarise_runs
from gwtrace_core.report.comparison import ReportInput, report_html
from gwtrace_core.values.reply import Reply
from tests.core.report.reports import FAILURE, reply_of, three_lanes


def repeated() -> ReportInput:
    """Lane A was asked four times: three runs finished, one failed."""
    replies = [reply_of("hi", slowness) for slowness in (1.0, 2.0, 4.0)]
    failed = Reply(status="failed", failure=FAILURE)
    runs = [RunFacts(reply=reply, cost_usd=0.001) for reply in (*replies, failed)]
    comparison = three_lanes()
    (round_,) = comparison.rounds
    first, *others = round_.turns
    turns = (replace(first, repetition=summarise_runs(runs, planned=4)), *others)
    return replace(comparison, rounds=(replace(round_, turns=turns),))


def test_medians_and_ends_stand_beside_what_failed() -> None:
    html = report_html(repeated())
    (section,) = re.findall(r'<section class="repetitions">.*?</section>', html, re.DOTALL)
    cells = [unescape(re.sub("<[^>]*>", " ", each)) for each in re.findall("<td.*?</td>", section)]
    assert cells[0].strip() == "A"
    assert cells[1].strip() == "3 of 4 runs finished, 1 failed (key expired)"
    assert cells[2].split()[:2] == ["1.28", "s"]
    assert "640 ms to 2.56 s" in cells[2]
    assert len(cells) == 7


def test_a_prompt_that_was_run_once_has_no_such_table() -> None:
    assert "Several runs" not in report_html(three_lanes())


def test_a_chat_names_its_session() -> None:
    chat = replace(three_lanes(), comparison_id="", session_id="5e55-10")
    html = report_html(chat)
    assert "<dt>Session</dt><dd>5e55-10</dd>" in html
    assert "<dt>Comparison</dt>" not in html
