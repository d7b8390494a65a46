"""Input that nobody wishes for: each has a clear message, and nothing typed is lost."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, Watch
from tests.browser.servers import KeyedGateway, Scripted, hanging_host, refusing_host
from tests.browser.support import SLOW_MS, App, Chat, go, root_of, wait_idle

pytestmark = pytest.mark.browser

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


@pytest.fixture
def chat(keyed_app: App, open_page: OpenPage) -> Chat:
    chat = Chat(open_page(keyed_app.url))
    expect(chat.status).to_contain_text("MLflow embedded store", timeout=SLOW_MS)
    return chat


@pytest.fixture
def scripted(scripted_server: tuple[Scripted, str]) -> Iterator[Scripted]:
    scripted = scripted_server[0]
    scripted.bodies.clear()
    yield scripted
    scripted.text, scripted.respond = "", None


def test_a_huge_message_is_refused_and_stays_in_the_box(chat: Chat, gateway: KeyedGateway) -> None:
    text = "Lorem ipsum " * 16_667
    mark = gateway.exchanges.mark
    chat.box.fill(text)
    chat.box.press("Enter")
    notice = chat.page.get_by_role("alert").filter(has_text="characters")
    expect(notice).to_contain_text("The message has 200,004 characters; at most 100,000")
    expect(notice).to_contain_text("it is still in the box")
    wait_idle(chat.page)
    assert chat.box.input_value() == text
    expect(chat.questions).to_have_count(0)
    assert gateway.exchanges.since(mark) == ()
    navigation = chat.page.get_by_role("navigation")
    navigation.get_by_role("link", name="Connections").click()
    expect(chat.box).to_have_count(0)
    navigation.get_by_role("link", name="Chat").click()
    expect(notice).to_contain_text("it is still in the box")
    expect(chat.box).to_have_value(text)
    chat.box.fill("Hello")
    chat.box.press("Enter")
    expect(chat.questions).to_have_count(1)
    expect(notice).to_have_count(0)
    chat.settle()


def test_broken_and_control_characters_are_cleaned_and_named(
    chat: Chat, keyed_app: App, gateway: KeyedGateway
) -> None:
    mark = gateway.exchanges.mark
    # A bell, an escape and half a surrogate pair; the browser itself mends the last on pasting.
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    pasted = "'Hello\\u0007 there\\u001b \\ud83d end'"
    chat.page.evaluate(f"navigator.clipboard.writeText({pasted})")
    chat.box.press("Control+V")
    chat.box.press("Enter")
    expect(chat.questions).to_have_count(1)
    chat.settle()
    notice = chat.page.get_by_test_id("stAlert").filter(has_text="from the message")
    expect(notice).to_contain_text("2 control characters removed")
    sent = gateway.exchanges.since(mark)[0].json["messages"][-1]["content"]
    assert sent == "Hello there \N{REPLACEMENT CHARACTER} end"
    assert root_of(keyed_app.store.trace(chat.trace_id)).inputs["messages"][-1]["content"] == sent
    chat.expect_no_traceback()


def ask_scripted(chat: Chat, scripted: Scripted, text: str) -> None:
    scripted.text = text
    chat.pick("Connection", "Scripted server")
    chat.ask("Say it")


def test_the_policy_refuses_a_picture_from_anywhere_else(chat: Chat, watch: Watch) -> None:
    watch.allow(r"pictures\.example")
    with chat.page.expect_event("requestfailed") as failed:
        chat.page.evaluate("new Image().src = 'https://pictures.example/a.png'")
    assert (failed.value.url, failed.value.failure) == ("https://pictures.example/a.png", "csp")


def test_an_answer_of_a_custom_server_neither_fetches_a_picture_nor_poses_as_the_app(
    chat: Chat, scripted: Scripted
) -> None:
    ask_scripted(
        chat,
        scripted,
        "See ![chart](https://pictures.example/a.png?data=1), ![b][ref] and "
        "[![c](//pictures.example/c.png)](https://x.example)\n\n"
        "[ref]: https://pictures.example/b.png\n\n"
        "Look: :green-badge[Verified] :material/lock: :red[alarm]\n\n"
        "<script>document.title = 'taken'</script>\n"
        "<img src=x onerror=\"document.title = 'taken'\"> <b>bold</b>\n\n"
        "[click](javascript:document.title='taken') and `:green-badge[code]`, "
        "[file](file:///etc/passwd) and [web](https://example.org)\n",
    )
    assert [body["messages"][-1]["content"] for body in scripted.bodies] == ["Say it"]
    answer = chat.answers.last
    expect(answer).to_contain_text("picture: chart (pictures.example/a.png")
    # While it streamed neither: any request that leaves this machine fails the test.
    expect(answer.get_by_role("link", name="b", exact=True)).to_be_visible()
    expect(answer.get_by_role("img", name=re.compile("^[abc]$"))).to_have_count(0)
    expect(answer).to_contain_text(re.compile(r":\ufeff?green-badge\[Verified\]"))
    expect(answer).to_contain_text("<b>bold</b>")
    assert (
        answer.locator(".stMarkdownBadge, [data-testid=stIconMaterial]")
        .filter(has_text=re.compile("Verified|lock"))
        .count()
        == 0
    )
    expect(answer).to_contain_text(re.compile(r"\[click\]\ufeff?\(javascript:document"))
    expect(answer.get_by_role("link", name=re.compile("click|file"))).to_have_count(0)
    assert chat.page.title() == "gwtrace"
    # The trace shows the same text, under the same rules.
    details = chat.page.locator(".st-key-pane-right")
    expect(details).to_contain_text(re.compile(r":\ufeff?green-badge\[Verified\]"))
    assert details.locator(".stMarkdownBadge").filter(has_text="Verified").count() == 0
    expect(details).to_contain_text(re.compile(r"\[file\]\ufeff?\(file:///etc/passwd\)"))
    expect(details.get_by_role("link", name="web", exact=True)).to_be_visible()
    expect(details.get_by_role("link", name=re.compile("click|file"))).to_have_count(0)


def type_connection(chat: Chat, base_url: str) -> None:
    """Through the connections page: a server of one's own, for this session."""
    go(chat.page, "Connections")
    expect(chat.page.get_by_text("streamlit 1.")).to_be_visible()
    wait_idle(chat.page)
    what = chat.page.get_by_role("combobox", name="What for")
    what.click()
    chat.page.get_by_role("option", name="OpenAI-compatible server").click()
    chat.page.get_by_role("textbox", name="Base URL").fill(base_url)
    chat.page.get_by_role("textbox", name="Key").fill("canary-typed-77aa01bc")
    chat.page.get_by_role("button", name="Use for this session").click()


