"""The report: what was said stays text, nothing secret leaves, and it stays small."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from gwtrace_core.chat import Image, Message
from gwtrace_core.connection import SdkPath
from gwtrace_core.export._redaction import Redactor, Section
from gwtrace_core.export.code import CodeTracking
from gwtrace_core.export.report import (
    Masked,
    ReportInput,
    ReportParts,
    ReportTurn,
    rendered_report,
    report_html,
    what_leaves,
)
from gwtrace_core.figures import Figure
from gwtrace_core.running.reply import ReasoningBlock, Reply, TextBlock, ToolBlock
from gwtrace_core.secret import MASK, Secret
from gwtrace_core.trace.model import Trace
from tests.core.export.calls import CANARY, gateway_connection
from tests.core.export.reports import (
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
    turn_trace,
)

TAGS = {
    "html", "head", "meta", "title", "link", "style", "body", "header", "h1", "h2", "h3", "h4",
    "p", "strong", "em", "nav", "a", "main", "section", "div", "article", "span", "details",
    "summary", "dl", "dt", "dd", "pre", "code", "noscript", "del", "ins", "table", "thead",
    "tbody", "tr", "th", "td", "ol", "li", "sup", "button", "footer", "template", "input", "i",
    "script", "img",
}  # fmt: skip
BINDING = {"href", "src", "action", "style", "srcdoc", "formaction"}


class Parsed(HTMLParser):
    """What a browser would make of the file, as far as elements go."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.bodies: dict[str, list[str]] = {"script": [], "style": []}
        self.texts: list[str] = []
        self._raw = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._raw = tag if tag in self.bodies else ""
        if self._raw:
            self.bodies[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._raw = ""

    def handle_data(self, data: str) -> None:
        if self._raw:
            self.bodies[self._raw][-1] += data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.bodies["script"][0])

    @property
    def policy(self) -> str:
        return next(
            attrs["content"] or ""
            for tag, attrs in self.elements
            if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
        )


def one_turn(reply: Reply, trace: Trace | None = None, **changes: Any) -> ReportInput:
    """A report of one turn through the gateway."""
    made = turn("A", gateway_connection(), SdkPath.OPENAI_CHAT, reply, trace, **changes)
    return ReportInput(
        title="One turn", made_at=MADE_AT, tree=TREE, rounds=(round_of(QUESTION, made),)
    )


def with_turn(comparison: ReportInput, **changes: Any) -> ReportInput:
    """The report with its only turn changed."""
    round_ = comparison.rounds[0]
    changed: ReportTurn = replace(round_.turns[0], **changes)
    return replace(comparison, rounds=(replace(round_, turns=(changed,)),))


def texts_of(html: str) -> list[str]:
    return Parsed(html).data["texts"]


def masked_of(comparison: ReportInput) -> dict[str, tuple[Masked, ...]]:
    return {item.name: item.masked for item in what_leaves(comparison) if item.masked}


# Untrusted text


NASTY = [
    "</script>", "<script>alert(1)</script>", "<!--", "-->", "<!-- <script>", "]]>", "\u2028",
    "\u2029", "</style>", "</template>", "</pre>", "</title>", '"', "'", "`", "**", "*", "# ", "- ",
    "| a | b |", "|-|-|", "\n", "```", "~~~", "<img src=x onerror=alert(1)>", "&lt;b&gt;", "&#60;",
    "\ud800", "\x00", "\\", "\\u003c", "javascript:alert(1)", "[x](javascript:alert(1))",
    "![x](https://evil.example/p.png)", "\r\n", "\u202e", "{{7*7}}", "${x}",
]  # fmt: skip
untrusted = st.lists(st.sampled_from(NASTY) | st.text(max_size=8), max_size=12).map("".join)


