"""The main job, whole, as somebody does it who has just cloned the repository: without any key."""

from __future__ import annotations

import re
from typing import Protocol

import pytest
from playwright.sync_api import Locator, Page, expect

from gwtrace_core.demo_gateway.common.examples import EXAMPLE_PROMPTS
from tests.browser.conftest import OpenPage, wait_idle
from tests.browser.support import SLOW_MS, App, Chat, eventually, root_of

pytestmark = pytest.mark.browser

MODEL = "gpt-5.2"
LONG = "Write about trees in 1,500 words"


class OpenChat(Protocol):
    def __call__(self, url: str = "") -> Chat: ...


@pytest.fixture
def open_chat(app: App, open_page: OpenPage) -> OpenChat:
    def open_one(url: str = "") -> Chat:
        return Chat(open_page(url or app.url))

    return open_one


@pytest.fixture
def chat(open_chat: OpenChat) -> Chat:
    """A new session."""
    return open_chat()


def try_example(chat: Chat, shows: str) -> None:
    (example,) = (example for example in EXAMPLE_PROMPTS if example.shows == shows)
    # While the page is still being laid out, a click meant for one card may land on another.
    wait_idle(chat.page)
    name = re.sub(r"[^a-zA-Z0-9_-]", "-", f"chat.example.{example.title}")
    chat.page.locator(f".st-key-{name}").get_by_role("button", name="Try it").click()
    expect(chat.questions).to_contain_text([example.text])


def grown(answer: Locator, than: int) -> None:
    """Wait until the text is longer than that."""
    expect(answer).to_have_text(re.compile(rf"^.{{{than + 1},}}$", re.DOTALL))


class Growth:
    """The lengths that the newest answer went through. Noted by the page itself: a test that
    looks now and then may see nothing of an answer that is quick."""

    def __init__(self, chat: Chat) -> None:
        self._page = chat.page
        self._page.evaluate(
            """() => {
                window.seenLengths = [];
                new MutationObserver(() => {
                    const answer = document.querySelector('[aria-label*="from assistant"]');
                    const stop = document.querySelector('.st-key-chat-stop button');
                    const length = answer?.textContent.length ?? 0;
                    if (stop && length && length !== window.seenLengths.at(-1))
                        window.seenLengths.push(length);
                }).observe(document.body, {subtree: true, childList: true, characterData: true});
            }"""
        )

    @property
    def while_it_could_be_stopped(self) -> list[int]:
        return self._page.evaluate("window.seenLengths")


def begin_anew(chat: Chat) -> None:
    chat.page.locator(".st-key-chat-new").get_by_role("button").click()
    expect(chat.questions).to_have_count(0)
    expect(chat.page.get_by_role("button", name="Try it")).to_have_count(3)


def test_without_any_key_every_example_shows_what_it_is_there_for(app: App, chat: Chat) -> None:
    expect(chat.status).to_contain_text("Demo · simulated answers")
    expect(chat.box).to_be_editable()
    growth = Growth(chat)
    try_example(chat, "streaming")
    chat.settle()
    expect_a_streamed_answer(app, chat, growth)
    expect_a_copy_and_a_script(chat)
    begin_anew(chat)

    try_example(chat, "tools")
    chat.settle()
    expect_a_span_of_every_tool(app, chat)
    begin_anew(chat)

    try_example(chat, "reasoning")
    thought = chat.answers.last.get_by_text("The quick answer is 0.10")
    chat.answers.last.get_by_text("Reasoning", exact=True).click()
    chat.settle()
    expect(chat.answers.last.get_by_text("The ball costs 0.05.")).to_be_visible()
    # It was opened while it came; closed, it is apart from the answer.
    expect(thought).to_be_visible()
    chat.answers.last.get_by_text("Reasoning", exact=True).click()
    expect(thought).to_be_hidden()
    expect(chat.answers.last.get_by_text("The ball costs 0.05.")).to_be_visible()
    chat.expect_no_traceback()


def expect_a_streamed_answer(app: App, chat: Chat, growth: Growth) -> None:
    answer = chat.answers.last
    assert len(set(growth.while_it_could_be_stopped)) > 5
    expect(answer).to_contain_text("Simulated by the demo gateway")
    expect(answer.get_by_role("table")).to_be_visible()
    expect(chat.tree).to_be_visible()
    newest = app.store.newest
    assert newest.info.trace_id == chat.trace_id
    assert [span.span_type for span in newest.data.spans] == ["CHAIN", "CHAT_MODEL"]
    recorded = root_of(newest).outputs["choices"][0]["message"]["content"]
    assert recorded.startswith("## How a gateway streams an answer")


def expect_a_copy_and_a_script(chat: Chat) -> None:
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.page.get_by_role("button", name="Copy the answer").click()
    expect(chat.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = chat.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("## How a gateway streams an answer")
    chat.action("code").click()
    script = chat.page.get_by_role("dialog").locator("code").first
    for part in (
        "How does a gateway stream a model's answer?",
        "mlflow.openai.autolog()",
        MODEL,
        "/proxy/openai",
    ):
        expect(script).to_contain_text(part)
    expect(script).to_contain_text('api_key="demo"')
    assert "API_KEY" not in script.inner_text()
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("dialog")).to_have_count(0)


