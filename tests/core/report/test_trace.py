from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, example, given, settings

from gwtrace_core.report.trace import TraceReportInput, render_trace_report
from gwtrace_core.report.values import ReportParts
from gwtrace_core.trace.model import Assessment, Trace
from gwtrace_core.trace.view import view_of
from gwtrace_core.values.secret import Secret
from tests.core.report.report_page import NASTY, TAGS, Parsed, untrusted
from tests.core.report.reports import MADE_AT, TREE, span, trace_of, turn_trace

SECRET = Secret("pylf_v1_us_0123456789abcdef")


def told_of(trace: Trace, **fields: object) -> TraceReportInput:
    made = TraceReportInput(title="A trace", made_at=MADE_AT, view=view_of(trace), tree=TREE)
    return replace(made, **fields)


def judged(trace: Trace, *assessments: Assessment, user: str | None = None) -> Trace:
    return replace(trace, summary=replace(trace.summary, assessments=assessments, user=user))


def verdict(value: object, **fields: object) -> Assessment:
    made = Assessment(
        assessment_id="a-1", name="verdict", kind="feedback", value=value, rationale="Too long",
        source_kind="HUMAN", source_id="anna@example.org",
    )  # fmt: skip
    return replace(made, **fields)


def test_the_file_tells_figures_time_tree_and_judgements() -> None:
    trace = judged(turn_trace("tr-1", "gpt-5-mini"), verdict("wrong"), verdict("x", is_valid=False))
    html = render_trace_report(told_of(trace)).html
    parsed = Parsed(html)
    assert "1,180 → 262 tokens" in parsed.text
    assert "6 spans" in parsed.text
    assert "waiting for the first token" in parsed.text
    assert "wrong (Too long), by human" in parsed.text
    assert parsed.text.count("verdict") == 1
    (tree,) = parsed.data["trees"]
    assert tree["names"][tree["name"][0]] == "chat turn"
    assert len(tree["id"]) == 6
    assert "default-src 'none'" in parsed.policy


def test_the_file_says_at_its_top_that_the_answer_ended_early() -> None:
    outputs = {"choices": [{"message": {"content": "Half"}, "finish_reason": "content_filter"}]}
    model = span("model", None, "chat", "CHAT_MODEL", (0, 10), outputs=outputs)
    parsed = Parsed(render_trace_report(told_of(trace_of("tr-1", model))).html)
    assert "Ended by the provider's content filter." in parsed.text


def test_a_judgement_that_failed_says_why() -> None:
    failed = verdict(None, name="quality", error="The judge failed: 429", rationale=None)
    html = render_trace_report(told_of(judged(turn_trace("tr-1", "m"), failed))).html
    assert "failed, The judge failed: 429, by human" in Parsed(html).text


def test_a_key_is_masked_and_the_preview_says_where() -> None:
    leaking = span(
        "root", None, f"call {SECRET.reveal()}", "CHAIN", (0, 10), inputs={"text": SECRET.reveal()}
    )
    report = render_trace_report(told_of(trace_of("tr-1", leaking), secrets=(SECRET,)))
    assert SECRET.reveal() not in report.html
    masked = {item.name: [mask.what for mask in item.masked] for item in report.leaves}
    assert masked["Trace trees"] == ["key"]
    assert masked["Trace payloads"] == ["key"]


def test_the_user_leaves_only_when_asked() -> None:
    trace = judged(turn_trace("tr-1", "gpt-5-mini"), verdict("good"), user="anna@example.org")
    kept = render_trace_report(told_of(trace))
    assert "anna@example.org" not in kept.html
    assert [item.name for item in kept.leaves if not item.is_included] == ["User name"]
    told = render_trace_report(told_of(trace, parts=ReportParts(user_name=True)))
    assert "by anna@example.org" in Parsed(told.html).text


def test_payloads_can_be_left_out_and_errors_stay() -> None:
    report = render_trace_report(
        told_of(turn_trace("tr-1", "m"), parts=ReportParts(trace_payloads=False))
    )
    assert "2340 * 0.17" not in report.html
    assert "unknown time zone" in report.html


def test_every_defect_is_named_up_to_twenty_and_the_rest_counted() -> None:
    orphans = [span(f"s{n}", "nobody", f"step {n}", "CHAIN", (n, n + 1)) for n in range(30)]
    text = Parsed(render_trace_report(told_of(trace_of("tr-1", *orphans))).html).text
    assert "and 10 more, each marked in the tree" in text


@given(untrusted)
@example("".join(NASTY))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_what_a_stranger_wrote_is_text_in_the_file_of_a_trace_too(text: str) -> None:
    trace = trace_of("tr-1", span("root", None, text, text, (0, 10), status_message=text))
    trace = judged(trace, verdict(text, name=text, rationale=text, source_id=text), user=text)
    report = told_of(
        trace, title=text, tracking_uri=text, versions=((text, text),),
        parts=ReportParts(user_name=True),
    )  # fmt: skip
    parsed = Parsed(render_trace_report(report).html)
    assert {tag for tag, _ in parsed.elements} <= TAGS | {"svg", "path", "kbd"}
    assert [tag for tag, _ in parsed.elements].count("script") == 2
    for _, attributes in parsed.elements:
        assert not [name for name in attributes if name.startswith("on")]