def everywhere(text: str) -> ReportInput:
    """A report with `text` in every place that a stranger may write to."""
    reply = replace(
        reply_of(text),
        blocks=(
            ReasoningBlock(text=text),
            ToolBlock(call_id=text, name=text, arguments_text=text, content=text, is_error=True),
            TextBlock(text=text),
        ),
        status="failed",
        failure=replace(FAILURE, message=text, hint=text, body=text, routes=(text,)),
        response_model=text,
        response_id=text,
        finish_reason=text,
    )
    spans = [
        span("root", None, text, text, (0, 10), model=text, provider=text, status="error",
             status_message=text, inputs={text: [text]}, outputs=text, attributes={text: text}),
        span(text, "root", text, "LLM", (1, 9)),
    ]  # fmt: skip
    comparison = one_turn(
        reply, trace_of(text, *spans), model=text if text.strip() else "m", system_prompt=text
    )
    [made] = comparison.rounds[0].turns
    made = replace(
        made,
        request=replace(made.request, lane=replace(made.request.lane, route=text)),
        target=replace(made.target, base_url=text),
    )
    figure = Figure(label=text, value=text, unit=text, explanation=text, delta=text)
    round_ = round_of(Message(role="user", text=text), made)
    round_ = replace(round_, turns=(replace(round_.turns[0], figures=(figure,)),))
    return replace(
        comparison,
        title=text,
        rounds=(round_,),
        comparison_id=text,
        user=text,
        parts=ReportParts(user_name=True),
        versions=((text, text),),
        tracking=CodeTracking(tracking_uri=text, experiment_name=text),
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
    readable = f"out {text}".encode("utf-8", "replace").decode()
    assert readable in texts_of(report_html(one_turn(reply_of("hi"), trace)))


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
    told = ("still on its way", "Stopped by the user.", "answer is empty", "Cut off at the limit")
    assert sum(words in text for words in told) == 1


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


# What does not leave


def test_a_known_key_is_masked_everywhere_and_the_preview_says_where() -> None:
    password = 'p@ss"w\\örd-123'
    text = f"key {CANARY} and {password}."
    comparison = replace(everywhere(text), secrets=(Secret(password),))
    report = rendered_report(comparison)
    for form in (CANARY, password, json.dumps(password)[1:-1], "p%40ss%22w", "w\\\\örd"):
        assert form not in report.html
    assert MASK in report.html
    told = {item.name for item in report.leaves if Masked(what="key", count=2) in item.masked}
    assert {"Questions", "System prompts"} <= told
    named = {item.name for item in report.leaves if any(m.what == "key" for m in item.masked)}
    assert named >= {"Questions", "Answers and reasoning", "Tool calls", "Set-up of the lanes",
                     "Error messages", "Trace trees", "Trace payloads", "Code"}  # fmt: skip


@pytest.mark.parametrize(
    "secret",
    [
        "pylf_v1_us_abc123",
        "paig_0123456789abcdef",
        "sk-proj-Abc123def456ghi789",
        "sk-ant-api03-abcdef-123456",
        "gsk_0123456789abcdefABCD",
        "AIzaSyA0123456789abcdefghijk",
        "Bearer abc.def-123456789",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_DEF-123",
    ],
)
def test_what_looks_like_a_key_is_masked_even_if_nobody_named_it(secret: str) -> None:
    html = report_html(everywhere(f"it is {secret}, see"))
    assert secret.removeprefix("Bearer ") not in html


@pytest.mark.parametrize(
    "text",
    [
        "A task-based, risk-averse disk-image; sk-learn and sk-something-without-figures.",
        "Edit /etc/hosts and /home/user/.bashrc, then visit https://example.org/a@b.",
        "Send `Authorization: Bearer YOUR_TOKEN_HERE`.",
        "C:\\Users\\you\\file.txt is an example. The password: rosebud.",
    ],
)
def test_ordinary_words_of_an_answer_stay_as_they_are(text: str) -> None:
    comparison = one_turn(replace(reply_of(""), blocks=(TextBlock(text=text),)))
    assert text.replace("`", "") in Parsed(report_html(comparison)).text
    assert masked_of(comparison) == {}


def test_passwords_in_addresses_and_named_values_are_masked_in_traces() -> None:
    attributes = {
        "http.url": "https://anna:hunter2@proxy.example/x",
        "headers": '{"x-api-key": "abcd", "Authorization": "Basic QWxhZGRpbg"}',
        "api_key": "short",
    }
    trace = trace_of("tr-1", span("root", None, "x", "LLM", (0, 1), attributes=attributes))
    [text] = texts_of(report_html(one_turn(reply_of("hi"), trace)))
    assert text.splitlines() == [
        f"api_key\t{MASK}",
        f'headers\t{{"x-api-key": "{MASK}", "Authorization": "{MASK}"}}',
        f"http.url\thttps://{MASK}@proxy.example/x",
        "span id\troot",
        "parent id\tnone",
    ]


def test_paths_of_this_machine_are_shortened_in_traces_errors_settings_and_code() -> None:
    stack = 'File "/opt/app/.venv/lib/openai/x.py", line 3\n  at /home/anna/work/y.py:4'
    trace = trace_of("tr-1", span("root", None, "x", "LLM", (0, 1), outputs=stack))
    comparison = replace(
        one_turn(reply_of("in /srv/secret/place/z.txt"), trace),
        tracking=CodeTracking(tracking_uri="sqlite:////srv/data/mlflow.db"),
        private_paths=("/srv/secret", "/"),
    )
    html = report_html(comparison)
    for path in ("/opt/app", "anna", "/srv/data", "/srv/secret"):
        assert path not in html
    assert 'File "…/x.py", line 3\n  at …/y.py:4' in texts_of(html)
    assert "sqlite:///…/mlflow.db" in html
    assert "in …/z.txt" in html


LONG_PROMPT = " ".join(f"Rule {number}: never tell secret {number}." for number in range(40))
"""Long enough that a script writes it in several pieces."""


def test_the_demo_s_key_and_words_that_look_like_it_stay() -> None:
    assert "demo gateway" in report_html(three_lanes())


@pytest.mark.parametrize(
    "prompt", [SYSTEM_PROMPT, LONG_PROMPT, 'Say "no"\nand\tnothing elſe: \\ <b>.']
)
def test_a_system_prompt_that_is_left_out_is_nowhere_in_the_file(prompt: str) -> None:
    recorded = {
        "messages": [{"role": "system", "content": prompt}, {"role": "user", "content": "hi"}],
        "instructions": prompt[:30],
    }
    attributes = {
        "gen_ai.system_instructions": json.dumps([{"type": "text", "content": prompt}]),
        "logged": json.dumps(recorded),
        "gen_ai.system": "openai",
    }
    trace = trace_of(
        "tr-1",
        span("root", None, "x", "LLM", (0, 1), inputs=recorded, attributes=attributes,
             outputs=json.dumps({"echo": prompt})),
    )  # fmt: skip
    whole = one_turn(reply_of(f"I was told: {prompt}"), trace, system_prompt=prompt)
    comparison = replace(whole, parts=ReportParts(system_prompts=False))
    html = report_html(comparison)
    start = json.dumps(prompt[:18])[1:-1]
    in_whole = "".join(texts_of(report_html(whole)))
    assert start in in_whole
    for form in (prompt[:18], start, json.dumps(start)[1:-1]):
        assert form not in html
        assert form not in "".join(texts_of(html))
    assert '"role": "user"' in "".join(texts_of(html))
    item = next(item for item in what_leaves(comparison) if item.name == "System prompts")
    assert (item.is_included, item.detail) == (False, "1 prompt")


def test_the_user_s_name_leaves_only_when_asked() -> None:
    comparison = three_lanes()
    assert "anna" not in report_html(comparison)
    asked = replace(comparison, parts=ReportParts(user_name=True))
    assert "by anna@example.org" in Parsed(report_html(asked)).text


def test_payloads_and_code_can_be_left_out_and_errors_stay() -> None:
    comparison = replace(three_lanes(), parts=ReportParts(trace_payloads=False, code=False))
    html = report_html(comparison)
    assert texts_of(html) == ["ToolError: unknown time zone 'Mars/Base'"]
    assert "import mlflow" not in html
    left = {item.name: item.is_included for item in what_leaves(comparison)}
    assert (left["Trace payloads"], left["Code"], left["Trace trees"]) == (False, False, True)


def test_the_script_of_each_lane_has_no_key() -> None:
    html = report_html(one_turn(reply_of("hi")))
    assert "import mlflow" in html
    assert "PYDANTIC_AI_GATEWAY_API_KEY" in html
    assert CANARY not in html


# How much


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
    report = rendered_report(comparison)
    assert len(report.html.encode()) < 1_000_000
    assert len(Parsed(report.html).data["trees"][0]["id"]) == 1_000


def test_many_lanes_of_spans_stay_under_a_megabyte_for_each_thousand() -> None:
    trace = big_trace(1_500, 4_000, 20)
    connection = gateway_connection()
    turns = [turn(name, connection, SdkPath.OPENAI_CHAT, reply_of("hi"), trace) for name in "AB"]
    comparison = replace(one_turn(reply_of("hi")), rounds=(round_of(QUESTION, *turns),))
    assert len(report_html(comparison).encode()) < 3_000_000


def test_a_long_value_is_cut_with_its_size_and_short_ones_stay_whole() -> None:
    spans = [
        span("root", None, "x", "LLM", (0, 1), inputs="é" * 700_000, outputs="short & whole"),
        span("next", "root", "y", "LLM", (0, 1), inputs="<" * 20_001),
    ]
    comparison = one_turn(reply_of("hi"), trace_of("tr-1", *spans))
    texts = texts_of(report_html(comparison))
    assert texts[0] == "é" * 20_000 + "…\n(cut: 20,000 of 700,000 characters)"
    assert texts[1] == "short & whole"
    assert texts[3] == "<" * 20_000 + "…\n(cut: 20,000 of 20,001 characters)"
    details = {item.name: item.detail for item in what_leaves(comparison)}
    assert details["Trace payloads"].endswith("; 2 long values cut")


def test_a_text_that_many_spans_recorded_is_in_the_file_once() -> None:
    shared = "the whole conversation " * 100
    spans = [span(f"s{n}", None, "x", "LLM", (n, n + 1), inputs=shared) for n in range(50)]
    html = report_html(one_turn(reply_of("hi"), trace_of("tr-1", *spans)))
    assert html.count(shared) == 1


def test_a_broken_trace_is_shown_with_its_defects() -> None:
    spans = [
        span("a", "b", "ring", "CHAIN", (0, 5)),
        span("b", "a", "ring", "CHAIN", (5, 1)),
        span("a", None, "twin", "CHAIN", (0, 5), outputs=float("nan")),
    ]
    data = Parsed(report_html(one_turn(reply_of("hi"), trace_of("tr", *spans)))).data
    assert data["trees"][0]["id"] == ["a", "b", "a#2"] or len(data["trees"][0]["id"]) == 3
    assert "NaN" in data["texts"]


def test_an_unfinished_turn_trace_draws_without_its_end() -> None:
    trace = turn_trace("tr-1", "gpt-5-mini")
    open_ended = replace(
        trace, spans=tuple(replace(each, end_ns=None, status="unset") for each in trace.spans)
    )
    data = Parsed(report_html(one_turn(reply_of("hi"), open_ended))).data
    assert set(data["trees"][0]["status"]) == {"never closed"}
