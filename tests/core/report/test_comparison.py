"""The report: what was said stays text, nothing secret leaves, and it stays small."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, example, given, settings

from gwtrace_core.figures.reply_figures import make_figures
from gwtrace_core.report.comparison import ReportInput, rendered_report, report_html
from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.events import Usage
from gwtrace_core.values.reply import Reply, TextBlock
from gwtrace_core.values.request import Image
from gwtrace_core.values.unicode_text import clean_text
from tests.core.code.calls import gateway_connection
from tests.core.report.report_page import (
    BINDING,
    NASTY,
    TAGS,
    Parsed,
    everywhere,
    one_turn,
    texts_of,
    untrusted,
)
from tests.core.report.reports import (
    FAILURE,
    MADE_AT,
    QUESTION,
    SYSTEM_PROMPT,
    TREE,
    reply_of,
    round_of,
    span,
    three_lanes,
    trace_of,
    turn,
)


@given(untrusted)
@example("".join(NASTY))
@example("".join(reversed(NASTY)))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_what_a_stranger_wrote_is_text_wherever_it_stands(text: str) -> None:
    html = report_html(everywhere(text))
    parsed = Parsed(html)
    assert {tag for tag, _ in parsed.elements} <= TAGS
    assert [tag for tag, _ in parsed.elements].count("script") == 2
    assert [tag for tag, _ in parsed.elements].count("style") == 2
    for tag, attributes in parsed.elements:
        assert not [name for name in attributes if name.startswith("on")]
        bound = {name: attributes[name] for name in attributes.keys() & BINDING}
        assert all((value or "").startswith(("#", "data:")) for value in bound.values()), (
            tag,
            bound,
        )
    block = parsed.bodies["script"][0]
    assert not set("<>&\u2028\u2029") & set(block)
    html.encode()
    assert parsed.policy == Parsed(report_html(everywhere("harmless"))).policy


@given(untrusted)
@settings(deadline=None, max_examples=60)
def test_a_recorded_text_comes_back_as_it_was(text: str) -> None:
    # What looks like a key or a private path does not, and is held to that elsewhere.
    assume(Redactor().text(Section.PAYLOADS, f"out {text}") == f"out {text}")
    trace = trace_of("tr-1", span("root", None, "x", "LLM", (0, 1), outputs=f"out {text}"))
    assert clean_text(f"out {text}") in texts_of(report_html(one_turn(reply_of("hi"), trace)))


def test_the_policy_allows_this_script_and_these_styles_and_no_request() -> None:
    parsed = Parsed(report_html(three_lanes()))

    def hashed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    _, module = parsed.bodies["script"]
    assert parsed.policy.split("; ") == [
        "default-src 'none'",
        f"script-src {hashed(module)}",
        f"style-src {' '.join(map(hashed, parsed.bodies['style']))}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert not re.search(r"url\(|@import", "".join(parsed.bodies["style"]))
    assert not re.search(r"\bfetch\(|XMLHttpRequest|import\(|WebSocket|sendBeacon", module)


def test_plain_markdown_is_drawn_and_links_and_pictures_stay_text() -> None:
    text = (
        "# Head\n**bold** `a<b`\n- one\n  - two\n\n[x](https://e.example) ![p](https://e.example/p)"
    )
    html = report_html(one_turn(replace(reply_of(""), blocks=(TextBlock(text=text),))))
    assert (
        '<div class="text" dir="auto"><p class="heading">Head</p><p><strong>bold</strong> '
        '<code>a&lt;b</code></p><p class="item level-0"><span>•</span><span>one</span></p>'
        '<p class="item level-1"><span>•</span><span>two</span></p>'
        "<p>[x](https://e.example) ![p](https://e.example/p)</p></div>"
    ) in html


# What it says


def test_the_report_names_every_lane_with_set_up_answer_failure_and_figures() -> None:
    comparison = three_lanes()
    text = Parsed(report_html(comparison)).text
    for words in (
        "Three ways to ask gpt-5-mini",
        "23 November 2026, 14:30 UTC · 1 question · 3 lanes",
        "Simulated. All answers come from gwtrace's demo gateway",
        QUESTION.text,
        SYSTEM_PROMPT,
        "OpenAI SDK · Responses · OpenAI · not streamed",
        comparison.turns[0].target.base_url,
        "Most output tokens400",
        "Model that answeredgpt-5-mini-2025-08-07",
        "17 % of 2,340 is 397.8.",
        "Gateway: key expired · HTTP 401",
        FAILURE.hint,
        "first token640 ms best",
        "MLflow did not answer: connection refused.",
        "A against B: 97% in common",
        "Parity: what each trace recorded",
        "By gwtrace's own stopwatch",
        "http://mlflow.example.org:5000",
    ):
        assert words.lower() in text.lower(), words


def test_a_cached_answer_and_a_distinct_request_are_told() -> None:
    comparison = three_lanes()
    (round_,) = comparison.rounds
    first, second, third = round_.turns
    usage = Usage(input_tokens=1_180, output_tokens=262, cache_read_tokens=1_024)
    kept = replace(first.reply, cached_request_count=1, usage=usage, gateway_cost_usd=0.0)
    asked = replace(second.request, distinct_line="Request a1-2. Never mind.")
    turns = (
        replace(
            first, reply=kept, figures=tuple(make_figures(kept, table_cost=None, trace_cost=None))
        ),
        replace(second, request=asked),
        third,
    )
    text = Parsed(report_html(replace(comparison, rounds=(replace(round_, turns=turns),)))).text
    for words in (
        "1 of 2 model requests answered from the gateway's cache. Its times and cost are not the "
        "model's, so they count in no comparison.",
        "finished, from cache",
        "1,180 (1,024 cached) → 262",
        "The system prompt of this run ended in: Request a1-2. Never mind.",
    ):
        assert words in text, words


def test_a_blind_vote_and_its_reveal_stand_between_question_and_answers() -> None:
    comparison = three_lanes()
    (round_,) = comparison.rounds
    vote = "lane B is better. Answer 1 was lane B, answer 2 was lane A."
    report = rendered_report(replace(comparison, rounds=(replace(round_, vote=vote),)))
    text = Parsed(report.html).text
    assert text.index(QUESTION.text) < text.index(f"Blind vote: {vote}") < text.index("397.8")
    assert [each.detail for each in report.leaves if each.name == "Votes"] == ["1 blind vote"]
    assert "Blind vote" not in report_html(comparison)


def test_a_lane_that_is_real_is_not_called_simulated() -> None:
    comparison = three_lanes()
    real = turn("D", gateway_connection(), SdkPath.OPENAI_CHAT, reply_of("hello"), None)
    round_ = comparison.rounds[0]
    mixed = replace(comparison, rounds=(replace(round_, turns=(*round_.turns, real)),))
    assert "Simulated. The answers of lane A, B, C come from" in Parsed(report_html(mixed)).text
    assert "Simulated" not in Parsed(report_html(one_turn(reply_of("hello")))).text


def test_all_trees_of_a_round_share_the_longest_trace_s_axis() -> None:
    trees = Parsed(report_html(three_lanes())).data["trees"]
    assert [(tree["axis"], tree["start"][0], tree["group"]) for tree in trees] == [
        (4_368_000, 0, 0),
        (4_368_000, 0, 0),
    ]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(),
        Reply(status="stopped", stop_reason="Stopped by the user."),
        Reply(status="finished"),
        Reply(status="finished", finish_reason="length", blocks=(TextBlock(text="cut"),)),
    ],
)
def test_a_reply_of_any_state_can_be_told(reply: Reply) -> None:
    made = turn("A", gateway_connection(), SdkPath.OPENAI_CHAT, reply, None)
    comparison = ReportInput(
        title="t", made_at=MADE_AT, tree=TREE, rounds=(round_of(QUESTION, made),)
    )
    text = Parsed(report_html(comparison)).text
    told = ("still on its way", "Stopped by the user.", "gave no text", "Cut off at the limit")
    assert sum(words in text for words in told) == 1


def test_answer_and_table_of_a_report_say_how_a_call_ended() -> None:
    reply = Reply(status="finished", finish_reason="SPII", blocks=(TextBlock(text="He lives"),))
    made = turn("A", gateway_connection(), SdkPath.OPENAI_CHAT, reply, None)
    comparison = ReportInput(
        title="t", made_at=MADE_AT, tree=TREE, rounds=(round_of(QUESTION, made),)
    )
    text = Parsed(report_html(comparison)).text
    assert "the answer held sensitive personal data." in text
    assert "finished: personal data" in text


def test_the_same_comparison_gives_the_same_file() -> None:
    assert report_html(three_lanes()) == report_html(three_lanes())


def test_a_picture_travels_with_the_file_and_a_lying_one_does_not() -> None:
    png = Image(media_type="image/png", data=b"\x89PNG\r\n\x1a\nrest")
    svg = Image(media_type="image/svg+xml", data=b"<svg onload=alert(1)>")
    liar = Image(media_type="image/png", data=b"<svg onload=alert(1)>")
    comparison = one_turn(reply_of("hello"))
    question = replace(QUESTION, images=(png, svg, liar))
    round_ = replace(comparison.rounds[0], question=question)
    parsed = Parsed(report_html(replace(comparison, rounds=(round_,))))
    encoded = base64.b64encode(png.data).decode()
    sources = [attrs["src"] for tag, attrs in parsed.elements if tag == "img"]
    assert sources == [f"data:image/png;base64,{encoded}"]
    assert parsed.text.count("A picture that cannot be drawn") == 2
