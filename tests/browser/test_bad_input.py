"""Input that nobody wishes for: each has a clear message, and nothing typed is lost."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPage, Watch
from tests.browser.servers import KeyedGateway, Scripted, hanging_host
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


def test_a_refused_message_stays_in_the_box_until_one_is_sent_and_that_is_cleaned(
    chat: Chat, keyed_app: App, gateway: KeyedGateway
) -> None:
    text = "Lorem ipsum " * 8_334
    mark = gateway.exchanges.mark
    chat.box.fill(text)
    chat.box.press("Enter")
    notice = chat.page.get_by_role("alert").filter(has_text="characters;")
    expect(notice).to_contain_text("The message has 100,008 characters; at most 100,000")
    expect(notice).to_contain_text("it is still in the box")
    wait_idle(chat.page)
    assert chat.box.input_value() == text
    expect(chat.questions).to_have_count(0)
    assert gateway.exchanges.since(mark) == ()
    go(chat.page, "Connections")
    expect(chat.box).to_have_count(0)
    go(chat.page, "Chat")
    expect(notice).to_contain_text("it is still in the box")
    expect(chat.box).to_have_value(text)

    # A bell, an escape and half a surrogate pair; the browser itself mends the last on pasting.
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    pasted = "'Hello\\u0007 there\\u001b \\ud83d end'"
    chat.page.evaluate(f"navigator.clipboard.writeText({pasted})")
    chat.box.fill("")
    chat.box.press("Control+V")
    chat.box.press("Enter")
    expect(chat.questions).to_have_count(1)
    expect(notice).to_have_count(0)
    chat.settle()
    cleaned = chat.page.get_by_test_id("stAlert").filter(has_text="from the message")
    expect(cleaned).to_contain_text("2 control characters removed")
    sent = gateway.exchanges.since(mark)[0].json["messages"][-1]["content"]
    assert sent == "Hello there \N{REPLACEMENT CHARACTER} end"
    assert root_of(keyed_app.store.trace(chat.trace_id)).inputs["messages"][-1]["content"] == sent
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
    expect(chat.page.get_by_text(name, exact=True)).to_be_visible()
    expect(chat.page.get_by_role("progressbar")).to_have_count(0)


def test_a_picture_is_shown_and_sent_and_what_is_none_is_named_and_its_text_stays(
    chat: Chat, gateway: KeyedGateway
) -> None:
    chat.pick("Model", "gpt-5.4-mini")
    attach(chat, "dot.png", PIXEL)
    mark = gateway.exchanges.mark
    chat.ask("What is in it?")
    expect(chat.questions.last.get_by_role("img")).to_have_count(1)
    expect(chat.answers.last).to_contain_text("You attached one picture")
    parts = gateway.exchanges.since(mark)[0].json["messages"][-1]["content"]
    urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    assert urls == [f"data:image/png;base64,{base64.b64encode(PIXEL).decode()}"]

    attach(chat, "notes.png", b"not a picture")
    mark = gateway.exchanges.mark
    chat.box.fill("And in this one?")
    chat.box.press("Enter")
    expect(chat.page.get_by_role("alert")).to_contain_text(
        "The file 'notes.png' is not a picture that models take."
    )
    expect(chat.box).to_have_value("And in this one?")
    expect(chat.questions).to_have_count(1)
    assert gateway.exchanges.since(mark) == ()


def test_an_answer_asks_for_no_picture_and_cannot_pose_as_part_of_the_app(
    chat: Chat, scripted: Scripted, watch: Watch
) -> None:
    scripted.text = (
        "See ![chart](https://pictures.example/a.png?data=1), ![b][ref] and "
        "[![c](//pictures.example/c.png)](https://x.example)\n\n"
        "Look: :green-badge[Verified] :material/lock: :red[alarm]\n\n"
        "<script>document.title = 'taken'</script>\n"
        "<img src=x onerror=\"document.title = 'taken'\"> <b>bold</b>\n\n"
        "[click](javascript:document.title='taken') and `:green-badge[code]`, "
        "[file](file:///etc/passwd) and [web](https://example.org)\n\n"
        "[ref]: https://pictures.example/b.png\n"
    )
    chat.pick("Connection", "Scripted server")
    chat.ask("Hello, custom server")
    assert scripted.bodies[0]["messages"][-1]["content"] == "Hello, custom server"
    answer = chat.answers.last
    expect(answer).to_contain_text("picture: chart (pictures.example/a.png")
    expect(answer.get_by_role("link", name="b", exact=True)).to_be_visible()
    expect(answer.get_by_role("img", name=re.compile("^[abc]$"))).to_have_count(0)
    # The trace shows the same text, under the same rules.
    for shown in (answer, chat.page.locator(".st-key-pane-right")):
        expect_no_disguise(shown)
    expect(answer).to_contain_text("<b>bold</b>")
    assert chat.page.title() == "gwtrace"
    # While it streamed neither: nothing has left this machine.
    assert watch.unexpected() == []

    # Nor would the page's policy let it.
    watch.allow(r"pictures\.example")
    with chat.page.expect_event("requestfailed") as failed:
        chat.page.evaluate("new Image().src = 'https://pictures.example/a.png'")
    assert (failed.value.url, failed.value.failure) == ("https://pictures.example/a.png", "csp")


def expect_no_disguise(shown: Locator) -> None:
    """Badges, icons and links of other kinds than the web's are drawn as the text they are."""
    expect(shown).to_contain_text(re.compile(r":\ufeff?green-badge\[Verified\]"))
    drawn = shown.locator(".stMarkdownBadge, [data-testid=stIconMaterial]")
    expect(drawn.filter(has_text=re.compile("Verified|^lock$"))).to_have_count(0)
    expect(shown).to_contain_text(re.compile(r"\[click\]\ufeff?\(javascript:document"))
    expect(shown).to_contain_text(re.compile(r"\[file\]\ufeff?\(file:///etc/passwd\)"))
    expect(shown.get_by_role("link", name="web", exact=True)).to_be_visible()
    expect(shown.get_by_role("link", name=re.compile("click|file"))).to_have_count(0)


def test_a_wrong_entry_stays_in_its_box_and_the_host_that_it_becomes_can_be_left(
    chat: Chat,
) -> None:
    page = chat.page
    go(page, "Connections")
    expect(page.get_by_text("streamlit 1.")).to_be_visible()
    wait_idle(page)
    page.get_by_role("combobox", name="What for").click()
    page.get_by_role("option", name="OpenAI-compatible server").click()
    address = page.get_by_role("textbox", name="Base URL")
    address.fill("localhost:8080/v1/chat/completions")
    page.get_by_role("textbox", name="Key").fill("canary-typed-77aa01bc")
    page.get_by_role("button", name="Use for this session").click()
    expect(page.get_by_role("alert")).to_contain_text("does not start with https:// or http://")
    expect(address).to_have_value("localhost:8080/v1/chat/completions")
    wait_idle(page)
    with hanging_host() as url:
        address.fill(f"{url}/v1")
        page.get_by_role("button", name="Use for this session").click()
        # The page is drawn anew once the key is taken: for a moment the card is there twice.
        expect(page.locator(".st-key-connections-card-typed-custom")).to_have_count(1)
        go(page, "Chat")
        chat.pick("Connection", "Custom server, typed")
        chat.send("Hello")
        expect(chat.answers.last).to_contain_text("Waiting for the first token")
        chat.stop_button.click()
        expect(chat.answers.last).to_contain_text("Stopped by the user.")
        chat.settle()
    chat.expect_no_traceback()
