"""The main job, whole, as somebody does it who has just cloned the repository: without any key."""

from __future__ import annotations

import re
from typing import Protocol

import pytest
from playwright.sync_api import Locator, Page, expect

from gwtrace_core.demo_gateway.common.examples import EXAMPLE_PROMPTS
from tests.browser.conftest import OpenPage, wait_idle
from tests.browser.support import SLOW_MS, App, Chat, eventually, go, root_of

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


def test_without_any_key_one_can_ask_and_sees_that_it_is_simulated(
    app: App, open_page: OpenPage
) -> None:
    chat = Chat(open_page(app.url))
    expect(chat.status).to_contain_text("Demo · simulated answers")
    expect(chat.box).to_be_editable()
    growth = Growth(chat)
    try_example(chat, "streaming")
    chat.settle()
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
    chat.expect_no_traceback()


def test_an_answer_is_copied_and_its_tree_walked_by_mouse_and_by_keyboard(chat: Chat) -> None:
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.ask("What is 17% of 2,340?")
    chat.page.get_by_role("button", name="Copy the answer").click()
    expect(chat.page.get_by_role("button", name="Copied")).to_be_visible()
    assert "397.8" in chat.page.evaluate("navigator.clipboard.readText()")
    details = chat.page.locator(".st-key-pane-right")
    expect(details.get_by_role("heading", name="AsyncCompletions")).to_be_visible()
    chat.row("calculator").click()
    expect(details.get_by_role("heading", name="calculator")).to_be_visible()
    expect(details.get_by_text("397.8", exact=True)).to_be_visible()
    expect(chat.row("calculator")).to_have_attribute("aria-selected", "true")
    heading = details.get_by_role("heading")
    chat.tree.focus()
    chat.page.keyboard.press("Home")
    chat.page.keyboard.press("Enter")
    expect(heading).to_have_text("chat")
    for _ in range(2):
        chat.page.keyboard.press("ArrowDown")
    chat.page.keyboard.press("Enter")
    expect(heading).to_have_text("calculator")
    chat.page.keyboard.press("Home")
    chat.page.keyboard.press("ArrowLeft")
    expect(chat.rows).to_have_count(1)
    expect(chat.rows.first).to_have_attribute("aria-expanded", "false")


def more_feedback(page: Page) -> Locator:
    """The button under the newest answer."""
    return (
        page.locator("[class*='st-key-chat-verdict-'][class*='-more']").get_by_role("button").last
    )


def test_a_verdict_is_kept_in_mlflow_edited_and_withdrawn(
    app: App, chat: Chat, open_chat: OpenChat
) -> None:
    chat.ask()
    trace_id, store = chat.trace_id, app.store
    chat.page.get_by_role("radio", name="Thumbs up").click()
    eventually(chat.page, lambda: store.verdicts(trace_id), [(True, None)])
    wait_idle(chat.page)
    more_feedback(chat.page).click()
    chat.page.get_by_role("textbox", name="Comment").fill("To the point")
    chat.page.get_by_role("button", name="Save").click()
    said = chat.answers.last.get_by_text("good you, To the point")
    expect(said).to_be_visible()
    wait_idle(chat.page)
    eventually(chat.page, lambda: store.verdicts(trace_id), [(True, "To the point")])

    again = open_chat(chat.page.url)
    expect(again.page.get_by_role("radio", name="Thumbs up")).to_be_checked()
    expect(again.answers.last.get_by_text("good you, To the point")).to_be_visible()
    again.page.get_by_role("radio", name="Thumbs down").click()
    eventually(again.page, lambda: store.verdicts(trace_id), [(False, "To the point")])
    wait_idle(again.page)
    more_feedback(again.page).click()
    again.page.get_by_role("button", name="Withdraw").click()
    expect(again.answers.last.get_by_text("To the point")).to_have_count(0)
    expect(again.page.get_by_role("radio", name="Thumbs down").first).not_to_be_checked()
    wait_idle(again.page)
    eventually(again.page, lambda: store.verdicts(trace_id), [])


def test_the_call_is_given_as_a_script_and_asked_again_in_its_answer_s_place(
    app: App, chat: Chat
) -> None:
    chat.ask("Say hello to the script")
    chat.action("code").click()
    dialog = chat.page.get_by_role("dialog")
    script = dialog.locator("code").first
    expect(script).to_contain_text("Say hello to the script")
    expect(script).to_contain_text("mlflow.openai.autolog()")
    expect(script).to_contain_text(MODEL)
    expect(script).to_contain_text("/proxy/openai")
    expect(script).to_contain_text('api_key="demo"')
    assert "API_KEY" not in script.inner_text()
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    first = chat.trace_id
    chat.action("regenerate").click()
    expect(chat.trace_id_label).not_to_have_text(first, timeout=SLOW_MS)
    chat.settle()
    expect(chat.answers).to_have_count(1)
    assert app.store.newest.info.trace_id == chat.trace_id