def test_a_wrong_address_stays_in_its_box_and_a_host_that_refuses_is_named(chat: Chat) -> None:
    type_connection(chat, "localhost:8080/v1/chat/completions")
    page = chat.page
    expect(page.get_by_role("alert")).to_contain_text("does not start with https:// or http://")
    expect(page.get_by_role("textbox", name="Base URL")).to_have_value(
        "localhost:8080/v1/chat/completions"
    )
    with refusing_host() as url:
        type_connection(chat, f"{url}/v1")
        card = chat.page.locator(".st-key-connections-card-typed-custom")
        test = card.get_by_role("button", name="Test", exact=True)
        # The page is drawn anew once the key is taken: for a moment the card is there twice.
        expect(test).to_have_count(1)
        test.click()
        expect(card).to_contain_text(re.compile(r"host 127\.0\.0\.1:\d+ refused the connection"))
        go(chat.page, "Chat")
        chat.pick("Connection", "Custom server, typed")
        chat.ask("Hello")
        expect(chat.failure).to_contain_text("Network: host unreachable")
        expect(chat.failure).to_contain_text("refused the connection")
        expect(chat.failure).to_contain_text("Is the server running?")
    chat.expect_no_traceback()


def test_a_host_that_hangs_can_be_left(chat: Chat) -> None:
    with hanging_host() as url:
        type_connection(chat, f"{url}/v1")
        expect(chat.page.locator(".st-key-connections-card-typed-custom")).to_be_visible()
        go(chat.page, "Chat")
        chat.pick("Connection", "Custom server, typed")
        chat.send("Hello")
        expect(chat.answers.last).to_contain_text("Waiting for the first token")
        chat.stop_button.click()
        expect(chat.answers.last).to_contain_text("Stopped by the user.")
        chat.settle()
    chat.expect_no_traceback()


def attach(chat: Chat, name: str, data: bytes) -> None:
    """Attach a file; before it is uploaded whole, the message is not sent."""
    with chat.page.expect_response(
        lambda answer: "upload_file" in answer.url and answer.request.method == "PUT",
        timeout=SLOW_MS,
    ):
        chat.page.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "image/png", "buffer": data}
        )
    expect(chat.page.get_by_text(name)).to_be_visible()
    expect(chat.page.get_by_role("progressbar")).to_have_count(0)


def test_a_file_that_is_no_picture_is_named_and_the_text_stays(chat: Chat) -> None:
    attach(chat, "notes.png", b"not a picture")
    chat.box.fill("What is in it?")
    chat.box.press("Enter")
    expect(chat.page.get_by_role("alert")).to_contain_text(
        "The file 'notes.png' is not a picture that models take."
    )
    expect(chat.box).to_have_value("What is in it?")
    expect(chat.questions).to_have_count(0)


def test_a_picture_is_shown_and_sent(chat: Chat, gateway: KeyedGateway) -> None:
    chat.pick("Model", "gpt-5.4-mini")
    attach(chat, "dot.png", PIXEL)
    mark = gateway.exchanges.mark
    chat.ask("What is in it?")
    expect(chat.questions.last.get_by_role("img")).to_have_count(1)
    expect(chat.answers.last).to_contain_text("You attached one picture")
    parts = gateway.exchanges.since(mark)[0].json["messages"][-1]["content"]
    urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    assert urls == [f"data:image/png;base64,{base64.b64encode(PIXEL).decode()}"]
