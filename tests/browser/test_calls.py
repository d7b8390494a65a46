"""Ways of calling, stopped and failing calls, with the gateway's own view of each."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from gwtrace_core.values.connection import SdkPath
from tests.browser.conftest import OpenPage
from tests.browser.servers import KeyedGateway
from tests.browser.support import SLOW_MS, App, Chat, go, root_of

pytestmark = pytest.mark.browser


@pytest.fixture
def chat(keyed_app: App, open_page: OpenPage) -> Chat:
    """A new session on the gateway, by the OpenAI SDK, with everything loaded."""
    chat = Chat(open_page(keyed_app.url))
    # Until then the page looks again every second, which `wait_idle` cannot tell from a click.
    expect(chat.status).to_contain_text("MLflow embedded store", timeout=SLOW_MS)
    return chat


def test_two_sdk_paths_answer_one_after_the_other_and_are_traced(
    chat: Chat, keyed_app: App, gateway: KeyedGateway
) -> None:
    vertex = "/google-vertex/v1beta1/publishers/google/models"
    for path, provider, model, wire_path in (
        (
            SdkPath.OPENAI_CHAT,
            "Groq",
            "llama-3.3-70b-versatile",
            "/groq/openai/v1/chat/completions",
        ),
        (
            SdkPath.PYDANTIC_AI,
            "Google",
            "gemini-2.5-flash",
            f"{vertex}/gemini-2.5-flash:streamGenerateContent",
        ),
    ):
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


def expect_stopped(chat: Chat, app: App, gateway: KeyedGateway, mark: int, arrived: str) -> None:
    """The text that had arrived is kept, the connection closed, and MLflow says so."""
    expect(chat.answers.last).to_contain_text("Stopped by the user.")
    expect(chat.answers.last).to_contain_text(arrived)
    assert gateway.exchanges.wait_ended(since=mark).ending == "client disconnected"
    expect(chat.page.locator(".st-key-pane-right")).to_contain_text("Stopped")
    chat.settle()
    trace = app.store.newest
    assert {span.end_time_ns is None for span in trace.data.spans} == {False}
    assert root_of(trace).attributes["gwtrace.stop_reason"] == "Stopped by the user."
    assert trace.info.tags["gwtrace.outcome"] == "stopped"
    expect(chat.trace_id_label).to_have_text(trace.info.trace_id)


def test_what_is_stopped_keeps_its_text_and_the_next_message_and_the_chat_goes_on(
    chat: Chat, keyed_app: App, gateway: KeyedGateway
) -> None:
    chat.pick("Model", "fault-stall")
    mark = gateway.exchanges.mark
    chat.send("Tell me about trees")
    gateway.exchanges.wait_for(lambda _: True, since=mark, timeout_s=SLOW_MS / 1000)
    expect(chat.answers.last).to_contain_text("Waiting for the first token")
    # A message that is sent too early is kept in the box.
    chat.box.fill("And another one")
    chat.box.press("Enter")
    expect(chat.page.get_by_text("The previous answer is still on its way")).to_be_visible()
    expect(chat.box).to_have_value("And another one")
    chat.stop_button.click()
    expect_stopped(chat, keyed_app, gateway, mark, "")
    expect(chat.box).to_have_value("And another one")

    # Stopped midway, by a key, after another page was looked at.
    chat.pick("Model", "fault-stall-midway")
    mark = gateway.exchanges.mark
    chat.send("Tell me about trees")
    expect(chat.answers.last).to_contain_text("You asked", timeout=SLOW_MS)
    go(chat.page, "Connections")
    expect(chat.page.get_by_text("Where calls go")).to_be_visible()
    go(chat.page, "Chat")
    expect(chat.answers.last).to_contain_text("You asked")
    expect(chat.stop_button).to_be_visible()
    assert [exchange.ending for exchange in gateway.exchanges.since(mark)] == [None]
    chat.page.keyboard.press("Escape")
    expect_stopped(chat, keyed_app, gateway, mark, "You asked")

    chat.pick("Model", "gpt-5.4-mini")
    chat.ask("Hello")
    expect(chat.answers.last).to_contain_text("Hello! This is gpt-5.4-mini")


def test_a_failure_says_whose_fault_it_is_and_the_chat_goes_on(chat: Chat, keyed_app: App) -> None:
    chat.pick("Model", "fault-cut-stream")
    chat.ask("Tell me about trees")
    message = "the stream ended without a finish reason and without usage"
    for part in ("Provider: stream cut", message, "Send it again."):
        expect(chat.failure).to_contain_text(part)
    expect(chat.answers.last).to_contain_text("You asked")
    trace = keyed_app.store.trace(chat.trace_id)
    assert trace.info.tags["gwtrace.outcome"] == "failed"
    assert message in (root_of(trace).status.description or "")
    chat.expect_no_traceback()
    chat.pick("Model", "gpt-5.4-mini")
    chat.ask("Hello")
    expect(chat.answers.last).to_contain_text("Hello! This is gpt-5.4-mini")