def expect_a_span_of_every_tool(app: App, chat: Chat) -> None:
    for tool, answer in (("calculator", "434"), ("convert_units", "26.09")):
        expect(chat.answers.last.get_by_text(tool).first).to_be_visible()
        expect(chat.answers.last).to_contain_text(answer)
    spans = app.store.trace(chat.trace_id).data.spans
    tools = [(span.name, span.outputs) for span in spans if span.span_type == "TOOL"]
    assert [name for name, _ in tools] == ["calculator", "date_and_time", "convert_units"]
    assert tools[0][1] == "434"
    expect(chat.rows).to_have_count(len(spans))
    details = chat.page.locator(".st-key-pane-right")
    expect(details.get_by_role("heading", name="AsyncCompletions")).to_be_visible()
    chat.row("calculator").click()
    expect(details.get_by_role("heading", name="calculator")).to_be_visible()
    expect(details.get_by_text("434", exact=True)).to_be_visible()
    expect(chat.row("calculator")).to_have_attribute("aria-selected", "true")


def more_feedback(page: Page) -> Locator:
    """The button under the newest answer."""
    return (
        page.locator("[class*='st-key-chat-verdict-'][class*='-more']").get_by_role("button").last
    )


def test_one_returns_to_an_earlier_session_which_goes_on_with_what_it_was_made_with(
    chat: Chat,
) -> None:
    chat.pick("Model", "gpt-4o-mini")
    chat.ask("Hello, small model")
    first, address = chat.trace_id, chat.page.url
    begin_anew(chat)
    chat.pick("Model", "gpt-5.4-mini")
    chat.ask("Hello from the second session")
    assert chat.page.url != address
    chat.page.locator(".st-key-chat-sessions").get_by_role("button").click()
    chat.page.get_by_role("button", name="Hello, small model").click()
    expect(chat.questions).to_have_text([re.compile("Hello, small model")])
    expect(chat.trace_id_label).to_have_text(first)
    expect(chat.page).to_have_url(address)
    model = chat.page.get_by_role("combobox", name="Model", exact=True)
    expect(model).to_have_value("gpt-4o-mini")
    # The browser had the other model in its picker: what is sent next must not bring it back.
    chat.ask("Hello again")
    expect(model).to_have_value("gpt-4o-mini")
    expect(chat.answers.last).to_contain_text("gpt-4o-mini")


def test_a_stream_under_way_is_joined_again_after_a_reload(chat: Chat) -> None:
    chat.send(LONG)
    grown(chat.answers.last, 100)
    expect(chat.page).to_have_url(re.compile("session="))
    chat.page.reload()
    expect(chat.questions).to_have_count(1)
    expect(chat.stop_button).to_be_visible()
    grown(chat.answers.last, 200)
    length = len(chat.answers.last.text_content() or "")
    grown(chat.answers.last, length)
    expect(chat.stop_button).to_be_visible()
    chat.stop_button.click()
    expect(chat.answers.last).to_contain_text("Stopped by the user.")
    expect(chat.tree).to_be_visible()


def test_after_a_restart_the_address_still_shows_conversation_trace_and_verdict(
    app: App, chat: Chat, open_chat: OpenChat
) -> None:
    chat.ask("Hello before the restart")
    trace_id, query = chat.trace_id, chat.page.url.partition("?")[2]
    chat.page.get_by_role("radio", name="Thumbs up").click()
    eventually(chat.page, lambda: app.store.verdicts(trace_id), [(True, None)])
    wait_idle(chat.page)
    more_feedback(chat.page).click()
    chat.page.get_by_role("textbox", name="Comment").fill("To the point")
    chat.page.get_by_role("button", name="Save").click()
    expect(chat.answers.last.get_by_text("good you, To the point")).to_be_visible()
    eventually(chat.page, lambda: app.store.verdicts(trace_id), [(True, "To the point")])
    chat.page.context.close()
    app.restart(is_cold=True)

    later = open_chat(f"{app.url}/?{query}")
    expect(later.questions).to_contain_text(["Hello before the restart"], timeout=SLOW_MS)
    expect(later.answers).to_contain_text(["Simulated by the demo gateway"])
    expect(later.trace_id_label).to_have_text(trace_id, timeout=SLOW_MS)
    expect(later.rows).to_have_count(2)
    expect(later.page.get_by_role("combobox", name="Model")).to_have_value(MODEL)
    expect(later.page.get_by_role("radio", name="Thumbs up")).to_be_checked()
    expect(later.answers.last.get_by_text("good you, To the point")).to_be_visible()
    wait_idle(later.page)
    later.page.get_by_role("radio", name="Thumbs down").click()
    eventually(later.page, lambda: app.store.verdicts(trace_id), [(False, "To the point")])
    wait_idle(later.page)
    more_feedback(later.page).click()
    later.page.get_by_role("button", name="Withdraw").click()
    expect(later.answers.last.get_by_text("To the point")).to_have_count(0)
    expect(later.page.get_by_role("radio", name="Thumbs down").first).not_to_be_checked()
    wait_idle(later.page)
    eventually(later.page, lambda: app.store.verdicts(trace_id), [])
    later.page.keyboard.press("Escape")
    later.ask("What did I ask?")
    expect(later.answers.last).to_contain_text("Hello before the restart")
