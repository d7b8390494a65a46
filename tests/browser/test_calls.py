"""Every way of calling, stopped and failing calls, with the gateway's own view of each."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from gwtrace_core.values.connection import SdkPath
from tests.browser.conftest import OpenPage
from tests.browser.servers import KeyedGateway
from tests.browser.support import SLOW_MS, App, Chat, choose, go, root_of, wait_idle

pytestmark = pytest.mark.browser


@pytest.fixture
def chat(keyed_app: App, open_page: OpenPage) -> Chat:
    """A new session on the gateway, by the OpenAI SDK, with everything loaded."""
    chat = Chat(open_page(keyed_app.url))
    # Until then the page looks again every second, which `wait_idle` cannot tell from a click.
    expect(chat.status).to_contain_text("MLflow embedded store", timeout=SLOW_MS)
    return chat


WAYS = (
    (
        SdkPath.OPENAI_CHAT,
        "Groq",
        "llama-3.3-70b-versatile",
        "/groq/openai/v1/chat/completions",
    ),
    (SdkPath.OPENAI_RESPONSES, "OpenAI", "gpt-5.4-mini", "/openai/responses"),
    (SdkPath.ANTHROPIC_MESSAGES, "Anthropic", "claude-haiku-4-5", "/anthropic/v1/messages"),
    (
        SdkPath.PYDANTIC_AI,
        "Google",
        "gemini-2.5-flash",
        "/google-vertex/v1beta1/publishers/google/models/gemini-2.5-flash:streamGenerateContent",
    ),
)
"""Every SDK path, each with another provider: path, provider, model, and where it goes."""


def test_every_sdk_path_answers_and_is_traced(
    chat: Chat, keyed_app: App, gateway: KeyedGateway
) -> None:
    for path, provider, model, wire_path in WAYS:
        chat.pick("Provider", provider)
        chat.pick_path(path.label)
        chat.pick("Model", model)
        mark = gateway.exchanges.mark
        chat.ask("What is 17% of 2,340?")
        expect(chat.answers.last).to_contain_text("397.8")
        expect(chat.answers.last).to_contain_text(f"{model} · {path.label} · {provider}")
        exchanges = gateway.exchanges.since(mark)
        assert [(exchange.path, exchange.ending) for exchange in exchanges] == [
            (f"/proxy{wire_path}", "completed")
        ] * 2
        sent_traceparent = exchanges[0].headers["traceparent"].split("-")[1]
        expect(chat.trace_id_label).to_have_text(f"tr-{sent_traceparent}")
        trace = keyed_app.store.trace(chat.trace_id)
        tools = [span for span in trace.data.spans if span.span_type == "TOOL"]
        assert [(span.name, span.outputs) for span in tools] == [("calculator", "397.8")]
        expect(chat.rows).to_have_count(len(trace.data.spans))
        chat.page.locator(".st-key-chat-new").get_by_role("button").click()
        expect(chat.questions).to_have_count(0)


@pytest.mark.parametrize(
    ("model", "by", "arrived"),
    [
        ("fault-stall", "click", ""),
        ("fault-stall-midway", "Escape", "You asked"),
    ],
)
def test_stop_keeps_the_text_and_closes_the_connection(
    chat: Chat, keyed_app: App, gateway: KeyedGateway, model: str, by: str, arrived: str
) -> None:
    chat.pick("Model", model)
    mark = gateway.exchanges.mark
    chat.send("Tell me about trees")
    gateway.exchanges.wait_for(lambda _: True, since=mark, timeout_s=SLOW_MS / 1000)
    expect(chat.answers.last).to_contain_text(arrived or "Waiting for the first token")
    if by == "click":
        chat.stop_button.click()
    else:
        chat.page.keyboard.press(by)
    expect(chat.answers.last).to_contain_text("Stopped by the user.")
    expect(chat.answers.last).to_contain_text(arrived)
    assert gateway.exchanges.wait_ended(since=mark).ending == "client disconnected"
    expect(chat.page.locator(".st-key-pane-right")).to_contain_text("Stopped")
    chat.settle()
    trace = keyed_app.store.trace(chat.trace_id)
    assert {span.end_time_ns is None for span in trace.data.spans} == {False}
    assert root_of(trace).attributes["gwtrace.stop_reason"] == "Stopped by the user."
    assert trace.info.tags["gwtrace.outcome"] == "stopped"

    chat.pick("Model", "gpt-5.4-mini")
    chat.ask("Hello")
    expect(chat.answers.last).to_contain_text("Hello! This is gpt-5.4-mini")


def test_a_message_sent_too_early_is_kept_in_the_box(chat: Chat) -> None:
    chat.pick("Model", "fault-stall")
    chat.send("Tell me about trees")
    expect(chat.stop_button).to_be_visible()
    chat.box.fill("And another one")
    chat.box.press("Enter")
    expect(chat.page.get_by_text("The previous answer is still on its way")).to_be_visible()
    expect(chat.box).to_have_value("And another one")
    chat.stop_button.click()
    expect(chat.answers.last).to_contain_text("Stopped by the user.")
    expect(chat.box).to_have_value("And another one")


@pytest.mark.parametrize(
    ("model", "headline", "message", "hint", "kept"),
    [
        (
            "fault-cut-stream",
            "Provider: stream cut",
            "the stream ended without a finish reason and without usage",
            "Send it again.",
            "You asked",
        ),
        (
            "fault-unpriced",
            "Gateway: model without a price · HTTP 404",
            "has no price for the model 'fault-unpriced'",
            "Choose a model that the gateway has a price for",
            "",
        ),
    ],
    ids=lambda value: value if value.startswith(("fault", "no-such")) else "",
)
def test_a_failure_says_whose_fault_it_is_and_the_chat_goes_on(
    chat: Chat, keyed_app: App, model: str, headline: str, message: str, hint: str, kept: str
) -> None:
    chat.pick("Model", model)
    chat.ask("Tell me about trees")
    for part in (headline, message, hint):
        expect(chat.failure).to_contain_text(part)
    expect(chat.answers.last).to_contain_text(kept)
    trace = keyed_app.store.trace(chat.trace_id)
    assert trace.info.tags["gwtrace.outcome"] == "failed"
    assert message in (root_of(trace).status.description or "")
    chat.expect_no_traceback()
    chat.pick("Model", "gpt-5.4-mini")
    chat.ask("Hello")
    expect(chat.answers.last).to_contain_text("Hello! This is gpt-5.4-mini")


def test_wrong_keys_can_be_shown_and_are_told_apart(chat: Chat) -> None:
    # Lists close when the page scrolls under them, as a test's click would have it.
    chat.page.set_viewport_size({"width": 1280, "height": 3000})
    go(chat.page, "Connections")
    expect(chat.page.get_by_text("streamlit 1.")).to_be_visible()
    wait_idle(chat.page)
    chat.page.get_by_text("Keys that fail").click()
    keys = chat.page.get_by_role("combobox", name="Offer these as connections")
    expect(keys).to_be_visible()
    wait_idle(chat.page)
    for key in ("demo-expired", "demo-rate-limited"):
        offered = chat.page.get_by_text(re.compile(rf"^Demo gateway, key {key}$"))
        for _ in range(3):
            # A click is lost where the list moves, as while what it stands in unfolds.
            choose(keys, key)
            try:
                expect(offered).to_be_visible()
            except AssertionError:
                continue
            break
        expect(offered).to_be_visible()
    chat.page.keyboard.press("Escape")
    go(chat.page, "Chat")
    for key, headline in (
        ("demo-expired", "Gateway: key expired · HTTP 403"),
        ("demo-rate-limited", "Gateway: rate limited · HTTP 429"),
    ):
        chat.pick("Connection", f"Demo gateway, key {key}")
        expect(chat.status).to_contain_text("Demo · simulated answers")
        chat.ask("Hello")
        expect(chat.failure).to_contain_text(headline)
    chat.pick("Connection", "Demo gateway")
    chat.ask("Hello")
    expect(chat.answers.last).to_contain_text("Hello! This is gpt-5.2")
