"""What does not leave with a report: keys, paths, and what its maker left out."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gwtrace_core.code.script import CodeTracking
from gwtrace_core.report.comparison import render_report
from gwtrace_core.report.values import Masked, ReportParts
from gwtrace_core.values.reply import TextBlock
from gwtrace_core.values.secret import MASK, Secret
from tests.core.code.calls import CANARY
from tests.core.report.report_page import Parsed, everywhere, masked_of, one_turn, texts_of
from tests.core.report.reports import (
    SYSTEM_PROMPT,
    exported_of,
    html_of,
    reply_of,
    span,
    three_lanes,
    trace_of,
)


def test_a_known_key_is_masked_everywhere_and_the_preview_says_where() -> None:
    password = 'p@ss"w\\örd-123'
    text = f"key {CANARY} and {password}."
    comparison = replace(everywhere(text), secrets=(Secret(password),))
    report = render_report(comparison)
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
    html = html_of(everywhere(f"it is {secret}, see"))
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
    assert text.replace("`", "") in Parsed(html_of(comparison)).text
    assert masked_of(comparison) == {}


def test_passwords_in_addresses_and_named_values_are_masked_in_traces() -> None:
    attributes = {
        "http.url": "https://anna:hunter2@proxy.example/x",
        "headers": '{"x-api-key": "abcd", "Authorization": "Basic QWxhZGRpbg"}',
        "api_key": "short",
    }
    trace = trace_of("tr-1", span("root", None, "x", "LLM", (0, 1), attributes=attributes))
    [text] = texts_of(html_of(one_turn(reply_of("hi"), trace)))
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
    html = html_of(comparison)
    for path in ("/opt/app", "anna", "/srv/data", "/srv/secret"):
        assert path not in html
    assert 'File "…/x.py", line 3\n  at …/y.py:4' in texts_of(html)
    assert "sqlite:///…/mlflow.db" in html
    assert "in …/z.txt" in html


LONG_PROMPT = " ".join(f"Rule {number}: never tell secret {number}." for number in range(40))
"""Long enough that a script writes it in several pieces."""


def test_the_demo_s_key_and_words_that_look_like_it_stay() -> None:
    assert "demo gateway" in html_of(three_lanes())


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
    html = html_of(comparison)
    start = json.dumps(prompt[:18])[1:-1]
    in_whole = "".join(texts_of(html_of(whole)))
    assert start in in_whole
    for form in (prompt[:18], start, json.dumps(start)[1:-1]):
        assert form not in html
        assert form not in "".join(texts_of(html))
    assert '"role": "user"' in "".join(texts_of(html))
    item = next(item for item in exported_of(comparison) if item.name == "System prompts")
    assert (item.is_included, item.detail) == (False, "1 prompt")


def test_the_user_s_name_leaves_only_when_asked() -> None:
    comparison = three_lanes()
    assert "anna" not in html_of(comparison)
    asked = replace(comparison, parts=ReportParts(user_name=True))
    assert "by anna@example.org" in Parsed(html_of(asked)).text


def test_payloads_and_code_can_be_left_out_and_errors_stay() -> None:
    comparison = replace(three_lanes(), parts=ReportParts(trace_payloads=False, code=False))
    html = html_of(comparison)
    assert texts_of(html) == ["ToolError: unknown time zone 'Mars/Base'"]
    assert "import mlflow" not in html
    left = {item.name: item.is_included for item in exported_of(comparison)}
    assert (left["Trace payloads"], left["Code"], left["Trace trees"]) == (False, False, True)


def test_the_script_of_each_lane_has_no_key() -> None:
    html = html_of(one_turn(reply_of("hi")))
    assert "import mlflow" in html
    assert "PYDANTIC_AI_GATEWAY_API_KEY" in html
    assert CANARY not in html