def test_an_edited_question_takes_later_turns_away_also_after_a_reload(
    app: App, chat: Chat
) -> None:
    chat.ask("Hello, my name is Ada")
    chat.ask("What did I ask?")
    expect(chat.answers.last).to_contain_text("Hello, my name is Ada")
    chat.action("begin_edit", 0).click()
    editor = chat.page.get_by_role("textbox", name="Edit the question")
    editor.fill("Hi, my name is Grace")
    chat.page.get_by_role("button", name="Send again").click()
    expect(chat.questions).to_have_count(1)
    expect(chat.questions.first).to_contain_text("Grace")
    chat.settle()
    chat.ask("What did I ask?")
    expect(chat.answers.last).to_contain_text("Hi, my name is Grace")
    expect(chat.answers.last).not_to_contain_text("Ada")
    messages = root_of(app.store.newest).inputs["messages"]
    assert [message["content"] for message in messages if message["role"] == "user"] == [
        "Hi, my name is Grace",
        "What did I ask?",
    ]
    # What left the conversation stays in MLflow, and away after a reload.
    trace_id = chat.trace_id
    chat.page.reload()
    expect(chat.questions).to_have_count(2)
    expect(chat.questions.first).to_contain_text("Grace")
    expect(chat.answers.last).to_contain_text("Simulated by the demo gateway")
    expect(chat.trace_id_label).to_have_text(trace_id)
    expect(chat.page.get_by_role("combobox", name="Model")).to_have_value(MODEL)
    wait_idle(chat.page)
    chat.ask("What did I ask?")
    expect(chat.answers.last).to_contain_text("Hi, my name is Grace")


def test_tools_run_and_each_has_its_span(app: App, open_chat: OpenChat) -> None:
    chat = open_chat()
    try_example(chat, "tools")
    chat.settle()
    for tool, answer in (("calculator", "434"), ("convert_units", "26.09")):
        expect(chat.answers.last.get_by_text(tool).first).to_be_visible()
        expect(chat.answers.last).to_contain_text(answer)
    spans = app.store.trace(chat.trace_id).data.spans
    tools = [(span.name, span.outputs) for span in spans if span.span_type == "TOOL"]
    assert [name for name, _ in tools] == ["calculator", "date_and_time", "convert_units"]
    assert tools[0][1] == "434"
    expect(chat.rows).to_have_count(len(spans))


def test_reasoning_stands_apart_and_stays_open_when_it_was_opened_while_it_came(
    chat: Chat,
) -> None:
    try_example(chat, "reasoning")
    reasoning = chat.answers.last.get_by_text("Reasoning", exact=True)
    reasoning.click()
    chat.settle()
    expect(chat.answers.last.get_by_text("The ball costs 0.05.")).to_be_visible()
    thought = chat.answers.last.get_by_text("The quick answer is 0.10")
    expect(thought).to_be_visible()
    reasoning.click()
    expect(thought).to_be_hidden()


def test_one_returns_to_an_earlier_session_and_goes_on_with_what_it_was_made_with(
    chat: Chat,
) -> None:
    chat.pick("Model", "gpt-4o-mini")
    chat.ask("Hello from the first session")
    first, address = chat.trace_id, chat.page.url
    chat.page.locator(".st-key-chat-new").get_by_role("button").click()
    expect(chat.questions).to_have_count(0)
    expect(chat.page.get_by_role("button", name="Try it")).to_have_count(3)
    chat.pick("Model", "gpt-5.4-mini")
    chat.ask("Hello from the second session")
    assert chat.page.url != address
    chat.page.locator(".st-key-chat-sessions").get_by_role("button").click()
    chat.page.get_by_role("button", name="Hello from the first session").click()
    expect(chat.questions).to_have_text([re.compile("Hello from the first session")])
    expect(chat.trace_id_label).to_have_text(first)
    expect(chat.page).to_have_url(address)
    model = chat.page.get_by_role("combobox", name="Model", exact=True)
    expect(model).to_have_value("gpt-4o-mini")
    # The browser had the other model in its picker: what is sent next must not bring it back.
    chat.ask("Hello again")
    expect(model).to_have_value("gpt-4o-mini")
    expect(chat.answers.last).to_contain_text("gpt-4o-mini")


@pytest.mark.parametrize("leave", ["reload", "switch"])
def test_a_stream_under_way_is_joined_again(chat: Chat, leave: str) -> None:
    chat.send(LONG)
    grown(chat.answers.last, 100)
    if leave == "reload":
        expect(chat.page).to_have_url(re.compile("session="))
        chat.page.reload()
    else:
        go(chat.page, "Connections")
        expect(chat.page.get_by_text("Where calls go")).to_be_visible()
        go(chat.page, "Chat")
    expect(chat.questions).to_have_count(1)
    expect(chat.stop_button).to_be_visible()
    grown(chat.answers.last, 200)
    length = len(chat.answers.last.text_content() or "")
    grown(chat.answers.last, length)
    expect(chat.stop_button).to_be_visible()
    chat.stop_button.click()
    expect(chat.answers.last).to_contain_text("Stopped by the user.")
    expect(chat.tree).to_be_visible()


def test_after_a_restart_the_address_still_shows_conversation_and_trace(
    app: App, chat: Chat, open_page: OpenPage
) -> None:
    chat.ask("Hello before the restart")
    trace_id, query = chat.trace_id, chat.page.url.partition("?")[2]
    chat.page.context.close()
    app.restart(is_cold=True)
    later = Chat(open_page(f"{app.url}/?{query}"))
    expect(later.questions).to_contain_text(["Hello before the restart"], timeout=SLOW_MS)
    expect(later.trace_id_label).to_have_text(trace_id, timeout=SLOW_MS)
    expect(later.rows).to_have_count(2)
    wait_idle(later.page)
    later.ask("What did I ask?")
    expect(later.answers.last).to_contain_text("Hello before the restart")
