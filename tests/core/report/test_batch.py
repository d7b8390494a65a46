"""The file of a batch: lanes, summary, every row's answers, and what is left out of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings

from gwtrace_core.report import batch as batch_report
from gwtrace_core.report.batch import BatchReportInput, rendered_batch_report, reported_rows
from gwtrace_core.report.comparison import ReportParts
from gwtrace_core.settings.settings import make_demo_connection
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.events import Usage
from gwtrace_core.values.reply import Reply, TextBlock
from gwtrace_core.values.secret import MASK, Secret
from tests.core.report.batch_reports import FAILED, batch_of, call, lane_of, two_lanes
from tests.core.report.report_page import NASTY, TAGS, Parsed, untrusted
from tests.core.report.reports import FAILURE, reply_of, span, trace_of, turn_trace
from tests.core.report.test_size import big_trace


def said(text: str, ms: float = 100.0) -> Reply:
    return Reply(status="finished", blocks=(TextBlock(text=text),), duration_ms=ms)


def text_of(batch: BatchReportInput) -> str:
    return " ".join(Parsed(rendered_batch_report(batch).html).text.split())


def test_the_summary_counts_and_gives_median_and_spread_of_every_lane() -> None:
    text = text_of(two_lanes())
    assert "23 November 2026, 14:30 UTC · prompts.csv · 3 rows · 2 lanes · 6 calls" in text
    summary = text[text.index("Time, median") : text.index("Times are those")]
    assert summary == (
        "Time, median95th percentileTokens in → outCostExact matchContains expected"
        "Agpt-5-miniOpenAI SDK · Chat3309.36 s3.12 s to 12.48 s12.48 s3,540 → 786$0.0025"
        "0%0 of 250%1 of 2"
        "Bgpt-5-miniOpenAI SDK · Responses3116.24 s6.24 s1,180 → 262$0.000819"
        "100%1 of 1100%1 of 1"
    )


def test_answers_from_the_gateways_cache_are_counted_apart() -> None:
    usage = Usage(input_tokens=1_200, output_tokens=9, cache_read_tokens=1_024)
    asked = replace(said("Hi", 900.0), usage=usage, gateway_cost_usd=0.25)
    kept = replace(said("Hi", 1.0), usage=usage, gateway_cost_usd=0.0, cached_request_count=1)
    text = text_of(batch_of([call(1, "A", asked), call(2, "A", kept)]))
    summary = text[text.index("From cache") : text.index("Times are those")]
    assert summary == (
        "From cacheTime, median95th percentileTokens in → outCost"
        "Agpt-5-miniOpenAI SDK · Chat2201900 ms900 ms1,200 (1,024 cached) → 9$0.2500"
    )
    assert "Answers from the gateway's cache are in no time, token count or cost." in text
    assert "finished, from cache · 1 ms · 1,200 (1,024 cached) → 9 tokens · $0" in text


def test_every_row_tells_question_expectation_answers_failures_and_traces() -> None:
    parsed = Parsed(rendered_batch_report(two_lanes()).html)
    text = " ".join(parsed.text.split())
    assert "Expected answer26.097" in text
    assert "finished · contains the expected answer · 3.12 s · first token 640 ms" in text
    assert "finished · does not contain the expected answer" in text
    assert "gateway: key expired · 84 ms" in text
    assert FAILURE.message in text
    assert "This call was waiting." in text
    assert [tree["label"] for tree in parsed.data["trees"]] == [
        "Trace of row 1, lane A",
        "Trace of row 1, lane B",
        "Trace of row 2, lane A",
    ]
    ids = [attributes.get("id") for _, attributes in parsed.elements]
    assert [each for each in ids if each and each.startswith("row-")] == ["row-1", "row-2", "row-3"]
    folded = [a for tag, a in parsed.elements if tag == "details" and a.get("class") == "batch-row"]
    assert len(folded) == 3
    assert all("open" not in attributes for attributes in folded)


def test_a_row_says_folded_and_unfolded_how_an_answer_ended() -> None:
    refused = replace(said("I ca"), finish_reason="refusal")
    empty = replace(said(""), finish_reason="end_turn", unseen=("a picture",))
    text = text_of(batch_of([call(1, "A", refused), call(1, "B", empty)]))
    assert "A(refused) I ca" in text
    assert "B(no text)" in text
    assert "finished: refused" in text
    assert "The model refused to answer." in text
    assert "The model gave no text, only a picture (not shown by gwtrace)." in text


def test_without_traces_nothing_is_missing_and_with_them_it_is_said() -> None:
    calls = [call(1, "A", said("Hi"))]
    assert "No trace was at hand." not in text_of(batch_of(calls))
    assert "No trace was at hand." in text_of(batch_of(calls, traces={}))


def test_rows_beyond_what_a_file_takes_are_left_out_in_words() -> None:
    batch = batch_of([call(row, "A", said(f"Answer {row}.")) for row in range(1, 502)])
    text = text_of(batch)
    assert "The first 500 rows of 501 are here; the summary counts all of them" in text
    assert "Answer 500." in text
    assert "Answer 501." not in text
    assert "OpenAI SDK · Chat5015010" in text


def test_long_answers_count_against_what_a_file_takes_and_one_row_always_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch_report, "MOST_ROW_CHARS", 1_000)
    batch = batch_of([call(row, "A", said("x" * 2_000)) for row in (1, 2)])
    assert [row.number for row in reported_rows(batch.results)] == [1]
    assert "The first 1 row of 2 is here" in text_of(batch)
    short = batch_of([call(row, "A", said("x" * 400)) for row in (1, 2, 3)])
    assert [row.number for row in reported_rows(short.results)] == [1, 2]


def test_traces_beyond_what_a_file_takes_stay_in_mlflow_in_words() -> None:
    calls = [call(row, "A", said("Hi")) for row in (1, 2, 3)]
    traces = {f"tr-{row}A": big_trace(count, 30, 3) for row, count in ((1, 3_000), (2, 2_500))}
    traces["tr-3A"] = turn_trace("tr-3A", "gpt-5-mini")
    batch = batch_of(calls, traces=traces)
    parsed = Parsed(rendered_batch_report(batch).html)
    assert [tree["label"] for tree in parsed.data["trees"]] == [
        "Trace of row 1, lane A",
        "Trace of row 3, lane A",
    ]
    assert "1 trace left out: one file takes 5,000 spans. They stay in MLflow." in parsed.text
    assert "Left out for the file's size." in parsed.text


def test_a_thousand_spans_of_many_calls_stay_under_a_megabyte() -> None:
    trace = big_trace(5, 6_000, 40)
    calls = [call(row, name, reply_of("A short answer.")) for row in range(1, 101) for name in "AB"]
    traces = {each.trace_id: trace for each in calls if each.trace_id}
    html = rendered_batch_report(batch_of(calls, traces=traces)).html
    assert len(Parsed(html).data["trees"]) == 200
    assert len(html.encode()) < 1_000_000


def test_a_prompt_that_all_rows_share_is_the_lanes_and_another_the_rows_own() -> None:
    shared, own = lane_of(system_prompt="Be very terse."), lane_of(system_prompt="Be a pirate.")
    batch = batch_of([call(row, "A", said("Hi"), lane=shared) for row in (1, 2)])
    assert text_of(batch).count("Be very terse.") == 1 + 1  # in the lane and its script
    mixed = batch_of([call(1, "A", said("Hi"), lane=shared), call(2, "A", said("Arr"), lane=own)])
    page = text_of(mixed)
    assert page.index("Rows") < page.index("Be very terse.") < page.index("Be a pirate.")
    mixed = batch_of(
        [
            call(1, "A", said("I was told: Be very terse."), lane=shared),
            call(2, "A", said("I was told: Be a pirate."), lane=own),
        ]
    )
    silent = replace(mixed, rows=replace(mixed.rows, parts=ReportParts(system_prompts=False)))
    html = rendered_batch_report(silent).html
    assert "Be a pirate." not in html
    assert "Be very terse." not in html


def test_keys_are_masked_in_folds_and_excerpts_and_the_preview_says_where() -> None:
    secret = Secret("rosebud-0123456789")
    prompt = f"key {secret.reveal()}"
    answer = said(" " * 540 + secret.reveal())
    batch = batch_of(
        [
            call(1, "A", answer, prompt=prompt, expected=secret.reveal()),
            call(2, "A", replace(FAILED, failure=replace(FAILURE, body=secret.reveal()))),
        ],
        secrets=(secret,),
    )
    report = rendered_batch_report(batch)
    assert "rosebud" not in report.html
    assert MASK in report.html
    masked = {item.name for item in report.leaves if item.masked}
    assert {"Questions", "Answers and reasoning", "Error messages"} <= masked


def test_lanes_of_the_demo_are_told_to_be_simulated() -> None:
    demo = make_demo_connection("http://127.0.0.1:8765/proxy")
    lanes = {"A": lane_of(connection=demo), "B": lane_of(SdkPath.OPENAI_RESPONSES, demo)}
    calls = [call(1, name, said("Hi"), lane=lane) for name, lane in lanes.items()]
    text = text_of(batch_of(calls, connection=demo))
    assert "Simulated. All answers come from gwtrace's demo gateway" in text


@given(untrusted)
@example("".join(NASTY))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_what_a_stranger_wrote_is_text_in_the_file_of_a_batch_too(text: str) -> None:
    failed = replace(FAILED, failure=replace(FAILURE, message=text, body=text, hint=text))
    lane = lane_of(system_prompt=text)
    trace = trace_of("tr-1A", span("root", None, text, text, (0, 10), status_message=text))
    batch = batch_of(
        [
            call(1, "A", said(text), lane=lane, prompt=text, expected=text),
            call(2, "A", failed, lane=lane),
        ],
        traces={"tr-1A": trace},
        title=text,
        comparison_id=text,
        user=text,
        parts=ReportParts(user_name=True),
    )
    parsed = Parsed(rendered_batch_report(replace(batch, file_name=text)).html)
    assert {tag for tag, _ in parsed.elements} <= TAGS | {"svg", "path", "kbd"}
    assert [tag for tag, _ in parsed.elements].count("script") == 2
    for _, attributes in parsed.elements:
        assert not [name for name in attributes if name.startswith("on")]
